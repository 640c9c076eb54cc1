package draft_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	v2 "github.com/block-vision/sui-go-sdk/pb/sui/rpc/v2"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/floe-network/floe/staking/devchain/movevm/effects"
	"github.com/floe-network/floe/staking/devchain/movevm/objects"
	"github.com/floe-network/floe/staking/devchain/movevm/packages"
	"github.com/floe-network/floe/staking/devchain/movevm/transaction"
	"github.com/floe-network/floe/staking/devchain/rpc/draft"
	"github.com/floe-network/floe/staking/devchain/rpc/message"
	"github.com/floe-network/floe/staking/move"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// chain has the framework and some objects.
type chain struct {
	objects  map[ptb.Address]*effects.Object
	packages map[ptb.Address]*packages.Package
}

func (c *chain) Object(id ptb.Address) (*effects.Object, error)    { return c.objects[id], nil }
func (c *chain) Package(id ptb.Address) (*packages.Package, error) { return c.packages[id], nil }

var (
	coin, shared, child, clock = ptb.ShortAddress(0x10), ptb.ShortAddress(0x11), ptb.ShortAddress(0x12), ptb.ShortAddress(6)
	sender                     = ptb.ShortAddress(0xaa)
)

func newChain(tb testing.TB) *chain {
	tb.Helper()
	set, err := move.Embedded()
	if err != nil {
		tb.Fatal(err)
	}
	c := &chain{objects: make(map[ptb.Address]*effects.Object), packages: make(map[ptb.Address]*packages.Package)}
	var before []*packages.Package
	for _, p := range set.Packages[:2] { // the framework
		var modules [][]byte
		for _, m := range p.Modules {
			modules = append(modules, m.Bytecode)
		}
		built, err := packages.System(ptb.Address(p.Address), modules, before)
		if err != nil {
			tb.Fatal(err)
		}
		before = append(before, built)
		c.packages[built.ID] = built
	}
	put := func(id ptb.Address, owner objects.Owner, sharedAt uint64, spelling string) {
		c.objects[id] = &effects.Object{Object: objects.Object{
			ID: id, Version: 7, Owner: owner, SharedAt: sharedAt, Type: spelling, Contents: append(id[:len(id):len(id)], 1, 0, 0, 0, 0, 0, 0, 0),
		}}
	}
	put(coin, objects.Owner{Kind: objects.ByAddress, Address: sender}, 0, effects.GasCoinType)
	put(shared, objects.Owner{Kind: objects.Shared}, 3, effects.GasCoinType)
	put(child, objects.Owner{Kind: objects.ByObject, Address: shared}, 0, effects.GasCoinType)
	put(clock, objects.Owner{Kind: objects.Shared}, 1, ptb.FrameworkTag("clock", "Clock").String())
	return c
}

func bare(id ptb.Address) *v2.Input { return &v2.Input{ObjectId: proto.String(id.String())} }

func argument(i uint32) *v2.Argument {
	return &v2.Argument{Kind: v2.Argument_INPUT.Enum(), Input: &i}
}

func call(module, function string, arguments ...*v2.Argument) *v2.Command {
	return &v2.Command{Command: &v2.Command_MoveCall{MoveCall: &v2.MoveCall{
		Package: proto.String("0x2"), Module: &module, Function: &function, Arguments: arguments,
	}}}
}

func transactionOf(inputs []*v2.Input, commands ...*v2.Command) *v2.Transaction {
	return &v2.Transaction{
		Sender: proto.String(sender.String()),
		Kind: &v2.TransactionKind{Data: &v2.TransactionKind_ProgrammableTransaction{ProgrammableTransaction: &v2.ProgrammableTransaction{
			Inputs: inputs, Commands: commands,
		}}},
	}
}

func resolve(c draft.Chain, m *v2.Transaction) (*draft.Draft, ptb.Program, error) {
	d, err := draft.Read(m, transaction.DefaultLimits())
	if err != nil {
		return nil, ptb.Program{}, err
	}
	p, err := d.Resolve(c)
	return d, p, err
}

func TestResolveInputs(t *testing.T) {
	c := newChain(t)
	digest, err := c.objects[coin].Digest()
	if err != nil {
		t.Fatal(err)
	}
	ref := ptb.ObjectRef{ID: coin, Version: 7, Digest: digest}
	owned := ptb.CallArg{Object: &ptb.ObjectArg{ImmOrOwned: &ref}}
	sharedAs := func(id ptb.Address, at uint64, mutable bool) ptb.CallArg {
		return ptb.CallArg{Object: &ptb.ObjectArg{Shared: &ptb.SharedRef{ID: id, InitialVersion: at, Mutable: mutable}}}
	}
	with := func(in *v2.Input, change func(*v2.Input)) *v2.Input { change(in); return in }
	split := &v2.Command{Command: &v2.Command_SplitCoins{SplitCoins: &v2.SplitCoins{Coin: argument(0)}}}
	for _, x := range []struct {
		name    string
		input   *v2.Input
		command *v2.Command
		want    ptb.CallArg
	}{
		{"owned by id", bare(coin), call("coin", "value", argument(0)), owned},
		{"owned by id and version", with(bare(coin), func(i *v2.Input) { i.Version = proto.Uint64(7) }), split, owned},
		{"owned, said to be", with(bare(coin), func(i *v2.Input) { i.Kind = v2.Input_IMMUTABLE_OR_OWNED.Enum() }), split, owned},
		{"received", bare(coin), call("transfer", "public_receive", argument(9), argument(0)), ptb.CallArg{Object: &ptb.ObjectArg{Receiving: &ref}}},
		{"shared, read", bare(clock), call("clock", "timestamp_ms", argument(0)), sharedAs(clock, 1, false)},
		{"shared, changed", bare(shared), call("coin", "split", argument(0)), sharedAs(shared, 3, true)},
		{"shared, taken", bare(shared), call("coin", "into_balance", argument(0)), sharedAs(shared, 3, true)},
		{"shared, by a command", bare(shared), split, sharedAs(shared, 3, true)},
		{"shared, unused", bare(shared), call("coin", "value"), sharedAs(shared, 3, false)},
		{"shared, to be read only", with(bare(shared), func(i *v2.Input) { i.Mutable = proto.Bool(false) }), split, sharedAs(shared, 3, false)},
		{"shared, complete", with(bare(shared), func(i *v2.Input) {
			i.Kind, i.Version, i.Mutable = v2.Input_SHARED.Enum(), proto.Uint64(99), proto.Bool(true)
		}), split, sharedAs(shared, 99, true)},
		{"pure", &v2.Input{Kind: v2.Input_PURE.Enum(), Pure: []byte{1, 2}}, split, ptb.CallArg{Pure: &[]byte{1, 2}}},
		{"pure without kind", &v2.Input{Pure: []byte{}}, split, ptb.CallArg{Pure: &[]byte{}}},
		{"function that is not there", bare(shared), call("nowhere", "none", argument(0)), sharedAs(shared, 3, false)},
	} {
		t.Run(x.name, func(t *testing.T) {
			arguments := []*v2.Input{x.input}
			if x.name == "received" { // the tenth input would be the parent
				for range 9 {
					arguments = append(arguments, &v2.Input{Pure: []byte{0}})
				}
			}
			_, p, err := resolve(c, transactionOf(arguments, x.command))
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(p.Inputs[0], x.want) {
				t.Errorf("got %+v, want %+v", p.Inputs[0].Object, x.want.Object)
			}
		})
	}
}

func TestResolveRefuses(t *testing.T) {
	c := newChain(t)
	with := func(in *v2.Input, change func(*v2.Input)) *v2.Input { change(in); return in }
	for _, x := range []struct {
		name  string
		input *v2.Input
		want  error  // nil for any
		says  string // in the message
	}{
		{"unknown object", bare(ptb.ShortAddress(0x99)), draft.ErrNoObject, "0x0000000000000000000000000000000000000000000000000000000000000099"},
		{"object of an object", bare(child), nil, "belongs to object"},
		{"another version", with(bare(coin), func(i *v2.Input) { i.Version = proto.Uint64(6) }), nil, "version 6, the present one is 7"},
		{"another digest", with(bare(coin), func(i *v2.Input) { i.Digest = proto.String("1") }), nil, "digest 1"},
		{"owned, said to be shared", with(bare(coin), func(i *v2.Input) { i.Kind = v2.Input_SHARED.Enum() }), nil, "IMMUTABLE_OR_OWNED"},
		{"shared, said to be owned", with(bare(shared), func(i *v2.Input) { i.Kind = v2.Input_IMMUTABLE_OR_OWNED.Enum() }), nil, "SHARED"},
		{"nothing", &v2.Input{}, nil, "missing object_id"},
		{"no address", &v2.Input{ObjectId: proto.String("coin")}, ptb.ErrAddress, "object_id"},
		{"literal", &v2.Input{Literal: structpb.NewNumberValue(1)}, draft.ErrUnsupported, "literal"},
		{"withdrawal", &v2.Input{Kind: v2.Input_InputKind(5).Enum()}, draft.ErrUnsupported, "kind 5"},
		{"both", &v2.Input{Kind: v2.Input_PURE.Enum(), ObjectId: proto.String("0x1")}, nil, "not both"},
	} {
		t.Run(x.name, func(t *testing.T) {
			_, _, err := resolve(c, transactionOf([]*v2.Input{{Pure: []byte{0}}, x.input}, call("coin", "value", argument(1))))
			var field *message.FieldError
			if !errors.As(err, &field) || field.Field != "transaction.kind.programmable_transaction.inputs[1]" {
				t.Fatalf("got %v", err)
			}
			if x.want != nil && !errors.Is(err, x.want) || !strings.Contains(err.Error(), x.says) {
				t.Errorf("got %v, want %v that says %q", err, x.want, x.says)
			}
		})
	}
}

func TestReadRefuses(t *testing.T) {
	limits := transaction.DefaultLimits()
	many := make([]*v2.ObjectReference, limits.GasCoins+1)
	for i := range many {
		many[i] = &v2.ObjectReference{}
	}
	for name, x := range map[string]struct {
		change func(*v2.Transaction)
		says   string
	}{
		"no sender":  {func(m *v2.Transaction) { m.Sender = nil }, "missing transaction.sender"},
		"no address": {func(m *v2.Transaction) { m.Sender = proto.String("me") }, "invalid transaction.sender"},
		"version":    {func(m *v2.Transaction) { m.Version = proto.Int32(2) }, "version 2"},
		"no kind":    {func(m *v2.Transaction) { m.Kind = nil }, "missing transaction.kind.programmable_transaction"},
		"system":     {func(m *v2.Transaction) { m.Kind = &v2.TransactionKind{Data: &v2.TransactionKind_Genesis{}} }, "missing transaction.kind.programmable_transaction"},
		"gas owner":  {func(m *v2.Transaction) { m.GasPayment = &v2.GasPayment{Owner: proto.String("x")} }, "gas_payment.owner"},
		"gas coin":   {func(m *v2.Transaction) { m.GasPayment = &v2.GasPayment{Objects: many[:1]} }, "gas_payment.objects[0]: missing object_id"},
		"gas coins":  {func(m *v2.Transaction) { m.GasPayment = &v2.GasPayment{Objects: many} }, "at most 255"},
		"expiration": {func(m *v2.Transaction) {
			m.Expiration = &v2.TransactionExpiration{Kind: v2.TransactionExpiration_TransactionExpirationKind(3).Enum()}
		}, "send the transaction as BCS"},
		"expiration's epoch": {func(m *v2.Transaction) {
			m.Expiration = &v2.TransactionExpiration{Kind: v2.TransactionExpiration_EPOCH.Enum()}
		}, "missing transaction.expiration.epoch"},
		"no command":  {func(m *v2.Transaction) { commands(m, &v2.Command{}) }, "commands[0]: missing command"},
		"no argument": {func(m *v2.Transaction) { commands(m, call("coin", "value", &v2.Argument{})) }, "missing arguments.kind"},
		"input without number": {func(m *v2.Transaction) {
			commands(m, call("coin", "value", &v2.Argument{Kind: v2.Argument_INPUT.Enum()}))
		}, "missing arguments with its number"},
		"big number":    {func(m *v2.Transaction) { commands(m, call("coin", "value", argument(1<<16))) }, "number 65536, at most 65535"},
		"many commands": {func(m *v2.Transaction) { commands(m, make([]*v2.Command, limits.Commands+1)...) }, "1024 commands, at most 1023"},
		"type": {func(m *v2.Transaction) {
			c := call("coin", "value")
			c.GetMoveCall().TypeArguments = []string{"vector<"}
			commands(m, c)
		}, "type_arguments"},
	} {
		t.Run(name, func(t *testing.T) {
			m := transactionOf(nil)
			x.change(m)
			_, err := draft.Read(m, limits)
			var field *message.FieldError
			if !errors.As(err, &field) || !strings.Contains(err.Error(), x.says) {
				t.Errorf("got %v, want %q", err, x.says)
			}
		})
	}
}

func commands(m *v2.Transaction, list ...*v2.Command) {
	m.GetKind().GetProgrammableTransaction().Commands = list
}

// TestRoundTrip: a program as a message, read again, is the same.
func TestRoundTrip(t *testing.T) {
	b := ptb.NewBuilder()
	ref := ptb.ObjectRef{ID: coin, Version: 7, Digest: ptb.Digest{9}}
	c := b.Owned(ref)
	split := b.Split(c, 5, 6)
	b.Merge(c, b.Part(split, 0))
	v := b.Vector(ptb.TypeTag{Kind: ptb.U64}, b.U64(1))
	b.Call(ptb.ShortAddress(2), "m", "f", []ptb.TypeTag{ptb.FrameworkTag("sui", "SUI")}, v, ptb.GasCoin(),
		b.Shared(ptb.SharedRef{ID: shared, InitialVersion: 3, Mutable: true}), b.Receiving(ptb.ObjectRef{ID: child, Version: 2}))
	b.Upgrade(ptb.ShortAddress(5), b.Publish([][]byte{{1}}, []ptb.Address{ptb.ShortAddress(1)}), [][]byte{{2}}, []ptb.Address{ptb.ShortAddress(1)})
	b.Transfer(sender, b.Part(split, 1))
	p, err := b.Program()
	if err != nil {
		t.Fatal(err)
	}
	data := &ptb.TransactionData{
		Kind: ptb.TransactionKind{Programmable: &p}, Sender: sender, Expiration: ptb.AfterEpoch(4),
		Gas: ptb.GasData{Payment: []ptb.ObjectRef{ref}, Owner: sender, Price: 1000, Budget: 5},
	}
	encoded, err := data.Encode()
	if err != nil {
		t.Fatal(err)
	}
	d, got, err := resolve(&chain{}, message.Transaction(data, encoded))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, p) {
		t.Errorf("got %+v, want %+v", got, p)
	}
	if d.Sender != sender || *d.Expiration.Epoch != 4 || *d.Gas.Owner != sender || *d.Gas.Price != 1000 || *d.Gas.Budget != 5 || !reflect.DeepEqual(d.Gas.Payment, data.Gas.Payment) {
		t.Errorf("got %+v", d)
	}
}

// FuzzRead reads any message and resolves it: an error of a field, or a program that can be encoded.
func FuzzRead(f *testing.F) {
	c := newChain(f)
	for _, m := range []*v2.Transaction{
		transactionOf([]*v2.Input{bare(coin), bare(clock), {Pure: []byte{1}}}, call("coin", "split", argument(0), argument(1)), call("clock", "timestamp_ms", argument(1))),
		transactionOf([]*v2.Input{bare(shared)}, &v2.Command{Command: &v2.Command_TransferObjects{TransferObjects: &v2.TransferObjects{Objects: []*v2.Argument{argument(0)}, Address: argument(0)}}}),
	} {
		b, err := proto.Marshal(m)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		m := &v2.Transaction{}
		if proto.Unmarshal(b, m) != nil {
			return
		}
		d, p, err := resolve(c, m)
		if err != nil {
			var field *message.FieldError
			if !errors.As(err, &field) {
				t.Fatalf("got %T: %v", err, err)
			}
			return
		}
		data := &ptb.TransactionData{Kind: ptb.TransactionKind{Programmable: &p}, Sender: d.Sender, Expiration: d.Expiration, Gas: ptb.GasData{Payment: d.Gas.Payment}}
		if _, err := data.Encode(); err != nil {
			t.Fatalf("what was read cannot be encoded: %v", err)
		}
	})
}
