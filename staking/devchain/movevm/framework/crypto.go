package framework

import (
	"crypto/hmac"
	"crypto/sha3"
	"errors"
	"hash"

	"golang.org/x/crypto/blake2b"
	legacysha3 "golang.org/x/crypto/sha3"

	"github.com/floe-network/floe/staking/devchain/movevm"
	"github.com/floe-network/floe/staking/devchain/movevm/crypto"
	"github.com/floe-network/floe/staking/devchain/movevm/status"
	"github.com/floe-network/floe/staking/devchain/movevm/types"
	"github.com/floe-network/floe/staking/devchain/movevm/values"
	"github.com/floe-network/floe/staking/sui/zip215"
)

// Gas, in units of the machine: what the work takes, at 40 ns of one core a unit.
const (
	bytesPerUnit = 16     // hashed
	hashUnits    = 20     // a short hash
	storeUnits   = 200    // a look-up in the store of objects
	ed25519Units = 2_000  // 80 us
	blsUnits     = 36_000 // two pairings and a hash to the curve: 1.4 ms
	pairingUnits = 22_000
	termUnits    = 20 // a term of a sum of uncompressed points
)

// operationUnits are the gas for an operation on two elements of a group, of which reading the elements is the greater
// part. Other groups than these have no operations.
var operationUnits = map[crypto.Group]uint64{crypto.Scalar: 50, crypto.G1: 4_000, crypto.G2: 10_000, crypto.GT: 40_000}

// Abort codes of sui::group_ops.
const (
	abortInvalidInput = 1
	abortTooLong      = 2
)

func hashes() movevm.Natives {
	digest := func(f func([]byte) []byte) movevm.Native {
		return onBytes(1, func(ctx *movevm.Context, b [][]byte) (values.Value, error) {
			return values.Bytes(f(b[0])), ctx.Charge(hashUnits + uint64(len(b[0]))/bytesPerUnit)
		})
	}
	return movevm.Merge(
		module("hash", map[string]movevm.Native{
			"blake2b256": digest(func(b []byte) []byte { d := blake2b.Sum256(b); return d[:] }),
			"keccak256": digest(func(b []byte) []byte {
				h := legacysha3.NewLegacyKeccak256()
				h.Write(b)
				return h.Sum(nil)
			}),
		}),
		module("hmac", map[string]movevm.Native{
			"hmac_sha3_256": onBytes(2, func(ctx *movevm.Context, b [][]byte) (values.Value, error) {
				h := hmac.New(func() hash.Hash { return sha3.New256() }, b[0])
				h.Write(b[1])
				return values.Bytes(h.Sum(nil)), ctx.Charge(2*hashUnits + uint64(len(b[0])+len(b[1]))/bytesPerUnit)
			}),
		}),
	)
}

// onBytes makes a native of a function on what n references to byte vectors point to.
func onBytes(n int, f func(ctx *movevm.Context, b [][]byte) (values.Value, error)) movevm.Native {
	return func(ctx *movevm.Context, _ []*types.Type, args []values.Value) ([]values.Value, error) {
		if len(args) != n {
			return nil, status.New(status.NativeFailed, "%d arguments where %d are wanted", len(args), n)
		}
		b := make([][]byte, n)
		for i := range b {
			var err error
			if b[i], err = peekBytes(args[i]); err != nil {
				return nil, err
			}
		}
		return one(f(ctx, b))
	}
}

func signatures() movevm.Natives {
	check := func(units uint64, f func(signature, key, msg []byte) bool) movevm.Native {
		return onBytes(3, func(ctx *movevm.Context, b [][]byte) (values.Value, error) {
			if err := ctx.Charge(units + uint64(len(b[2]))/bytesPerUnit); err != nil {
				return values.Value{}, err
			}
			return values.Bool(f(b[0], b[1], b[2])), nil
		})
	}
	return movevm.Merge(
		module("ed25519", map[string]movevm.Native{"ed25519_verify": check(ed25519Units, zip215.Verify)}),
		module("bls12381", map[string]movevm.Native{
			"bls12381_min_pk_verify":  check(blsUnits, crypto.VerifyMinPk),
			"bls12381_min_sig_verify": check(blsUnits, crypto.VerifyMinSig),
		}),
	)
}

func groups() movevm.Natives {
	return module("group_ops", map[string]movevm.Native{
		"internal_validate": onElements(1, 1, func(ctx *movevm.Context, g []crypto.Group, e [][]byte) (values.Value, error) {
			if err := ctx.Charge(operationUnits[g[0]]); err != nil {
				return values.Value{}, err
			}
			return values.Bool(crypto.Validate(g[0], e[0])), nil
		}),
		"internal_add":              operation(1, crypto.Add),
		"internal_sub":              operation(1, crypto.Sub),
		"internal_mul":              operation(1, crypto.Mul),
		"internal_div":              operation(1, crypto.Div),
		"internal_multi_scalar_mul": operation(crypto.MaxMultiScalarTerms, crypto.MultiScalarMul),
		"internal_pairing": onElements(1, 2, func(ctx *movevm.Context, g []crypto.Group, e [][]byte) (values.Value, error) {
			if err := ctx.Charge(pairingUnits); err != nil {
				return values.Value{}, err
			}
			return element(crypto.Pairing(g[0], e[0], e[1]))
		}),
		"internal_hash_to": onElements(1, 1, func(ctx *movevm.Context, g []crypto.Group, e [][]byte) (values.Value, error) {
			if err := ctx.Charge(operationUnits[g[0]] + uint64(len(e[0]))/bytesPerUnit); err != nil {
				return values.Value{}, err
			}
			return element(crypto.HashTo(g[0], e[0]))
		}),
		"internal_convert": onElements(2, 1, func(ctx *movevm.Context, g []crypto.Group, e [][]byte) (values.Value, error) {
			if err := ctx.Charge(operationUnits[crypto.G1]); err != nil {
				return values.Value{}, err
			}
			return element(crypto.Convert(g[0], g[1], e[0]))
		}),
		"internal_sum": sum,
	})
}

// operation makes a native of an operation on a group and two byte vectors that takes as long as so many simple ones.
func operation(times uint64, f func(g crypto.Group, a, b []byte) ([]byte, error)) movevm.Native {
	return onElements(1, 2, func(ctx *movevm.Context, g []crypto.Group, e [][]byte) (values.Value, error) {
		if err := ctx.Charge(times * operationUnits[g[0]]); err != nil {
			return values.Value{}, err
		}
		return element(f(g[0], e[0], e[1]))
	})
}

// element makes the result of an operation on a group, or its abort.
func element(b []byte, err error) (values.Value, error) {
	switch {
	case errors.Is(err, crypto.ErrTooLong):
		return values.Value{}, status.Abort(abortTooLong)
	case errors.Is(err, crypto.ErrInvalidInput):
		return values.Value{}, status.Abort(abortInvalidInput)
	}
	return values.Bytes(b), err
}

// onElements makes a native of a function on some groups and what some references to byte vectors point to.
func onElements(groups, elements int, f func(ctx *movevm.Context, g []crypto.Group, e [][]byte) (values.Value, error)) movevm.Native {
	return func(ctx *movevm.Context, typeArgs []*types.Type, args []values.Value) ([]values.Value, error) {
		if len(args) != groups+elements {
			return nil, status.New(status.NativeFailed, "%d arguments where %d are wanted", len(args), groups+elements)
		}
		g := make([]crypto.Group, groups)
		for i := range g {
			x, err := args[i].AsUint64()
			if err != nil {
				return nil, err
			}
			g[i] = crypto.Group(x)
		}
		return onBytes(elements, func(ctx *movevm.Context, b [][]byte) (values.Value, error) {
			return f(ctx, g, b)
		})(ctx, typeArgs, args[groups:])
	}
}

func sum(ctx *movevm.Context, _ []*types.Type, args []values.Value) ([]values.Value, error) {
	g, err := args[0].AsUint64()
	if err != nil {
		return nil, err
	}
	list, err := args[1].Peek()
	if err != nil {
		return nil, err
	}
	terms := make([][]byte, list.Len())
	for i := range terms {
		term, err := list.At(i)
		if err != nil {
			return nil, err
		}
		if terms[i], err = term.AsBytes(); err != nil {
			return nil, err
		}
	}
	if err := ctx.Charge(hashUnits + termUnits*uint64(len(terms))); err != nil {
		return nil, err
	}
	return one(element(crypto.Sum(crypto.Group(g), terms)))
}
