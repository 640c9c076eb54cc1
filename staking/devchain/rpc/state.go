package rpc

import (
	"context"
	"errors"
	"fmt"

	v2 "github.com/block-vision/sui-go-sdk/pb/sui/rpc/v2"
	"google.golang.org/protobuf/proto"

	"github.com/floe-network/floe/staking/devchain/ledger/store"
	"github.com/floe-network/floe/staking/devchain/rpc/mask"
	"github.com/floe-network/floe/staking/devchain/rpc/message"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// stateService lists what the chain has now.
type stateService struct {
	v2.UnimplementedStateServiceServer
	*api
}

// page is how many entries a client gets.
func page(asked *uint32, otherwise, most int) int {
	if asked == nil {
		return otherwise
	}
	return max(1, min(int(*asked), most))
}

// heavy says whether objects are wanted with what may be long.
func heavy(want *mask.Mask) bool {
	return want.Has("bcs") || want.Has("contents") || want.Has("json") || want.Has("package")
}

// ListOwnedObjects lists the objects of an account, of a type or of all. The service may return fewer than asked for when
// they are large.
func (s *stateService) ListOwnedObjects(_ context.Context, r *v2.ListOwnedObjectsRequest) (*v2.ListOwnedObjectsResponse, error) {
	want, err := s.mask(maskedObject, r.ReadMask, defaultOwned)
	if err != nil {
		return nil, err
	}
	owner, err := message.Address("owner", r.Owner)
	if err != nil {
		return nil, err
	}
	filter := ""
	if r.ObjectType != nil {
		tag, err := ptb.ParseStructTag(r.GetObjectType())
		if err != nil {
			return nil, message.Invalid("object_type", err)
		}
		filter = tag.Tag().String()
	}
	snapshot := s.chain.Snapshot()
	m := &v2.ListOwnedObjectsResponse{}
	m.NextPageToken, err = s.pages(r.PageToken, page(r.PageSize, s.limits.PageSize, s.limits.MaxPageSize), heavy(want), func(p store.Page) (int, []byte, error) {
		ids, next, err := snapshot.Owned(owner, filter, p)
		size := 0
		for _, id := range ids {
			o, absent := snapshot.Object(id)
			if absent != nil || o == nil {
				return 0, nil, errors.Join(absent, fmt.Errorf("object %s of %s", id, owner))
			}
			one, bad := s.object(o, want)
			if bad != nil {
				return 0, nil, bad
			}
			m.Objects = append(m.Objects, one)
			size += proto.Size(one)
		}
		return size, next, err
	})
	return m, errors.Join(err, snapshot.Close())
}

// pages reads a page of a list in steps, which are small where entries are large, and ends it early when it has become
// long. It returns where the next one begins.
func (a *api) pages(token []byte, entries int, heavy bool, read func(store.Page) (size int, next []byte, err error)) ([]byte, error) {
	p := store.Page{After: token}
	for size := 0; ; {
		p.Limit = entries
		if heavy {
			p.Limit = min(entries, a.limits.HeavyStep)
		}
		n, next, err := read(p)
		if err != nil || next == nil {
			return nil, err
		}
		entries -= p.Limit // a step that is not full is the last
		if size += n; entries <= 0 || size > a.limits.PageBytes {
			return next, nil
		}
		p.After = next
	}
}

// GetBalance says how much of a currency an account has.
func (s *stateService) GetBalance(_ context.Context, r *v2.GetBalanceRequest) (*v2.GetBalanceResponse, error) {
	owner, err := message.Address("owner", r.Owner)
	if err != nil {
		return nil, err
	}
	coin, err := coinType(r.CoinType)
	if err != nil {
		return nil, err
	}
	snapshot := s.chain.Snapshot()
	amount, err := snapshot.Balance(owner, coin)
	if err := errors.Join(err, snapshot.Close()); err != nil {
		return nil, err
	}
	return &v2.GetBalanceResponse{Balance: message.Balance(coin, amount)}, nil
}

// coinType reads the name of a currency and spells it in full.
func coinType(s *string) (string, error) {
	if s == nil {
		return "", message.Missing("coin_type")
	}
	tag, err := ptb.ParseStructTag(*s)
	if err != nil {
		return "", message.Invalid("coin_type", err)
	}
	return tag.Tag().String(), nil
}

// ListBalances lists what an account has, by currency.
func (s *stateService) ListBalances(_ context.Context, r *v2.ListBalancesRequest) (*v2.ListBalancesResponse, error) {
	owner, err := message.Address("owner", r.Owner)
	if err != nil {
		return nil, err
	}
	snapshot := s.chain.Snapshot()
	list, next, err := snapshot.Balances(owner, store.Page{After: r.PageToken, Limit: page(r.PageSize, s.limits.PageSize, s.limits.MaxPageSize)})
	if err := errors.Join(err, snapshot.Close()); err != nil {
		return nil, err
	}
	m := &v2.ListBalancesResponse{NextPageToken: next}
	for _, b := range list {
		m.Balances = append(m.Balances, message.Balance(b.CoinType, b.Amount))
	}
	return m, nil
}
