// Package mask selects fields of protobuf messages by read masks, as clients of Sui's gRPC API send them. A path names
// fields from a message inwards, separated by dots ("effects.gas_used"); it goes through repeated fields to each element.
// A path that ends at a message selects all of it. "*" selects everything.
package mask

import (
	"fmt"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// wildcard is the path of everything.
const wildcard = "*"

// Limits bound what is read from a client.
type Limits struct {
	Paths     int // of one mask
	PathBytes int // of one path
}

// DefaultLimits leave room for each field of the largest message by name.
func DefaultLimits() Limits {
	return Limits{
		Paths:     256, // the official TypeScript client sends at most 20, the messages have some 100 fields in all
		PathBytes: 256, // the deepest path that means something has 11 names
	}
}

// PathError says which path of a mask selects nothing that there is.
type PathError struct {
	Path    string // cut to the limit where it is longer
	Problem string
}

func (e *PathError) Error() string {
	return fmt.Sprintf("invalid read_mask path %q: %s", e.Path, e.Problem)
}

// Later names fields that newer versions of messages have and the messages of this program have not. Paths to them are
// accepted and select nothing.
type Later map[protoreflect.FullName][]protoreflect.Name

// Mask is a set of fields of one type of message. It is not changed once it is made.
type Mask struct {
	all    bool
	fields map[protoreflect.Name]*Mask
}

// All selects everything.
func All() *Mask { return &Mask{all: true} }

// Parse makes a Mask of paths into messages of a type. It fails with a *PathError for a path that leads nowhere, and for
// more paths or longer ones than limits allow.
func Parse(message protoreflect.MessageDescriptor, paths []string, limits Limits, later Later) (*Mask, error) {
	if len(paths) > limits.Paths {
		return nil, &PathError{Problem: fmt.Sprintf("the mask has %d paths, at most %d are allowed", len(paths), limits.Paths)}
	}
	m := &Mask{}
	for _, path := range paths {
		if len(path) > limits.PathBytes {
			return nil, &PathError{path[:limits.PathBytes], fmt.Sprintf("it has %d bytes, at most %d are allowed", len(path), limits.PathBytes)}
		}
		if path == wildcard {
			m.all, m.fields = true, nil
			continue
		}
		if err := m.add(message, path, later); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// add checks a path, and makes it part of the mask.
func (m *Mask) add(message protoreflect.MessageDescriptor, path string, later Later) error {
	at := m
	for rest, more := path, true; more; {
		var name string
		name, rest, more = strings.Cut(rest, ".")
		if message == nil {
			return &PathError{path, fmt.Sprintf("nothing can be selected inside the field before %q", name)}
		}
		field := message.Fields().ByName(protoreflect.Name(name))
		if field == nil {
			if later.has(message.FullName(), name) {
				return nil
			}
			return &PathError{path, fmt.Sprintf("%s has no field %q", message.FullName(), name)}
		}
		message = inside(field)
		at = at.child(field.Name(), !more)
	}
	return nil
}

// child is the mask of a field, which selects the whole field if it is the last of its path. Below a mask that selects
// everything there is nothing to add: the child is not kept.
func (m *Mask) child(name protoreflect.Name, last bool) *Mask {
	if m.all {
		return m
	}
	sub := m.fields[name]
	if sub == nil {
		sub = &Mask{}
		if m.fields == nil {
			m.fields = make(map[protoreflect.Name]*Mask)
		}
		m.fields[name] = sub
	}
	if last {
		sub.all, sub.fields = true, nil
	}
	return sub
}

// inside is the type of message whose fields a path may name after field. Maps, and the types of google.protobuf and
// google.rpc, are selected as a whole.
func inside(field protoreflect.FieldDescriptor) protoreflect.MessageDescriptor {
	message := field.Message()
	if message == nil || field.IsMap() || strings.HasPrefix(string(message.FullName()), "google.") {
		return nil
	}
	return message
}

func (l Later) has(message protoreflect.FullName, name string) bool {
	for _, n := range l[message] {
		if string(n) == name {
			return true
		}
	}
	return false
}

// Sub is the mask of what is inside a field, nil when nothing of it is selected. A nil Mask selects nothing.
func (m *Mask) Sub(field protoreflect.Name) *Mask {
	switch {
	case m == nil:
		return nil
	case m.all:
		return m
	default:
		return m.fields[field]
	}
}

// Has says whether the field that path names, from the outermost, is selected in whole or in part. It tells a server
// what it need not make.
func (m *Mask) Has(path ...protoreflect.Name) bool {
	for _, name := range path {
		m = m.Sub(name)
	}
	return m != nil
}

// Prune clears all fields of a message that are not selected.
func (m *Mask) Prune(message proto.Message) {
	if message != nil {
		m.prune(message.ProtoReflect())
	}
}

func (m *Mask) prune(message protoreflect.Message) {
	if m != nil && m.all {
		return
	}
	message.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		sub := m.Sub(field.Name())
		switch {
		case sub == nil:
			message.Clear(field)
		case sub.all || inside(field) == nil:
		case field.IsList():
			list := value.List()
			for i := range list.Len() {
				sub.prune(list.Get(i).Message())
			}
		default:
			sub.prune(value.Message())
		}
		return true
	})
	message.SetUnknown(nil)
}
