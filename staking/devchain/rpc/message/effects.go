package message

import (
	v2 "github.com/block-vision/sui-go-sdk/pb/sui/rpc/v2"

	"github.com/floe-network/floe/staking/devchain/movevm/effects"
	"github.com/floe-network/floe/staking/devchain/movevm/objects"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// packageType is what the API has as the type of packages.
const packageType = "package"

// Effects makes the message of what a transaction did. encoded is its BCS. typeOf gives the spelling of an object's type,
// which effects do not have, and "" where it is not known.
func Effects(e *effects.Effects, encoded []byte, typeOf func(id ptb.Address) string) *v2.TransactionEffects {
	m := &v2.TransactionEffects{
		Bcs:               Bcs("TransactionEffects", encoded),
		Digest:            text(ptb.Hash("TransactionEffects::", encoded)),
		Version:           pointer(int32(2)),
		Status:            Status(e.Failure),
		Epoch:             &e.Epoch,
		GasUsed:           gasUsed(e.Gas.Computation, e.Gas.Storage, e.Gas.Rebate, e.Gas.NonRefundable),
		TransactionDigest: text(e.Transaction),
		Dependencies:      texts(e.Dependencies),
		LamportVersion:    &e.Version,
		ChangedObjects: each(e.Changed, func(c effects.ObjectChange) *v2.ChangedObject {
			return changed(&c, e.Version, typeOf)
		}),
		UnchangedConsensusObjects: each(e.ReadShared, func(r ptb.ObjectRef) *v2.UnchangedConsensusObject {
			return &v2.UnchangedConsensusObject{
				Kind: v2.UnchangedConsensusObject_READ_ONLY_ROOT.Enum(), ObjectId: text(r.ID), Version: &r.Version, Digest: text(r.Digest),
				ObjectType: known(typeOf(r.ID)),
			}
		}),
	}
	if e.EventsDigest != nil {
		m.EventsDigest = text(*e.EventsDigest)
	}
	if e.GasObject >= 0 && e.GasObject < len(e.Changed) {
		m.GasObject = changed(&e.Changed[e.GasObject], e.Version, typeOf)
	}
	return m
}

func changed(c *effects.ObjectChange, written uint64, typeOf func(ptb.Address) string) *v2.ChangedObject {
	m := &v2.ChangedObject{
		ObjectId:    text(c.ID),
		InputState:  v2.ChangedObject_INPUT_OBJECT_STATE_DOES_NOT_EXIST.Enum(),
		OutputState: v2.ChangedObject_OUTPUT_OBJECT_STATE_DOES_NOT_EXIST.Enum(),
		IdOperation: v2.ChangedObject_NONE.Enum(),
	}
	if c.Package {
		m.ObjectType = pointer(packageType)
	} else {
		m.ObjectType = known(typeOf(c.ID))
	}
	if b := c.Before; b != nil {
		m.InputState = v2.ChangedObject_INPUT_OBJECT_STATE_EXISTS.Enum()
		m.InputVersion, m.InputDigest, m.InputOwner = &b.Version, text(b.Digest), Owner(b.Owner, b.SharedAt)
	}
	if a := c.After; a != nil {
		m.OutputState, m.OutputVersion = v2.ChangedObject_OUTPUT_OBJECT_STATE_OBJECT_WRITE.Enum(), &written
		if c.Package {
			m.OutputState, m.OutputVersion = v2.ChangedObject_OUTPUT_OBJECT_STATE_PACKAGE_WRITE.Enum(), &a.Version
		}
		m.OutputDigest, m.OutputOwner = text(a.Digest), Owner(a.Owner, a.SharedAt)
	}
	switch c.Operation {
	case effects.IDCreated:
		m.IdOperation = v2.ChangedObject_CREATED.Enum()
	case effects.IDDeleted:
		m.IdOperation = v2.ChangedObject_DELETED.Enum()
	}
	return m
}

// known is a text that may be unknown.
func known(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// Owner makes the message of who owns an object. sharedAt counts for shared ones.
func Owner(o objects.Owner, sharedAt uint64) *v2.Owner {
	switch o.Kind {
	case objects.ByAddress:
		return &v2.Owner{Kind: v2.Owner_ADDRESS.Enum(), Address: text(o.Address)}
	case objects.ByObject:
		return &v2.Owner{Kind: v2.Owner_OBJECT.Enum(), Address: text(o.Address)}
	case objects.Shared:
		return &v2.Owner{Kind: v2.Owner_SHARED.Enum(), Version: &sharedAt}
	default:
		return &v2.Owner{Kind: v2.Owner_IMMUTABLE.Enum()}
	}
}

func gasUsed(computation, storage, rebate, nonRefundable uint64) *v2.GasCostSummary {
	return &v2.GasCostSummary{ComputationCost: &computation, StorageCost: &storage, StorageRebate: &rebate, NonRefundableStorageFee: &nonRefundable}
}
