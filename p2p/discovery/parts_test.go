package discovery

import (
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ipfs/go-datastore"
	"github.com/ipfs/go-datastore/query"
	dssync "github.com/ipfs/go-datastore/sync"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/peerstore"
	"github.com/libp2p/go-libp2p/p2p/host/peerstore/pstoremem"
	"github.com/multiformats/go-base32"
	ma "github.com/multiformats/go-multiaddr"

	"github.com/floe-network/floe/staking"
)

// TestKey pins the layout of keys: nodes that disagree about it do not find each other.
func TestKey(t *testing.T) {
	for _, c := range []struct {
		kind  Kind
		index uint32
		want  string
	}{
		// printf '/floe/main/storage/0' | sha256sum, as CIDv1 raw
		{Storage, 0, "bafkreibwa4hy4fiapof7kddkx2rv2bcarxr6n6bcroe2kqvyyr7apmubry"},
		{Bucket, 4095, "bafkreigg5c3wzg5d7yubm7gbglnxelc3h55s46zc5wnlpdyts7wdr6icsq"},
	} {
		k, err := Key("main", c.kind, c.index)
		if err != nil {
			t.Fatal(err)
		}
		if k.String() != c.want {
			t.Errorf("%s/%d: %s, want %s", c.kind, c.index, k, c.want)
		}
	}
	other, err := Key("test", Storage, 0)
	if err != nil || other.String() == "bafkreibwa4hy4fiapof7kddkx2rv2bcarxr6n6bcroe2kqvyyr7apmubry" {
		t.Errorf("networks share keys: %s, %v", other, err)
	}
	for kind, index := range map[Kind]uint32{Storage: 64, "nothing": 0, Bucket: 4096} {
		if _, err := Key("main", kind, index); !errors.Is(err, ErrKind) {
			t.Errorf("%s/%d: error %v, want ErrKind", kind, index, err)
		}
	}
}

func recordKey(t *testing.T, kind Kind, index uint32, p peer.ID) datastore.Key {
	t.Helper()
	k, err := Key(testNetwork, kind, index)
	if err != nil {
		t.Fatal(err)
	}
	return datastore.NewKey("/providers/" + base32.RawStdEncoding.EncodeToString(k.Hash()) + "/" + base32.RawStdEncoding.EncodeToString([]byte(p)))
}

func recordValue(at int) []byte { return binary.AppendVarint(nil, int64(at)) }

func count(t *testing.T, r *records, prefix string) int {
	t.Helper()
	results, err := r.Query(t.Context(), query.Query{Prefix: prefix})
	if err != nil {
		t.Fatal(err)
	}
	entries, err := results.Rest()
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

// TestRecordsAreBounded: strangers fill every key; each key and all together stay bounded, members keep their place.
func TestRecordsAreBounded(t *testing.T) {
	member := peer.ID("member")
	r, err := newRecords(testNetwork, func(p peer.ID) bool { return p == member })
	if err != nil {
		t.Fatal(err)
	}
	put := func(k datastore.Key, at int) {
		t.Helper()
		if err := r.Put(t.Context(), k, recordValue(at)); err != nil {
			t.Fatal(err)
		}
	}
	put(recordKey(t, Storage, 0, member), 0)
	for i := range 3 * maxKeyRecords {
		put(recordKey(t, Storage, 0, peer.ID(fmt.Sprint("stranger ", i))), 1+i)
	}
	one := recordKey(t, Storage, 0, member)
	if n := count(t, r, one.Parent().String()); n != maxKeyRecords {
		t.Errorf("%d records of one key, at most %d", n, maxKeyRecords)
	}
	if ok, err := r.Has(t.Context(), one); !ok || err != nil {
		t.Errorf("the member's record made room for strangers (%v)", err)
	}
	last := recordKey(t, Storage, 0, peer.ID(fmt.Sprint("stranger ", 3*maxKeyRecords-1)))
	if ok, err := r.Has(t.Context(), last); !ok || err != nil {
		t.Errorf("the newest record has no place (%v)", err)
	}
	put(datastore.NewKey("/providers/AAAA/BBBB"), 1) // a key the network does not have
	put(datastore.NewKey("/elsewhere"), 1)
	if n := r.total; n != maxKeyRecords {
		t.Errorf("%d records after unknown keys, want %d", n, maxKeyRecords)
	}
	for i := range maxRecords {
		put(recordKey(t, Bucket, uint32(i%4096), peer.ID(fmt.Sprint("stranger ", i))), i)
	}
	if r.total != maxRecords || count(t, r, "/providers/") != maxRecords {
		t.Errorf("%d records, listed %d, at most %d", r.total, count(t, r, "/providers/"), maxRecords)
	}
	put(recordKey(t, Storage, 1, member), 1)
	if ok, err := r.Has(t.Context(), recordKey(t, Storage, 1, member)); !ok || err != nil {
		t.Errorf("a member finds no place in a full store (%v)", err)
	}
	if err := r.Delete(t.Context(), one); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Get(t.Context(), one); !errors.Is(err, datastore.ErrNotFound) {
		t.Errorf("deleted record: %v", err)
	}
	if n, err := r.GetSize(t.Context(), last); n != len(recordValue(3*maxKeyRecords)) || err != nil {
		t.Errorf("size %d, %v", n, err)
	}
}

func TestCacheIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := dssync.MutexWrap(datastore.NewMapDatastore())
		log := slog.New(slog.DiscardHandler)
		c, err := newCache(t.Context(), store, log)
		if err != nil {
			t.Fatal(err)
		}
		addr := ma.StringCast("/ip4/1.2.3.4/tcp/1")
		var peers []peer.ID
		for range maxCached + 1 {
			time.Sleep(time.Second)
			p := newIdentity(t).id
			peers = append(peers, p)
			c.put(t.Context(), p, []ma.Multiaddr{addr, ma.StringCast("/dns4/a.example/tcp/2/tls/ws")})
		}
		var many []ma.Multiaddr
		for i := range 3 * maxCachedAddrs {
			many = append(many, ma.StringCast(fmt.Sprintf("/ip4/1.2.3.4/tcp/%d", i+1)))
		}
		time.Sleep(time.Second)
		c.put(t.Context(), peers[1], many)
		for _, kv := range [][2]string{{"nobody", `{"addrs":[]}`}, {newIdentity(t).id.String(), "no JSON"}, {newIdentity(t).id.String(), `{"addrs":["nowhere"]}`}} {
			if err := store.Put(t.Context(), datastore.NewKey(cachePrefix+"/"+kv[0]), []byte(kv[1])); err != nil {
				t.Fatal(err)
			}
		}
		for range 2 { // the second time without the entries that could not be read
			if c, err = newCache(t.Context(), store, log); err != nil {
				t.Fatal(err)
			}
			if all := c.all(); len(all) != maxCached || all[0].ID != peers[1] {
				t.Errorf("%d peers, at most %d; first %s, want the one seen last", len(all), maxCached, all[0].ID)
			}
			if c.get(peers[0]) != nil {
				t.Error("the peer seen longest ago did not make room")
			}
			if got := c.get(peers[1]); len(got) != maxCachedAddrs || !got[0].Equal(many[0]) {
				t.Errorf("addresses %v, want the first %d", got, maxCachedAddrs)
			}
			if got := c.get(peers[2]); len(got) != 2 || !got[0].Equal(addr) {
				t.Errorf("addresses %v", got)
			}
		}
	})
}

func TestHints(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ps, err := pstoremem.NewPeerstore()
		if err != nil {
			t.Fatal(err)
		}
		defer ps.Close()
		member, stranger := newIdentity(t).id, newIdentity(t).id
		committee := committeeOf(t, 1, []peer.ID{member}, nil)
		b := newHintBook(ps, func() *staking.Committee { return committee })
		addr := func(i int) ma.Multiaddr { return ma.StringCast(fmt.Sprintf("/ip4/1.2.3.4/tcp/%d", i+1)) }

		b.AddAddr(stranger, addr(0), peerstore.TempAddrTTL)
		b.AddAddr(member, addr(0), peerstore.TempAddrTTL)
		b.AddAddr(member, addr(1), recordLife)
		if got := ps.Addrs(stranger); len(got) != 1 {
			t.Errorf("addresses of a stranger: %v", got)
		}
		if got := b.Addrs(member); len(got) != 1 || !got[0].Equal(addr(1)) {
			t.Errorf("addresses of a member: %v, want what it said itself", got)
		}
		if got := b.take(member); len(got) != 1 || !got[0].Equal(addr(0)) {
			t.Errorf("hints: %v", got)
		}
		for i := range 100 {
			b.AddAddrs(member, []ma.Multiaddr{addr(i), addr(i)}, peerstore.TempAddrTTL)
		}
		got := b.take(member)
		if len(got) != maxHints || len(ma.Unique(got)) != maxHints {
			t.Errorf("%d hints %v, want %d different ones", len(got), got, maxHints)
		}
		b.drop(member, got[:1], false)
		if len(b.take(member)) != maxHints {
			t.Error("a hint that was not tried is forgotten")
		}
		b.drop(member, got[:1], true)
		if len(b.take(member)) != maxHints-1 {
			t.Error("a hint that failed is not forgotten")
		}
		time.Sleep(peerstore.TempAddrTTL)
		if got := b.take(member); len(got) != 0 {
			t.Errorf("hints that have expired: %v", got)
		}
		b.sweep()
		if len(b.hints) != 0 {
			t.Error("expired hints are kept")
		}
	})
}

func TestFilterAddrs(t *testing.T) {
	public, private := ma.StringCast("/ip4/8.8.8.8/tcp/1"), ma.StringCast("/ip4/192.168.1.1/tcp/1")
	loop, name := ma.StringCast("/ip4/127.0.0.1/tcp/1"), ma.StringCast("/dns4/node.example/tcp/443/tls/ws")
	at := func(a ...ma.Multiaddr) []peer.AddrInfo {
		return []peer.AddrInfo{{ID: newIdentity(t).id, Addrs: a}}
	}
	nobody := func() *staking.Committee { return nil }
	for name2, c := range map[string]struct {
		cfg  Config
		want int
	}{
		"public":            {Config{Bootstrap: at(public)}, 2},
		"mixed":             {Config{Bootstrap: at(private, public)}, 2},
		"nothing known":     {Config{}, 2},
		"configured":        {Config{Bootstrap: at(public), AllowPrivate: true}, 4},
		"loopback network":  {Config{Bootstrap: at(loop)}, 4},
		"private network":   {Config{Bootstrap: at(private, loop)}, 4},
		"network with name": {Config{Bootstrap: at(name)}, 2},
	} {
		t.Run(name2, func(t *testing.T) {
			c.cfg.Network, c.cfg.Committee = testNetwork, nobody
			if err := c.cfg.check(); err != nil {
				t.Fatal(err)
			}
			d := Discovery{cfg: c.cfg}
			if got := d.filterAddrs([]ma.Multiaddr{public, private, loop, name}); len(got) != c.want {
				t.Errorf("%v pass, want %d", got, c.want)
			}
		})
	}
}

func TestConfigErrors(t *testing.T) {
	nobody := func() *staking.Committee { return nil }
	for name, cfg := range map[string]Config{
		"network":   {Network: "no/slash", Committee: nobody},
		"committee": {Network: testNetwork},
		"bootstrap": {Network: testNetwork, Committee: nobody, Bootstrap: []peer.AddrInfo{{ID: newIdentity(t).id}}},
		"no id":     {Network: testNetwork, Committee: nobody, Bootstrap: []peer.AddrInfo{{Addrs: []ma.Multiaddr{ma.StringCast("/ip4/1.2.3.4/tcp/1")}}}},
	} {
		if err := cfg.check(); !errors.Is(err, ErrConfig) {
			t.Errorf("%s: error %v, want ErrConfig", name, err)
		}
	}
}

// TestAdvertise: what a node advertises is bounded, and only what the network has.
func TestAdvertise(t *testing.T) {
	h := newHost(t, newIdentity(t).key)
	d, err := New(h, Config{Network: testNetwork, Committee: func() *staking.Committee { return nil }})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if err := d.Connect(t.Context(), newIdentity(t).id); !errors.Is(err, ErrNotStarted) {
		t.Errorf("error %v, want ErrNotStarted", err)
	}
	if _, err := d.Find(t.Context(), Light, 0); !errors.Is(err, ErrNotStarted) {
		t.Errorf("error %v, want ErrNotStarted", err)
	}
	if err := d.Connect(t.Context(), h.ID()); !errors.Is(err, ErrUnreachable) {
		t.Errorf("connecting to itself: %v, want ErrUnreachable", err)
	}
	if err := d.Advertise(Gateway, 99); !errors.Is(err, ErrKind) {
		t.Errorf("error %v, want ErrKind", err)
	}
	for i := range uint32(maxAdvertised) {
		if err := d.Advertise(Light, i); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.Advertise(Light, 0); err != nil {
		t.Errorf("again: %v", err)
	}
	if err := d.Advertise(Light, maxAdvertised); err == nil {
		t.Error("more records than allowed")
	}
}
