// Package message spells what a chain has as messages of Sui's gRPC API (sui.rpc.v2). It fills in all fields that the chain
// knows; read masks remove what a client did not ask for.
package message

import (
	"time"

	v2 "github.com/block-vision/sui-go-sdk/pb/sui/rpc/v2"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/floe-network/floe/staking/sui/ptb"
)

// Bcs makes a message of the BCS of a value. name is that of its type in Sui, or the spelling of a Move type.
func Bcs(name string, value []byte) *v2.Bcs { return &v2.Bcs{Name: &name, Value: value} }

// Timestamp makes a message of milliseconds since 1970.
func Timestamp(ms uint64) *timestamppb.Timestamp {
	return timestamppb.New(time.UnixMilli(int64(ms)))
}

// Reference makes a message that names a version of an object.
func Reference(r ptb.ObjectRef) *v2.ObjectReference {
	return &v2.ObjectReference{ObjectId: text(r.ID), Version: &r.Version, Digest: text(r.Digest)}
}

// text is the spelling of an address, a digest or a type, as optional fields have it.
func text[T interface{ String() string }](v T) *string {
	s := v.String()
	return &s
}

func texts[T interface{ String() string }](list []T) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = v.String()
	}
	return out
}

func pointer[T any](v T) *T { return &v }

// each makes messages of the elements of a list.
func each[T, M any](list []T, message func(T) M) []M {
	out := make([]M, len(list))
	for i, v := range list {
		out[i] = message(v)
	}
	return out
}

// fieldAddressBalance and fieldCoinBalance are fields of Balance in newer versions of the API: what an address has of a
// currency as such, and in coins.
const (
	fieldAddressBalance protowire.Number = 4
	fieldCoinBalance    protowire.Number = 5
)

// Balance makes the message of what an account has of a currency, all of it in coins.
func Balance(coin string, amount uint64) *v2.Balance {
	m := &v2.Balance{CoinType: &coin, Balance: &amount}
	more := protowire.AppendVarint(protowire.AppendTag(nil, fieldAddressBalance, protowire.VarintType), 0)
	m.ProtoReflect().SetUnknown(protowire.AppendVarint(protowire.AppendTag(more, fieldCoinBalance, protowire.VarintType), amount))
	return m
}
