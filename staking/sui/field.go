package sui

import (
	"bytes"
	"context"
	"fmt"

	"github.com/floe-network/floe/staking/sui/endpoint"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// Name is the name of a dynamic field.
type Name struct {
	Type ptb.TypeTag
	BCS  []byte
}

// Field is a dynamic field: an object of type 0x2::dynamic_field::Field.
type Field struct {
	ptb.ObjectRef
	Type  ptb.TypeTag // of the value
	Value []byte      // BCS
}

// Fields asks for dynamic fields of an object by their names, all of one endpoint. There is one Field for each name, nil
// where the object has none of that name. Tables and bags keep what they have in dynamic fields of their ids.
func (c *Client) Fields(ctx context.Context, parent ptb.Address, names ...Name) ([]*Field, error) {
	ids := make([]ptb.Address, len(names))
	for i, n := range names {
		ids[i] = ptb.FieldID(parent, n.Type.AppendBCS(nil), n.BCS)
	}
	objects, err := c.Objects(ctx, ids...)
	if err != nil {
		return nil, err
	}
	fields := make([]*Field, len(names))
	for i, o := range objects {
		if o == nil {
			continue
		}
		if fields[i], err = readField(o, names[i]); err != nil {
			return nil, err
		}
	}
	return fields, nil
}

// readField takes an id, a name and a value apart.
func readField(o *Object, name Name) (*Field, error) {
	t := o.Type
	value, ok := bytes.CutPrefix(o.Contents[len(o.ID):], name.BCS)
	if !ok || t.Address != ptb.ShortAddress(2) || t.Module != "dynamic_field" || t.Name != "Field" || len(t.Params) != 2 {
		return nil, fmt.Errorf("%w: object %s of type %s is not the field that its id says", endpoint.ErrGarbage, o.ID, t)
	}
	return &Field{o.ObjectRef, t.Params[1], value}, nil
}
