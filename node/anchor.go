package node

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/ipfs/go-datastore"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/staking"
)

// anchorKey is where a node keeps which network its data are of: version u8, shards u16 LE, the network's name.
const anchorKey = "/node/network"

const anchorVersion = 1

// anchor is what never changes in a network.
type anchor struct {
	network string
	params  codec.Params
}

// openAnchor returns the network of the committees. While they are unknown it is the one that the books were kept for; when
// both are known they have to be the same.
func openAnchor(ctx context.Context, e *staking.Epochs, books datastore.Datastore) (anchor, error) {
	stored, err := storedAnchor(ctx, books)
	if err != nil {
		return anchor{}, err
	}
	switch {
	case e == nil && stored == nil:
		return anchor{}, fmt.Errorf("%w: no committee is known yet", ErrConfig)
	case e == nil:
		return *stored, nil
	}
	now := anchor{network: e.Current.Network(), params: e.Current.Params()}
	switch {
	case stored == nil:
		return now, now.store(ctx, books)
	case stored.network != now.network:
		return anchor{}, fmt.Errorf("%w: the data directory belongs to network %q, the committee is that of %q", ErrConfig, stored.network, now.network)
	case stored.params != now.params:
		return anchor{}, fmt.Errorf("%w: the data directory belongs to a network of %d shards, the committee has %d", ErrConfig, stored.params.Shards(), now.params.Shards())
	}
	return now, nil
}

func storedAnchor(ctx context.Context, books datastore.Datastore) (*anchor, error) {
	b, err := books.Get(ctx, datastore.RawKey(anchorKey))
	if errors.Is(err, datastore.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("network of the data directory: %w", err)
	}
	if len(b) < 3 || b[0] != anchorVersion {
		return nil, fmt.Errorf("network of the data directory: record of %d bytes: was it written by a newer version?", len(b))
	}
	a := anchor{network: string(b[3:])}
	if err := staking.CheckNetworkName(a.network); err != nil {
		return nil, fmt.Errorf("network of the data directory: %w", err)
	}
	if a.params, err = codec.NewParams(int(binary.LittleEndian.Uint16(b[1:]))); err != nil {
		return nil, fmt.Errorf("network of the data directory: %w", err)
	}
	return &a, nil
}

func (a anchor) store(ctx context.Context, books datastore.Datastore) error {
	b := binary.LittleEndian.AppendUint16([]byte{anchorVersion}, uint16(a.params.Shards()))
	key := datastore.RawKey(anchorKey)
	err := books.Put(ctx, key, append(b, a.network...))
	if err == nil {
		err = books.Sync(ctx, key)
	}
	if err != nil {
		return fmt.Errorf("network of the data directory: %w", err)
	}
	return nil
}
