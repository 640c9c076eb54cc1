package rpc

import (
	"context"
	"errors"
	"fmt"

	v2 "github.com/block-vision/sui-go-sdk/pb/sui/rpc/v2"
	"google.golang.org/protobuf/proto"

	"github.com/floe-network/floe/staking/devchain/ledger/store"
	"github.com/floe-network/floe/staking/devchain/movevm/objects"
	"github.com/floe-network/floe/staking/devchain/movevm/values"
	"github.com/floe-network/floe/staking/devchain/rpc/mask"
	"github.com/floe-network/floe/staking/devchain/rpc/message"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// Places in sui::dynamic_field::Field, whose first field is its id.
const (
	fieldName  = 1
	fieldValue = 2
	fieldParts = 3
)

// ListDynamicFields lists the dynamic fields of an object. The service may return fewer than asked for when they are large.
func (s *stateService) ListDynamicFields(_ context.Context, r *v2.ListDynamicFieldsRequest) (*v2.ListDynamicFieldsResponse, error) {
	want, err := s.mask(maskedDynamicField, r.ReadMask, defaultDynamicField)
	if err != nil {
		return nil, err
	}
	parent, err := message.Address("parent", r.Parent)
	if err != nil {
		return nil, err
	}
	snapshot := s.chain.Snapshot()
	m := &v2.ListDynamicFieldsResponse{}
	large := want.Has("value") || want.Has("field_object") || want.Has("child_object")
	m.NextPageToken, err = s.pages(r.PageToken, page(r.PageSize, s.limits.PageSize, s.limits.MaxPageSize), large, func(p store.Page) (int, []byte, error) {
		ids, next, err := snapshot.Fields(parent, p)
		size := 0
		for _, id := range ids {
			one, bad := s.field(snapshot, parent, id, want)
			if bad != nil {
				return 0, nil, bad
			}
			want.Prune(one)
			m.DynamicFields = append(m.DynamicFields, one)
			size += proto.Size(one)
		}
		return size, next, err
	})
	return m, errors.Join(err, snapshot.Close())
}

// field makes the message of a dynamic field: an object with a name and a value, or with a name and the id of the object that
// is the value.
func (s *stateService) field(snapshot *store.Snapshot, parent, id ptb.Address, want *mask.Mask) (*v2.DynamicField, error) {
	m := &v2.DynamicField{Parent: proto.String(parent.String()), FieldId: proto.String(id.String())}
	o, err := snapshot.Object(id)
	if err != nil || o == nil || o.Move == nil {
		return nil, errors.Join(err, fmt.Errorf("dynamic field %s of %s", id, parent))
	}
	if want.Has("field_object") {
		if m.FieldObject, err = s.object(o, want.Sub("field_object")); err != nil {
			return nil, err
		}
	}
	name, value, err := s.parts(o)
	if err != nil {
		return nil, wrapped(err, "dynamic field %s of %s", id, parent)
	}
	inner, wrapper := wrappedName(name.tag)
	if !wrapper {
		m.Kind, m.ValueType = v2.DynamicField_FIELD.Enum(), proto.String(value.tag.String())
		m.Name, m.Value = message.Bcs(name.tag.String(), name.bcs), message.Bcs(value.tag.String(), value.bcs)
		return m, nil
	}
	var child ptb.Address
	if copy(child[:], value.bcs) != len(child) {
		return nil, fmt.Errorf("dynamic field %s of %s has no object", id, parent)
	}
	m.Kind, m.ChildId = v2.DynamicField_OBJECT.Enum(), proto.String(child.String())
	m.Name = message.Bcs(inner.String(), name.bcs) // the wrapper has nothing but the name
	if !want.Has("value_type") && !want.Has("value") && !want.Has("child_object") {
		return m, nil
	}
	c, err := snapshot.Object(child)
	if err != nil || c == nil || c.Move == nil {
		return nil, errors.Join(err, fmt.Errorf("object %s of dynamic field %s", child, id))
	}
	m.ValueType, m.Value = &c.Move.Type, message.Bcs(c.Move.Type, c.Move.Contents)
	if want.Has("child_object") {
		m.ChildObject, err = s.object(c, want.Sub("child_object"))
	}
	return m, err
}

// part is a value in BCS with its type.
type part struct {
	tag ptb.TypeTag
	bcs []byte
}

// parts takes a dynamic field apart.
func (s *stateService) parts(o *store.Object) (name, value part, err error) {
	tag, err := ptb.ParseStructTag(o.Move.Type)
	if err != nil {
		return name, value, err
	}
	t, err := s.chain.View().TypeOf(o.Move.Type)
	if err != nil {
		return name, value, err
	}
	v, err := values.Unmarshal(o.Move.Contents, t)
	if err != nil {
		return name, value, err
	}
	if len(tag.Params) != fieldParts-1 || v.Len() != fieldParts {
		return name, value, fmt.Errorf("type %s is none of a dynamic field", o.Move.Type)
	}
	if name, err = partOf(v, fieldName, tag.Params[0]); err != nil {
		return name, value, err
	}
	value, err = partOf(v, fieldValue, tag.Params[1])
	return name, value, err
}

func partOf(v values.Value, i int, tag ptb.TypeTag) (part, error) {
	inner, err := v.At(i)
	if err != nil {
		return part{}, err
	}
	b, err := values.Marshal(inner, objects.DefaultLimits().ObjectBytes)
	return part{tag, b}, err
}

// wrappedName is the type of the name of a dynamic object field.
func wrappedName(t ptb.TypeTag) (ptb.TypeTag, bool) {
	w := t.Struct
	if w == nil || w.Address != ptb.ShortAddress(2) || w.Module != "dynamic_object_field" || w.Name != "Wrapper" || len(w.Params) != 1 {
		return ptb.TypeTag{}, false
	}
	return w.Params[0], true
}
