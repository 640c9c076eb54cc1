package execution_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/floe-network/floe/staking/devchain/movevm/bytecode"
	"github.com/floe-network/floe/staking/devchain/movevm/effects"
	"github.com/floe-network/floe/staking/devchain/movevm/internal/testchain"
	"github.com/floe-network/floe/staking/devchain/movevm/packages"
	"github.com/floe-network/floe/staking/devchain/movevm/transaction"
	"github.com/floe-network/floe/staking/devchain/movevm/types"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// upgrades is a chain with a package that can be upgraded.
type upgrades struct {
	*world
	up, cap types.Address
	policy  packages.Policy
}

func newUpgrades(t *testing.T) *upgrades {
	u := &upgrades{world: newWorld(t)}
	var out *effects.Outcome
	u.up, out = u.PublishPackage(u.alice, [][]byte{code(t, "up1")})
	u.cap = testchain.Created(t, out, "::package::UpgradeCap")
	return u
}

// begin builds an upgrade of the package, with the digest of the modules.
func (u *upgrades) begin(modules [][]byte, deps []types.Address, digest ptb.Digest) *testchain.Builder {
	b := u.By(u.alice)
	upgradeCap := b.Owned(u.cap)
	ticket := b.Call(testchain.Framework, "package", "authorize_upgrade", nil, upgradeCap, b.Pure([]byte{byte(u.policy)}), b.Bytes(digest[:]))
	receipt := b.Add(ptb.Command{Upgrade: &ptb.Upgrade{Modules: modules, Dependencies: deps, Package: u.up, Ticket: ticket}})
	b.Call(testchain.Framework, "package", "commit_upgrade", nil, upgradeCap, receipt)
	return b
}

var systemPackages = []types.Address{testchain.Stdlib, testchain.Framework}

func (u *upgrades) to(names ...string) *testchain.Builder {
	var modules [][]byte
	for _, n := range names {
		modules = append(modules, code(u, n))
	}
	return u.begin(modules, systemPackages, packages.Digest(modules, systemPackages))
}

// restrict makes the policy stricter.
func (u *upgrades) restrict(function string, policy packages.Policy) {
	b := u.By(u.alice)
	b.Call(testchain.Framework, "package", function, nil, b.Owned(u.cap))
	b.MustRun()
	u.policy = policy
}

func TestUpgradePolicies(t *testing.T) {
	for _, c := range []struct {
		to                                     string
		compatible, additive, onlyDependencies bool
	}{
		{"up1", true, true, true},
		{"up2", true, false, false},
		{"up_private", false, false, false},
		{"up_code", true, false, false},
		{"up_additive", true, true, false},
		{"up_signature", false, false, false},
		{"up_layout", false, false, false},
		{"up_abilities", false, false, false},
		{"up_variant", false, false, false},
		{"up_constraint", false, false, false},
		{"up_gone", false, false, false},
	} {
		for _, p := range []struct {
			name, function string
			policy         packages.Policy
			allowed        bool
		}{
			{"compatible", "", packages.Compatible, c.compatible},
			{"additive", "only_additive_upgrades", packages.Additive, c.additive},
			{"dependencies", "only_dep_upgrades", packages.DependenciesOnly, c.onlyDependencies},
		} {
			t.Run(c.to+" "+p.name, func(t *testing.T) {
				u := newUpgrades(t)
				if p.function != "" {
					u.restrict(p.function, p.policy)
				}
				out, err := u.to(c.to).Run()
				if err != nil {
					t.Fatal(err)
				}
				f := out.Effects.Failure
				if p.allowed {
					if f != nil {
						t.Error(f)
					}
					return
				}
				if f == nil || f.Kind != effects.PackageUpgradeError || f.Upgrade != effects.IncompatibleUpgrade || f.Command != 1 {
					t.Errorf("got %v", f)
				}
			})
		}
	}
}

// What an upgrade leaves as it was, and what it changes.
func TestUpgraded(t *testing.T) {
	u := newUpgrades(t)
	make1 := u.By(u.alice)
	make1.Transfer(u.alice.Address, make1.Call(u.up, "up", "make", nil))
	kept := testchain.Created(t, make1.MustRun(), "::up::Kept")

	out := u.to("up2").MustRun()
	p2 := out.Packages[0]
	if p2.Original != u.up || p2.Version != 2 || p2.ID == u.up {
		t.Fatalf("version %d of %s is %s", p2.Version, p2.Original, p2.ID)
	}
	i := slices.IndexFunc(out.Effects.Changed, func(c effects.ObjectChange) bool { return c.ID == p2.ID })
	if c := out.Effects.Changed[i]; !c.Package || c.Before != nil || c.After.Version != 2 || c.Operation != effects.IDCreated {
		t.Errorf("change of the package: %+v", c)
	}
	// The old version runs on.
	for _, c := range []struct {
		pkg  types.Address
		want byte
	}{{u.up, 1}, {p2.ID, 2}} {
		b := u.By(u.alice)
		b.Mode = transaction.Inspection
		b.Call(c.pkg, "up", "version", nil)
		got, err := b.Try()
		if err != nil || got.Effects.Failure != nil || got.Returned[0][0].Contents[0] != c.want {
			t.Errorf("version: %v, %v, want %d", got, err, c.want)
		}
	}
	// Both versions use the same objects in one transaction, whose type stays with the first version.
	b := u.By(u.alice)
	object := b.Owned(kept)
	b.Call(u.up, "up", "get", nil, object)
	b.Call(p2.ID, "up", "get", nil, object)
	b.Call(p2.ID, "up", "attach", nil, object, b.Call(p2.ID, "up", "name", nil, b.U64(1)))
	b.Transfer(u.alice.Address, b.Call(p2.ID, "up", "make", nil), b.Call(p2.ID, "up", "added", nil))
	out = b.MustRun()
	testchain.Created(t, out, u.up.String()+"::up::Kept")
	// Types that came with an upgrade are spelled with its id, and so are names of dynamic fields.
	testchain.Created(t, out, p2.ID.String()+"::up::Added")
	field := testchain.Created(t, out, "::dynamic_field::Field<"+p2.ID.String()+"::up::Name,u64>")
	// A type that both versions have can be named with either.
	for _, id := range []types.Address{u.up, p2.ID} {
		b := u.By(u.alice)
		b.Call(u.rules, "rules", "object_of", []ptb.TypeTag{{Kind: ptb.Struct, Struct: &ptb.StructTag{Address: id, Module: "up", Name: "Kept"}}}, b.Owned(kept))
		b.MustRun()
	}
	// The field is found again.
	b = u.By(u.alice)
	b.Call(u.rules, "rules", "expect", nil, b.Call(p2.ID, "up", "attached", nil, b.Owned(kept), b.Call(p2.ID, "up", "name", nil, b.U64(1))), b.U64(1))
	b.MustRun()
	if o := u.Object(field); o.Owner.Address != kept {
		t.Errorf("the field is %s", o.Owner)
	}
	// An event of new code has the old type and the new package.
	b = u.By(u.alice)
	b.Call(p2.ID, "up", "tell", nil)
	e := b.MustRun().Events[0]
	if e.Package != p2.ID || e.Type.Struct.Address != u.up || e.Contents[0] != 2 {
		t.Errorf("event %+v", e)
	}
	// The next upgrade starts from the new version.
	u.up = p2.ID
	out, err := u.to("up1").Run()
	if err != nil {
		t.Fatal(err)
	}
	if f := out.Effects.Failure; f == nil || f.Upgrade != effects.IncompatibleUpgrade {
		t.Errorf("going back: %v", f)
	}
}

func TestUpgradeRefused(t *testing.T) {
	modules := func(t *testing.T) [][]byte { return [][]byte{code(t, "up2")} }
	for _, c := range []struct {
		name  string
		begin func(t *testing.T, u *upgrades) *testchain.Builder
		kind  effects.FailureKind
		what  effects.UpgradeProblem
	}{
		{"another digest", func(t *testing.T, u *upgrades) *testchain.Builder {
			return u.begin(modules(t), systemPackages, ptb.Digest{1})
		}, effects.PackageUpgradeError, effects.DigestDoesNotMatch},
		{"other dependencies than in the digest", func(t *testing.T, u *upgrades) *testchain.Builder {
			return u.begin(modules(t), systemPackages[:1], packages.Digest(modules(t), systemPackages))
		}, effects.PackageUpgradeError, effects.DigestDoesNotMatch},
		{"missing dependency", func(t *testing.T, u *upgrades) *testchain.Builder {
			return u.begin(modules(t), systemPackages[:1], packages.Digest(modules(t), systemPackages[:1]))
		}, effects.PublishUpgradeMissingDependency, 0},
		{"ticket for another package", func(t *testing.T, u *upgrades) *testchain.Builder {
			b := u.to("up2")
			b.Commands[1].Upgrade.Package = u.rules
			return b
		}, effects.PackageUpgradeError, effects.PackageIDDoesNotMatch},
		{"unknown policy", func(_ *testing.T, u *upgrades) *testchain.Builder {
			u.policy = 5
			return u.to("up2")
		}, effects.PackageUpgradeError, effects.UnknownUpgradePolicy},
		{"module missing", func(_ *testing.T, u *upgrades) *testchain.Builder { return u.to("rules") }, effects.PackageUpgradeError,
			effects.IncompatibleUpgrade},
	} {
		t.Run(c.name, func(t *testing.T) {
			u := newUpgrades(t)
			out, err := c.begin(t, u).Run()
			if err != nil {
				t.Fatal(err)
			}
			if f := out.Effects.Failure; f == nil || f.Kind != c.kind || f.Upgrade != c.what || f.Command != 1 {
				t.Errorf("got %v", f)
			}
			if len(out.Packages) != 0 || u.Store.Packages() != 4 {
				t.Error("a package was made")
			}
		})
	}
}

// edited is a module with a change.
func edited(t *testing.T, name string, change func(m *bytecode.Module)) []byte {
	t.Helper()
	m, err := bytecode.Read(code(t, name))
	if err != nil {
		t.Fatal(err)
	}
	change(m)
	return m.Bytes()
}

// relinked is the module user with the package up at an address.
func relinked(t *testing.T, up types.Address) []byte {
	return edited(t, "user", func(m *bytecode.Module) {
		i := slices.Index(m.Addresses, ptb.ShortAddress(0x75))
		m.Addresses[i] = up
	})
}

func TestLinkage(t *testing.T) {
	u := newUpgrades(t)
	first := u.up
	user1, _ := u.PublishPackage(u.alice, [][]byte{relinked(t, first)}, first)
	second := u.to("up2").MustRun().Packages[0].ID
	user2, _ := u.PublishPackage(u.alice, [][]byte{relinked(t, first)}, second)
	// Each user calls the version that it was published with.
	for _, c := range []struct {
		user types.Address
		want byte
	}{{user1, 1}, {user2, 2}} {
		b := u.By(u.alice)
		b.Mode = transaction.Inspection
		b.Call(c.user, "user", "version", nil)
		out, err := b.Try()
		if err != nil || out.Effects.Failure != nil || out.Returned[0][0].Contents[0] != c.want {
			t.Errorf("version: %+v, %v, want %d", out, err, c.want)
		}
	}
	// An object made through one is used through the other, in one transaction.
	b := u.By(u.alice)
	made := b.Call(user1, "user", "make", nil)
	b.Call(user2, "user", "get", nil, made)
	b.Transfer(u.alice.Address, made)
	b.MustRun()

	for _, c := range []struct {
		name    string
		modules [][]byte
		deps    []types.Address
		want    effects.FailureKind
	}{
		{"dependency missing", [][]byte{relinked(t, first)}, nil, effects.PublishUpgradeMissingDependency},
		{"both versions", [][]byte{relinked(t, first)}, []types.Address{first, second}, effects.InvalidLinkage},
		{"dependency of a dependency missing", [][]byte{code(t, "up1")}, []types.Address{user1}, effects.PublishUpgradeMissingDependency},
		{"older than a dependency wants", [][]byte{code(t, "up1")}, []types.Address{first, user2}, effects.PublishUpgradeDependencyDowngrade},
		{"newer than a dependency wants", [][]byte{code(t, "up1")}, []types.Address{second, user1}, 0},
		{"at an address", [][]byte{edited(t, "up1", func(m *bytecode.Module) {
			m.Addresses[m.Modules[m.Self].Address] = types.Address{9}
		})}, nil, effects.PublishErrorNonZeroAddress},
		{"no module", [][]byte{[]byte("module")}, nil, effects.VMVerificationError},
		{"module twice", [][]byte{code(t, "up1"), code(t, "up1")}, nil, effects.VMVerificationError},
		{"function that is not there", [][]byte{edited(t, "up1", func(m *bytecode.Module) {
			i := slices.Index(m.Identifiers, "fresh_object_address")
			if i < 0 {
				i = slices.Index(m.Identifiers, "delete")
			}
			m.Identifiers[i] = "does_not_exist"
		})}, nil, effects.VMVerificationError},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := u.By(u.alice)
			upgradeCap := b.Publish(c.modules, append(slices.Clone(systemPackages), c.deps...))
			b.Transfer(u.alice.Address, upgradeCap)
			out, err := b.Run()
			if err != nil {
				t.Fatal(err)
			}
			f := out.Effects.Failure
			if c.want == 0 {
				if f != nil {
					t.Error(f)
				}
			} else if f == nil || f.Kind != c.want || f.Command != 0 {
				t.Errorf("got %v, want %v", f, c.want)
			}
		})
	}
}

// What Sui's verifier refuses, and is checked here too.
func TestVerifierRules(t *testing.T) {
	w := newWorld(t)
	find := func(m *bytecode.Module, name string) int {
		return slices.IndexFunc(m.FunctionDefs, func(d bytecode.FunctionDef) bool { return m.Identifiers[m.Functions[d.Handle].Name] == name })
	}
	structOf := func(m *bytecode.Module, name string) int {
		return slices.IndexFunc(m.Structs, func(d bytecode.StructDef) bool { return m.Identifiers[m.Datatypes[d.Handle].Name] == name })
	}
	for _, c := range []struct {
		name   string
		change func(m *bytecode.Module)
	}{
		{"object without UID first", func(m *bytecode.Module) {
			f := m.Structs[structOf(m, "Thing")].Fields
			f[0], f[1] = f[1], f[0]
		}},
		{"value that claims to be an object", func(m *bytecode.Module) {
			m.Datatypes[m.Structs[structOf(m, "Told")].Handle].Abilities = types.Key
		}},
		{"public init", func(m *bytecode.Module) { m.FunctionDefs[find(m, "init")].Visibility = bytecode.Public }},
		{"entry init", func(m *bytecode.Module) { m.FunctionDefs[find(m, "init")].Entry = true }},
		{"witness with store", func(m *bytecode.Module) {
			m.Datatypes[m.Structs[structOf(m, "RULES")].Handle].Abilities = types.Drop | types.Store
		}},
		{"init of other parameters", func(m *bytecode.Module) {
			m.Functions[m.FunctionDefs[find(m, "init")].Handle].Parameters = m.Functions[m.FunctionDefs[find(m, "expect")].Handle].Parameters
		}},
		{"native function", func(m *bytecode.Module) {
			d := &m.FunctionDefs[find(m, "secret")]
			d.Native, d.Code = true, nil
		}},
		{"transfer of a foreign type", func(m *bytecode.Module) {
			// pin transfers a Pinned of the module; let it transfer a Random.
			for _, in := range m.FunctionDefs[find(m, "pin")].Code {
				if in.Op == bytecode.CallGeneric {
					foreign := slices.IndexFunc(m.Datatypes, func(h bytecode.DatatypeHandle) bool { return m.Identifiers[h.Name] == "Random" })
					m.Signatures[m.FunctionInstances[in.Index].Args][0].Index = uint16(foreign)
				}
			}
		}},
		{"event of a foreign type", func(m *bytecode.Module) {
			for _, in := range m.FunctionDefs[find(m, "emit_long")].Code {
				if in.Op != bytecode.CallGeneric {
					continue
				}
				i := m.FunctionInstances[in.Index]
				if m.Identifiers[m.Functions[i.Of].Name] == "emit" {
					foreign := slices.IndexFunc(m.Datatypes, func(h bytecode.DatatypeHandle) bool { return m.Identifiers[h.Name] == "ID" })
					m.Signatures[i.Args][0].Index = uint16(foreign)
				}
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := w.By(w.alice)
			b.Transfer(w.alice.Address, b.Publish([][]byte{edited(t, "rules", c.change)}, systemPackages))
			out, err := b.Try()
			if err != nil {
				t.Fatal(err)
			}
			if f := out.Effects.Failure; f == nil || f.Kind != effects.SuiMoveVerificationError || !errors.Is(f, packages.ErrRules) {
				t.Errorf("got %v", f)
			}
		})
	}
}
