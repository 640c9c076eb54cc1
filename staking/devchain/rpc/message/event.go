package message

import (
	"encoding/binary"

	v2 "github.com/block-vision/sui-go-sdk/pb/sui/rpc/v2"

	"github.com/floe-network/floe/staking/devchain/movevm/effects"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// Events makes the message of what a transaction told to the world, nil for nothing, but for the rendering in JSON.
func Events(list []effects.Event) *v2.TransactionEvents {
	if len(list) == 0 {
		return nil
	}
	encoded := binary.AppendUvarint(nil, uint64(len(list)))
	m := &v2.TransactionEvents{Events: make([]*v2.Event, len(list))}
	for i := range list {
		e := &list[i]
		encoded = e.AppendBCS(encoded)
		spelling := e.Type.String()
		m.Events[i] = &v2.Event{
			PackageId: text(e.Package), Module: &e.Module, Sender: text(e.Sender), EventType: &spelling, Contents: Bcs(spelling, e.Contents),
		}
	}
	m.Bcs, m.Digest = Bcs("TransactionEvents", encoded), text(ptb.Hash("TransactionEvents::", encoded))
	return m
}
