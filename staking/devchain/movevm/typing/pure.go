package typing

import (
	"unicode/utf8"

	"github.com/floe-network/floe/staking/devchain/movevm/effects"
	"github.com/floe-network/floe/staking/devchain/movevm/transaction"
	"github.com/floe-network/floe/staking/devchain/movevm/types"
	"github.com/floe-network/floe/staking/devchain/movevm/values"
)

// maxASCII is the greatest byte that std::ascii takes.
const maxASCII = 0x7f

// checkPure says whether a value of a type can be read from an input's bytes. The type must be one whose values prove
// nothing: integers, booleans, addresses, ids, strings, options and vectors of these.
func (t *typing) checkPure(index int, b []byte, typ *types.Type) error {
	if t.mode == transaction.Signed && !plain(typ) {
		return effects.BadArgument(index, effects.InvalidUsageOfPureArg, "a value of %s is not made of bytes", typ)
	}
	v, err := values.Unmarshal(b, typ)
	if err != nil {
		return effects.BadArgument(index, effects.InvalidBCSBytes, "%w", err)
	}
	if !wellFormed(v, typ) {
		return effects.BadArgument(index, effects.InvalidBCSBytes, "the bytes are no %s", typ)
	}
	return nil
}

func plain(t *types.Type) bool {
	switch t.Kind() {
	case types.Vector:
		return plain(t.Elem())
	case types.Struct:
		return isOption(t) && plain(t.Args()[0]) || is(t, 2, "object", "ID") || is(t, 1, "ascii", "String") || is(t, 1, "string", "String")
	case types.Enum, types.Signer:
		return false
	default:
		return true
	}
}

func isOption(t *types.Type) bool { return is(t, 1, "option", "Option") && len(t.Args()) == 1 }

// wellFormed checks what the layout of strings and options does not say.
func wellFormed(v values.Value, t *types.Type) bool {
	ascii := is(t, 1, "ascii", "String")
	switch {
	case ascii, is(t, 1, "string", "String"):
		bytes, err := v.At(0)
		if err != nil {
			return false
		}
		text, err := bytes.AsBytes()
		if err != nil || !utf8.Valid(text) {
			return false
		}
		for _, b := range text {
			if ascii && b > maxASCII {
				return false
			}
		}
		return true
	case isOption(t):
		inner, err := v.At(0)
		return err == nil && inner.Len() <= 1 && all(inner, t.Args()[0])
	case t.Kind() == types.Vector:
		return all(v, t.Elem())
	default:
		return true
	}
}

// all says whether the elements of a vector are well-formed.
func all(vector values.Value, elem *types.Type) bool {
	if elem.Kind() < types.Vector {
		return true // integers and the like
	}
	for i := range vector.Len() {
		v, err := vector.At(i)
		if err != nil || !wellFormed(v, elem) {
			return false
		}
	}
	return true
}
