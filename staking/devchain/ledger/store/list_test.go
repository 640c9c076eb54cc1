package store_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"
	"testing"

	"github.com/floe-network/floe/internal/leaktest"
	"github.com/floe-network/floe/staking/devchain/ledger/store"
	"github.com/floe-network/floe/staking/devchain/movevm/effects"
	"github.com/floe-network/floe/staking/devchain/movevm/objects"
	"github.com/floe-network/floe/staking/devchain/movevm/packages"
	"github.com/floe-network/floe/staking/sui/ptb"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

func open(t *testing.T, dir string) *store.DB {
	t.Helper()
	s, err := store.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

var (
	account = objects.Owner{Kind: objects.ByAddress, Address: ptb.ShortAddress(0xaa)}
	other   = objects.Owner{Kind: objects.ByAddress, Address: ptb.ShortAddress(0xab)}
)

// object is an object with a digest of its own.
func object(t *testing.T, id byte, version uint64, owner objects.Owner, typ string, more ...byte) *store.Object {
	t.Helper()
	o := &effects.Object{Object: objects.Object{ID: ptb.ShortAddress(id), Version: version, Owner: owner, Type: typ}}
	o.Contents = append(append(o.Contents, o.ID[:]...), more...)
	d, err := o.Digest()
	if err != nil {
		t.Fatal(err)
	}
	return &store.Object{Move: o, Digest: d}
}

func coin(t *testing.T, id byte, owner objects.Owner, amount uint64) *store.Object {
	t.Helper()
	return object(t, id, 1, owner, effects.GasCoinType, binary.LittleEndian.AppendUint64(nil, amount)...)
}

func put(t *testing.T, s *store.DB, list ...*store.Object) {
	t.Helper()
	b := s.Batch()
	for _, o := range list {
		if err := b.Put(o); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Commit(); err != nil {
		t.Fatal(err)
	}
}

func check(t *testing.T, s *store.DB) {
	t.Helper()
	if err := s.Check(); err != nil {
		t.Error(err)
	}
}

// TestOwned lists objects of types whose names begin alike, by all kinds of filters and page sizes.
func TestOwned(t *testing.T) {
	s := open(t, t.TempDir())
	p := ptb.ShortAddress(2).String()
	q := ptb.ShortAddress(0x22).String()
	typed := []struct {
		id  byte
		typ string
	}{
		{1, p + "::coin::Coin<" + p + "::sui::SUI>"}, {2, p + "::coin::Coin<" + q + "::a::A>"}, {3, p + "::coin::Coin<" + q + "::a::A<u8>>"},
		{4, p + "::coin::Coin"}, {5, p + "::coin::Coin2"}, {6, p + "::coin::CoinMetadata<" + q + "::a::A>"}, {7, p + "::coin::Co"},
		{8, p + "::coins::Coin"}, {9, q + "::coin::Coin<u8>"}, {10, p + "::coin::Coin_"}, {11, p + "::a::A<u64,vector<u8>>"},
	}
	for _, x := range typed {
		put(t, s, object(t, x.id, 1, account, x.typ))
	}
	put(t, s, object(t, 50, 1, other, p+"::coin::Coin"), object(t, 51, 1, objects.Owner{Kind: objects.Shared}, p+"::coin::Coin"))
	check(t, s)
	for _, v := range []struct {
		filter string
		want   []byte
	}{
		{"", []byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}},
		{p, []byte{1, 2, 3, 4, 5, 6, 7, 8, 10, 11}},
		{q, []byte{9}},
		{p + "::coin", []byte{1, 2, 3, 4, 5, 6, 7, 10}},
		{p + "::coin::Coin", []byte{1, 2, 3, 4}},
		{p + "::coin::Coin<" + q + "::a::A>", []byte{2}},
		{p + "::coin::Coin<" + q + "::a::A<u8>>", []byte{3}},
		{p + "::coin::Co", []byte{7}},
		{p + "::coin::C", nil},
		{p + "::coin::Coin2", []byte{5}},
		{p + "::a::A", []byte{11}},
		{p + "::a::A<u64,vector<u8>>", []byte{11}},
		{p[:len(p)-1], nil},
	} {
		for _, limit := range []int{0, 1, 2, 3, 100} {
			var got []byte
			page := store.Page{Limit: limit}
			for pages := 0; ; pages++ {
				ids, next, err := s.Owned(account.Address, v.filter, page)
				if err != nil {
					t.Fatal(err)
				}
				for _, id := range ids {
					got = append(got, id[31])
				}
				if next == nil {
					break
				}
				if len(ids) != limit || pages > 20 {
					t.Fatalf("filter %q: a page of %d, limit %d", v.filter, len(ids), limit)
				}
				page.After = next
			}
			slices.Sort(got)
			if !bytes.Equal(got, v.want) {
				t.Errorf("filter %q, limit %d: %v, want %v", v.filter, limit, got, v.want)
			}
		}
	}
}

// TestCoins lists coins by value, and adds them up.
func TestCoins(t *testing.T) {
	s := open(t, t.TempDir())
	put(t, s, coin(t, 1, account, 5), coin(t, 2, account, 1<<40), coin(t, 3, account, 0), coin(t, 4, account, 6), coin(t, 5, other, 9))
	list := func(owner objects.Owner) (got []byte) {
		t.Helper()
		ids, _, err := s.Owned(owner.Address, effects.GasCoinType, store.Page{})
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range ids {
			got = append(got, id[31])
		}
		return got
	}
	balance := func(owner objects.Owner) uint64 {
		t.Helper()
		all, _, err := s.Balances(owner.Address, store.Page{})
		if err != nil {
			t.Fatal(err)
		}
		n, err := s.Balance(owner.Address, ptb.FrameworkTag("sui", "SUI").String())
		if err != nil {
			t.Fatal(err)
		}
		if len(all) > 1 || n > 0 && all[0].Amount != n {
			t.Errorf("balances %v, of which one is %d", all, n)
		}
		return n
	}
	if got := list(account); !bytes.Equal(got, []byte{2, 4, 1, 3}) {
		t.Errorf("coins %v", got)
	}
	if balance(account) != 1<<40+11 || balance(other) != 9 {
		t.Errorf("balances %d and %d", balance(account), balance(other))
	}
	put(t, s, coin(t, 2, other, 7), coin(t, 5, account, 2)) // both changed hands and value
	b := s.Batch()
	if err := b.Remove(ptb.ShortAddress(4)); err != nil {
		t.Fatal(err)
	}
	if err := b.Commit(); err != nil {
		t.Fatal(err)
	}
	if got := list(account); !bytes.Equal(got, []byte{1, 5, 3}) {
		t.Errorf("coins %v", got)
	}
	if balance(account) != 7 || balance(other) != 7 {
		t.Errorf("balances %d and %d", balance(account), balance(other))
	}
	check(t, s)
}

// A balance that in between is beyond 64 bits ends up right.
func TestBalanceWraps(t *testing.T) {
	s := open(t, t.TempDir())
	put(t, s, coin(t, 2, account, 1<<63+5))
	put(t, s, coin(t, 1, account, 1<<63), coin(t, 2, account, 5))
	if n, err := s.Balance(account.Address, ptb.FrameworkTag("sui", "SUI").String()); err != nil || n != 1<<63+5 {
		t.Errorf("%d, %v", n, err)
	}
	check(t, s)
}

func TestFields(t *testing.T) {
	s := open(t, t.TempDir())
	parent := objects.Owner{Kind: objects.ByObject, Address: ptb.ShortAddress(0xcc)}
	field := ptb.FrameworkTag("dynamic_field", "Field", ptb.TypeTag{Kind: ptb.U8}, ptb.TypeTag{Kind: ptb.U8}).String()
	for i := range byte(5) {
		put(t, s, object(t, i+1, 1, parent, field))
	}
	put(t, s, object(t, 9, 1, parent, effects.GasCoinType), object(t, 10, 1, account, field)) // the value of an object field; no field
	put(t, s, object(t, 2, 2, account, effects.GasCoinType))
	var got []byte
	page := store.Page{Limit: 2}
	for {
		ids, next, err := s.Fields(parent.Address, page)
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range ids {
			got = append(got, id[31])
		}
		if next == nil {
			break
		}
		page.After = next
	}
	if !bytes.Equal(got, []byte{1, 3, 4, 5}) {
		t.Errorf("fields %v", got)
	}
	check(t, s)
}

func TestPackages(t *testing.T) {
	s := open(t, t.TempDir())
	for version := range uint64(3) {
		p := &effects.PublishedPackage{Package: &packages.Package{ID: ptb.ShortAddress(byte(version + 1)), Original: ptb.ShortAddress(1), Version: version + 1,
			Modules: []packages.Module{{Name: "m", Bytecode: []byte{1, 2, 3}}},
			Origins: []packages.TypeOrigin{{Module: "m", Datatype: "T", Package: ptb.ShortAddress(1)}},
			Linkage: []packages.Dependency{{Original: ptb.ShortAddress(2), ID: ptb.ShortAddress(2), Version: 9}}}, StorageRebate: 7}
		put(t, s, &store.Object{Package: p, Digest: p.Digest()})
	}
	list, next, err := s.Packages(ptb.ShortAddress(1), store.Page{Limit: 2})
	if err != nil || len(list) != 2 || list[1] != (store.PackageVersion{ID: ptb.ShortAddress(2), Version: 2}) || next == nil {
		t.Errorf("%v, %x, %v", list, next, err)
	}
	if list, next, err = s.Packages(ptb.ShortAddress(1), store.Page{After: next}); err != nil || len(list) != 1 || next != nil {
		t.Errorf("%v, %x, %v", list, next, err)
	}
	o, err := s.Object(ptb.ShortAddress(3))
	if err != nil || o.Package.Digest() != o.Digest || o.Type() != "package" || o.StorageRebate() != 7 {
		t.Errorf("%+v, %v", o, err)
	}
	if id, found, err := s.Package(ptb.ShortAddress(1), 3); id != ptb.ShortAddress(3) || !found || err != nil {
		t.Errorf("%s, %v, %v", id, found, err)
	}
	check(t, s)
}

// TestVersions reads the versions of an object that was changed, removed and came back.
func TestVersions(t *testing.T) {
	s := open(t, t.TempDir())
	put(t, s, object(t, 1, 1, account, effects.GasCoinType))
	put(t, s, object(t, 1, 5, other, effects.GasCoinType))
	b := s.Batch()
	if err := errors.Join(b.Remove(ptb.ShortAddress(1)), b.Commit()); err != nil {
		t.Fatal(err)
	}
	if o, err := s.Object(ptb.ShortAddress(1)); o != nil || err != nil {
		t.Errorf("%+v, %v", o, err)
	}
	put(t, s, object(t, 1, 8, account, effects.GasCoinType))
	for version, want := range map[uint64]bool{1: true, 2: false, 5: true, 8: true, 9: false} {
		if o, err := s.ObjectAt(ptb.ShortAddress(1), version); (o != nil) != want || err != nil || o != nil && o.Version() != version {
			t.Errorf("version %d: %+v, %v", version, o, err)
		}
	}
	check(t, s)
}

// A batch that is not committed has not happened, and is seen by itself alone.
func TestDiscard(t *testing.T) {
	s := open(t, t.TempDir())
	b := s.Batch()
	if err := b.Put(coin(t, 1, account, 5)); err != nil {
		t.Fatal(err)
	}
	if o, err := b.Object(ptb.ShortAddress(1)); o == nil || err != nil {
		t.Errorf("%+v, %v", o, err)
	}
	if o, err := s.Object(ptb.ShortAddress(1)); o != nil || err != nil {
		t.Errorf("%+v, %v", o, err)
	}
	if err := b.Discard(); err != nil {
		t.Fatal(err)
	}
	if o, err := s.Object(ptb.ShortAddress(1)); o != nil || err != nil {
		t.Errorf("%+v, %v", o, err)
	}
}

func TestFormat(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	if _, err := store.Open(dir); !errors.Is(err, store.ErrLocked) {
		t.Errorf("twice: %v", err)
	}
	_ = s
}
