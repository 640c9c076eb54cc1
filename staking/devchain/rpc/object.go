package rpc

import (
	"errors"

	v2 "github.com/block-vision/sui-go-sdk/pb/sui/rpc/v2"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/floe-network/floe/staking/devchain/ledger"
	"github.com/floe-network/floe/staking/devchain/ledger/store"
	"github.com/floe-network/floe/staking/devchain/movevm/effects"
	"github.com/floe-network/floe/staking/devchain/rpc/mask"
	"github.com/floe-network/floe/staking/devchain/rpc/message"
	"github.com/floe-network/floe/staking/devchain/rpc/render"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// find is the present version of an object or package, nil when there is none.
func (a *api) find(id ptb.Address) (*store.Object, error) {
	o, err := a.chain.Object(id, 0)
	if errors.Is(err, ledger.ErrNotFound) {
		return nil, nil
	}
	return o, err
}

// Object is the present version of a Move object, nil when there is none: what drafts ask for.
func (a *api) Object(id ptb.Address) (*effects.Object, error) {
	o, err := a.find(id)
	if err != nil || o == nil {
		return nil, err
	}
	return o.Move, nil
}

// object makes the message of an object with what is wanted of it.
func (a *api) object(o *store.Object, want *mask.Mask) (*v2.Object, error) {
	m, err := message.Object(o, want)
	if err != nil {
		return nil, err
	}
	if o.Move != nil && want.Has("json") {
		m.Json = a.json(o.Move.Type, o.Move.Contents)
	}
	want.Prune(m)
	return m, nil
}

// json renders a value, and nothing where it cannot be shown: its BCS says all that JSON would.
func (a *api) json(spelling string, contents []byte) *structpb.Value {
	t, err := a.chain.View().TypeOf(spelling)
	if err != nil {
		a.log.Debug("no JSON", "type", spelling, "error", err)
		return nil
	}
	v, err := render.JSON(t, contents)
	if err != nil {
		a.log.Debug("no JSON", "type", spelling, "error", err)
		return nil
	}
	return v
}

// objectAt finds a version of an object; nil where it is not kept any more.
func (a *api) objectAt(r objectRef) (*store.Object, error) {
	o, err := a.chain.Object(r.id, r.version)
	if errors.Is(err, ledger.ErrNotFound) || errors.Is(err, ledger.ErrPruned) {
		return nil, nil
	}
	return o, err
}

// objectRef names a version of an object.
type objectRef struct {
	id      ptb.Address
	version uint64
}
