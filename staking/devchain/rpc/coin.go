package rpc

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	v2 "github.com/block-vision/sui-go-sdk/pb/sui/rpc/v2"
	"google.golang.org/protobuf/proto"

	"github.com/floe-network/floe/staking/devchain/genesis"
	"github.com/floe-network/floe/staking/devchain/ledger"
	"github.com/floe-network/floe/staking/devchain/ledger/store"
	"github.com/floe-network/floe/staking/sui/bcs"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// suiDecimals are those of SUI, of which no object of this chain tells.
const suiDecimals = 9

// sui is the currency that pays gas.
var sui = ptb.FrameworkTag("sui", "SUI").String()

// GetCoinInfo says what a currency is called, and how much of it there is.
func (s *stateService) GetCoinInfo(_ context.Context, r *v2.GetCoinInfoRequest) (*v2.GetCoinInfoResponse, error) {
	coin, err := coinType(r.CoinType)
	if err != nil {
		return nil, err
	}
	snapshot := s.chain.Snapshot()
	m := &v2.GetCoinInfoResponse{CoinType: &coin}
	if coin == sui {
		m.Metadata = &v2.CoinMetadata{Decimals: proto.Uint32(suiDecimals), Name: proto.String("Sui"), Symbol: proto.String("SUI"), Description: proto.String("")}
		m.Treasury = &v2.CoinTreasury{TotalSupply: proto.Uint64(genesis.Supply), SupplyState: v2.CoinTreasury_FIXED.Enum()}
	} else {
		m.Metadata, err = coinMetadata(snapshot, coin)
		if err == nil {
			m.Treasury, err = coinTreasury(snapshot, coin)
		}
	}
	if err := errors.Join(err, snapshot.Close()); err != nil {
		return nil, err
	}
	if m.Metadata == nil && m.Treasury == nil {
		return nil, fmt.Errorf("%w: currency %s", ledger.ErrNotFound, coin)
	}
	m.RegulatedMetadata = &v2.RegulatedCoinMetadata{CoinRegulatedState: v2.RegulatedCoinMetadata_UNREGULATED.Enum()}
	return m, nil
}

// coinMetadata reads the CoinMetadata of a currency, nil where there is none.
func coinMetadata(snapshot *store.Snapshot, coin string) (*v2.CoinMetadata, error) {
	o, err := indexed(snapshot, coin, snapshot.CoinMetadata)
	if o == nil || err != nil {
		return nil, err
	}
	var fields struct {
		ID                        ptb.Address
		Decimals                  uint8
		Name, Symbol, Description string
		Icon                      *string `bcs:"optional"`
	}
	if err := bcs.Unmarshal(o.Move.Contents, len(o.Move.Contents), &fields); err != nil {
		return nil, wrapped(err, "metadata %s", o.ID())
	}
	return &v2.CoinMetadata{
		Id: proto.String(fields.ID.String()), Decimals: proto.Uint32(uint32(fields.Decimals)), Name: &fields.Name, Symbol: &fields.Symbol,
		Description: &fields.Description, IconUrl: fields.Icon,
	}, nil
}

// coinTreasury reads the TreasuryCap of a currency, its id and the supply; nil where there is none.
func coinTreasury(snapshot *store.Snapshot, coin string) (*v2.CoinTreasury, error) {
	o, err := indexed(snapshot, coin, snapshot.Treasury)
	if o == nil || err != nil {
		return nil, err
	}
	id := o.ID()
	if len(o.Move.Contents) != len(id)+8 {
		return nil, fmt.Errorf("treasury %s has %d bytes", id, len(o.Move.Contents))
	}
	supply := binary.LittleEndian.Uint64(o.Move.Contents[len(id):])
	return &v2.CoinTreasury{Id: proto.String(id.String()), TotalSupply: &supply}, nil
}

// indexed finds the object that an index has for a currency; nil where there is none, or it is inside another object.
func indexed(snapshot *store.Snapshot, coin string, index func(string) (ptb.Address, bool, error)) (*store.Object, error) {
	id, found, err := index(coin)
	if !found || err != nil {
		return nil, err
	}
	o, err := snapshot.Object(id)
	if o == nil || o.Move == nil {
		return nil, err
	}
	return o, err
}
