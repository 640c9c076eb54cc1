package discovery

import (
	"context"
	"encoding/binary"
	"strings"
	"sync"

	"github.com/ipfs/go-datastore"
	"github.com/ipfs/go-datastore/query"
	dhtrecords "github.com/libp2p/go-libp2p-kad-dht/records"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/multiformats/go-base32"
)

// records keeps the DHT's provider records, in memory: they are advertised again several times in their life, and other
// nodes have them too. Records of keys that the network does not have are dropped on arrival; each key and all together
// are bounded. Where there is no room, committee members come first, then those that spoke last.
//
// The DHT sees a datastore: a record is the key /providers/<key>/<peer> (both in base32), its value the time of its arrival.
type records struct {
	known    map[string]Kind // base32 of the multihash of every key of the network
	isMember func(peer.ID) bool

	mu    sync.Mutex
	byKey map[string]map[string][]byte // key, peer, value
	total int
}

var _ datastore.Batching = (*records)(nil)

func newRecords(network string, isMember func(peer.ID) bool) (*records, error) {
	r := &records{known: make(map[string]Kind), isMember: isMember, byKey: make(map[string]map[string][]byte)}
	for kind, n := range indexes {
		for i := range n {
			key, err := Key(network, kind, i)
			if err != nil {
				return nil, err
			}
			r.known[base32.RawStdEncoding.EncodeToString(key.Hash())] = kind
		}
	}
	return r, nil
}

// split takes a record's key apart.
func split(k datastore.Key) (key, provider string, ok bool) {
	rest, ok := strings.CutPrefix(k.String(), dhtrecords.ProvidersKeyPrefix)
	if !ok {
		return "", "", false
	}
	key, provider, ok = strings.Cut(rest, "/")
	return key, provider, ok && !strings.Contains(provider, "/")
}

// Put implements datastore.Write. A record without room is dropped without an error: its owner provides it again later.
func (r *records) Put(_ context.Context, k datastore.Key, value []byte) error {
	key, provider, ok := split(k)
	kind, known := r.known[key]
	if !ok || !known {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	set := r.byKey[key]
	if _, have := set[provider]; !have {
		first := kind == Storage && r.member(provider)
		if r.total >= maxRecords && !first {
			return nil
		}
		if len(set) >= maxKeyRecords && !r.makeRoom(set, kind) {
			return nil
		}
		r.total++
	}
	if set == nil {
		set = make(map[string][]byte)
		r.byKey[key] = set
	}
	set[provider] = value
	return nil
}

// makeRoom removes the oldest record of a full key that is not a member's; false when there is none.
func (r *records) makeRoom(set map[string][]byte, kind Kind) bool {
	oldest, found := "", false
	for p, v := range set {
		if kind == Storage && r.member(p) {
			continue
		}
		if !found || recordTime(v) < recordTime(set[oldest]) {
			oldest, found = p, true
		}
	}
	if found {
		delete(set, oldest)
		r.total--
	}
	return found
}

// recordTime returns the arrival time of a record in nanoseconds, 0 for one that cannot be read.
func recordTime(v []byte) int64 {
	t, _ := binary.Varint(v)
	return t
}

func (r *records) member(provider string) bool {
	b, err := base32.RawStdEncoding.DecodeString(provider)
	return err == nil && r.isMember(peer.ID(b))
}

// Delete implements datastore.Write.
func (r *records) Delete(_ context.Context, k datastore.Key) error {
	key, provider, ok := split(k)
	if !ok {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, have := r.byKey[key][provider]; have {
		delete(r.byKey[key], provider)
		r.total--
		if len(r.byKey[key]) == 0 {
			delete(r.byKey, key)
		}
	}
	return nil
}

// Get implements datastore.Read.
func (r *records) Get(_ context.Context, k datastore.Key) ([]byte, error) {
	key, provider, _ := split(k)
	r.mu.Lock()
	defer r.mu.Unlock()
	v, ok := r.byKey[key][provider]
	if !ok {
		return nil, datastore.ErrNotFound
	}
	return v, nil
}

// Has implements datastore.Read.
func (r *records) Has(ctx context.Context, k datastore.Key) (bool, error) {
	return datastore.GetBackedHas(ctx, r, k)
}

// GetSize implements datastore.Read.
func (r *records) GetSize(ctx context.Context, k datastore.Key) (int, error) {
	return datastore.GetBackedSize(ctx, r, k)
}

// Query implements datastore.Read: all records, or those of one key.
func (r *records) Query(_ context.Context, q query.Query) (query.Results, error) {
	only, one := strings.CutPrefix(strings.TrimSuffix(q.Prefix, "/"), dhtrecords.ProvidersKeyPrefix)
	var entries []query.Entry
	r.mu.Lock()
	defer r.mu.Unlock()
	add := func(key string, set map[string][]byte) {
		for provider, v := range set {
			entries = append(entries, query.Entry{Key: dhtrecords.ProvidersKeyPrefix + key + "/" + provider, Value: v, Size: len(v)})
		}
	}
	if one {
		add(only, r.byKey[only])
	} else {
		for key, set := range r.byKey {
			add(key, set)
		}
	}
	return query.ResultsWithEntries(q, entries), nil
}

// Batch implements datastore.Batching.
func (r *records) Batch(context.Context) (datastore.Batch, error) {
	return datastore.NewBasicBatch(r), nil
}

// Sync implements datastore.Datastore.
func (r *records) Sync(context.Context, datastore.Key) error { return nil }

// Close implements datastore.Datastore.
func (r *records) Close() error { return nil }

// noCache stands for the DHT's cache of providers, which is not bounded in a key; the records are in memory anyway.
type noCache struct{}

func (noCache) Add(any, any) bool              { return false }
func (noCache) Get(any) (any, bool)            { return nil, false }
func (noCache) Contains(any) bool              { return false }
func (noCache) Peek(any) (any, bool)           { return nil, false }
func (noCache) Remove(any) bool                { return false }
func (noCache) RemoveOldest() (any, any, bool) { return nil, nil, false }
func (noCache) GetOldest() (any, any, bool)    { return nil, nil, false }
func (noCache) Keys() []any                    { return nil }
func (noCache) Len() int                       { return 0 }
func (noCache) Purge()                         {}
func (noCache) Resize(int) int                 { return 0 }
