package sui

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"

	v2 "github.com/block-vision/sui-go-sdk/pb/sui/rpc/v2"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/floe-network/floe/staking/sui/endpoint"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// Object is a version of an object that is a Move value.
type Object struct {
	ptb.ObjectRef
	Owner    ptb.Owner
	Type     ptb.StructTag
	Contents []byte // BCS, the id first
}

// objectFields are what is asked for of an object.
var objectFields = []string{"object_id", "version", "digest", "owner", "object_type", "contents"}

// Object asks for the present version of an object. It fails with ErrNotFound.
func (c *Client) Object(ctx context.Context, id ptb.Address) (*Object, error) {
	list, err := c.Objects(ctx, id)
	if err != nil {
		return nil, err
	}
	if list[0] == nil {
		return nil, fmt.Errorf("%w: object %s", ErrNotFound, id)
	}
	return list[0], nil
}

// Objects asks for the present versions of objects, all of one endpoint. There is one Object for each id, nil where the
// chain has none.
func (c *Client) Objects(ctx context.Context, ids ...ptb.Address) ([]*Object, error) {
	var objects []*Object
	err := c.read(ctx, func(ctx context.Context, conn grpc.ClientConnInterface) error {
		objects = objects[:0]
		for page := range slices.Chunk(ids, pageSize) {
			got, err := objectPage(ctx, conn, page)
			if err != nil {
				return err
			}
			objects = append(objects, got...)
		}
		return nil
	})
	return objects, err
}

// objectPage asks for a page, and in halves where the answer would be too long.
func objectPage(ctx context.Context, conn grpc.ClientConnInterface, page []ptb.Address) ([]*Object, error) {
	request := &v2.BatchGetObjectsRequest{ReadMask: mask(objectFields...)}
	for _, id := range page {
		request.Requests = append(request.Requests, &v2.GetObjectRequest{ObjectId: proto.String(id.String())})
	}
	answer, err := v2.NewLedgerServiceClient(conn).BatchGetObjects(ctx, request)
	if isTooLong(err) && len(page) > 1 {
		half := len(page) / 2
		first, err := objectPage(ctx, conn, page[:half])
		if err != nil {
			return nil, err
		}
		second, err := objectPage(ctx, conn, page[half:])
		return append(first, second...), err
	}
	if err != nil {
		return nil, err
	}
	if len(answer.GetObjects()) != len(page) {
		return nil, fmt.Errorf("%w: %d objects, %d were asked for", endpoint.ErrGarbage, len(answer.GetObjects()), len(page))
	}
	objects := make([]*Object, len(page))
	for i, result := range answer.GetObjects() {
		if e := result.GetError(); e != nil {
			if codes.Code(e.GetCode()) == codes.NotFound {
				continue
			}
			return nil, status.FromProto(e).Err()
		}
		if objects[i], err = readObject(result.GetObject()); err != nil {
			return nil, err
		}
		if o := objects[i]; o.ID != page[i] {
			return nil, fmt.Errorf("%w: object %s in place of %s", endpoint.ErrGarbage, o.ID, page[i])
		}
	}
	return objects, nil
}

// isTooLong says whether an answer was longer than this side takes. The status alone could be the other side's word for
// being busy.
func isTooLong(err error) bool {
	s, ok := status.FromError(err)
	return ok && s.Code() == codes.ResourceExhausted && strings.Contains(s.Message(), "larger than max")
}

func readObject(from *v2.Object) (*Object, error) {
	ref, err := readRef(from.GetObjectId(), from.GetVersion(), from.GetDigest())
	if err != nil {
		return nil, err
	}
	o := &Object{ObjectRef: ref, Contents: from.GetContents().GetValue()}
	if o.Owner, err = readOwner(from.GetOwner()); err != nil {
		return nil, fmt.Errorf("%w: object %s: %w", endpoint.ErrGarbage, ref.ID, err)
	}
	if o.Type, err = ptb.ParseStructTag(from.GetObjectType()); err != nil {
		return nil, fmt.Errorf("%w: object %s: %w", endpoint.ErrGarbage, ref.ID, err)
	}
	if !bytes.HasPrefix(o.Contents, ref.ID[:]) {
		return nil, fmt.Errorf("%w: the contents of object %s are another's", endpoint.ErrGarbage, ref.ID)
	}
	return o, nil
}

func readRef(id string, version uint64, digest string) (ptb.ObjectRef, error) {
	a, err := ptb.ParseAddress(id)
	if err != nil {
		return ptb.ObjectRef{}, fmt.Errorf("%w: the id of an object: %w", endpoint.ErrGarbage, err)
	}
	d, err := ptb.ParseDigest(digest)
	if err != nil {
		return ptb.ObjectRef{}, fmt.Errorf("%w: object %s: %w", endpoint.ErrGarbage, a, err)
	}
	return ptb.ObjectRef{ID: a, Version: version, Digest: d}, nil
}

func readOwner(from *v2.Owner) (ptb.Owner, error) {
	version := from.GetVersion()
	switch kind := from.GetKind(); kind {
	case v2.Owner_SHARED:
		return ptb.Owner{Shared: &version}, nil
	case v2.Owner_IMMUTABLE:
		return ptb.Owner{Immutable: &struct{}{}}, nil
	case v2.Owner_ADDRESS, v2.Owner_OBJECT, v2.Owner_CONSENSUS_ADDRESS:
		a, err := ptb.ParseAddress(from.GetAddress())
		switch {
		case err != nil:
			return ptb.Owner{}, err
		case kind == v2.Owner_ADDRESS:
			return ptb.Owner{Address: &a}, nil
		case kind == v2.Owner_OBJECT:
			return ptb.Owner{Object: &a}, nil
		default:
			return ptb.Owner{Consensus: &ptb.ConsensusOwner{StartVersion: version, Owner: a}}, nil
		}
	default:
		return ptb.Owner{}, fmt.Errorf("an owner of kind %s", kind)
	}
}

// Owned lists objects of an address, of one endpoint, up to limit. Those of one type, with or without its type arguments,
// where of is not nil.
func (c *Client) Owned(ctx context.Context, owner ptb.Address, of *ptb.StructTag, limit int) ([]*Object, error) {
	var objects []*Object
	err := c.read(ctx, func(ctx context.Context, conn grpc.ClientConnInterface) error {
		objects = objects[:0]
		request := &v2.ListOwnedObjectsRequest{Owner: proto.String(owner.String()), ReadMask: mask(objectFields...)}
		if of != nil {
			request.ObjectType = proto.String(of.String())
		}
		for range maxPages {
			request.PageSize = proto.Uint32(uint32(min(pageSize, limit-len(objects))))
			answer, err := v2.NewStateServiceClient(conn).ListOwnedObjects(ctx, request)
			if err != nil {
				return err
			}
			for _, from := range answer.GetObjects() {
				o, err := readObject(from)
				if err != nil {
					return err
				}
				objects = append(objects, o)
			}
			request.PageToken = answer.GetNextPageToken()
			if len(objects) >= limit || len(request.GetPageToken()) == 0 {
				objects = objects[:min(limit, len(objects))]
				return nil
			}
		}
		return fmt.Errorf("%w: a list of more than %d pages", endpoint.ErrGarbage, maxPages)
	})
	return objects, err
}
