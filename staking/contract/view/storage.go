package view

import (
	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/staking/contract"
	"github.com/floe-network/floe/staking/contract/object"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// system adds a call that looks at the System.
func system(d *contract.Deployment, b *ptb.Builder, function string, args ...ptb.Argument) ptb.Argument {
	return d.Floe(b, "system", function, append([]ptb.Argument{d.Objects.System.Read(b)}, args...)...)
}

// ledger adds a call that looks at the Ledger.
func ledger(d *contract.Deployment, b *ptb.Builder, function string, args ...ptb.Argument) ptb.Argument {
	return d.Floe(b, "ledger", function, append([]ptb.Argument{d.Objects.Ledger.Read(b)}, args...)...)
}

// TotalSupply is the FROST in existence.
func TotalSupply(d *contract.Deployment, b *ptb.Builder) View[uint64] {
	return Of[uint64]("wal::total_supply", b.Call(d.Packages.Wal, "wal", "total_supply", nil, d.Objects.Treasury.Read(b)))
}

// Epoch is the present epoch.
func Epoch(d *contract.Deployment, b *ptb.Builder) View[uint32] {
	return Of[uint32]("system::epoch", system(d, b, "epoch"))
}

// Committee is the present committee with keys and weights.
func Committee(d *contract.Deployment, b *ptb.Builder) View[object.Committee] {
	return Of[object.Committee]("system::committee", system(d, b, "committee"))
}

// Price is FROST for a MiB of encoded data, or part of one.
type Price struct {
	Storage uint64 // and epoch
	Write   uint64
}

// Prices are the prices of the present epoch.
func Prices(d *contract.Deployment, b *ptb.Builder) View[Price] {
	return several[Price]("system::prices", 2, system(d, b, "prices"))
}

// Space is encoded bytes.
type Space struct {
	Capacity uint64 // of all shards together
	Reserved uint64 // in the epoch
}

// Capacity is the space in an epoch, from the present one to the 127th after it.
func Capacity(d *contract.Deployment, b *ptb.Builder, epoch uint32) View[Space] {
	return several[Space]("system::capacity", 2, system(d, b, "capacity", b.Pure(epoch)))
}

// Horizon is how many epochs can be reserved, the present one included.
func Horizon(d *contract.Deployment, b *ptb.Builder) View[uint32] {
	return Of[uint32]("system::horizon", system(d, b, "horizon"))
}

// ReserveCost is what encoded bytes cost for a number of epochs.
func ReserveCost(d *contract.Deployment, b *ptb.Builder, size uint64, epochs uint32) View[uint64] {
	return Of[uint64]("system::reserve_cost", system(d, b, "reserve_cost", b.U64(size), b.Pure(epochs)))
}

// WriteCost is what registering a blob costs, and the deposit that comes on top.
type WriteCost struct {
	Cost, Deposit uint64
}

// RegisterCost is the WriteCost of a blob of so many bytes before encoding.
func RegisterCost(d *contract.Deployment, b *ptb.Builder, size uint64) View[WriteCost] {
	return several[WriteCost]("system::register_cost", 2, system(d, b, "register_cost", b.U64(size), b.Pure(uint8(contract.EncodingRS2))))
}

// ProtocolVersion is the version of the protocol in an epoch, as far as it is known now.
func ProtocolVersion(d *contract.Deployment, b *ptb.Builder, epoch uint32) View[uint64] {
	return Of[uint64]("system::protocol_version", system(d, b, "protocol_version", b.Pure(epoch)))
}

// Paused says whether reserving and registering are paused.
func Paused(d *contract.Deployment, b *ptb.Builder) View[bool] {
	return Of[bool]("system::is_paused", system(d, b, "is_paused"))
}

// Sequenced is how many blob ids have an index.
func Sequenced(d *contract.Deployment, b *ptb.Builder) View[uint64] {
	return Of[uint64]("ledger::sequenced", ledger(d, b, "sequenced"))
}

// IndexOf is the index of a blob id, nil when it was never certified.
func IndexOf(d *contract.Deployment, b *ptb.Builder, blob codec.BlobID) View[*uint64] {
	return optional[uint64]("ledger::index_of", ledger(d, b, "index_of", b.Pure(blob)))
}

// Sequence is what is known of a blob id that was certified.
type Sequence struct {
	Blob           codec.BlobID
	Size           uint64 // before encoding
	CertifiedEpoch uint32 // since which it is stored without a gap
	EndEpoch       uint32 // the latest of its objects that are stored in the epoch; 0 when none is
	Live           uint32 // how many these are
}

// BlobAt is what is known of the blob id of an index below Sequenced, for the present epoch or a later one.
func BlobAt(d *contract.Deployment, b *ptb.Builder, index uint64, epoch uint32) View[Sequence] {
	return several[Sequence]("ledger::blob_at", 5, ledger(d, b, "blob_at", b.U64(index), b.Pure(epoch)))
}

// DepositOf is what waits for the certificate of a blob object.
func DepositOf(d *contract.Deployment, b *ptb.Builder, blob ptb.Address) View[uint64] {
	return Of[uint64]("ledger::deposit_of", ledger(d, b, "deposit_of", b.Pure(blob)))
}

// Invalid says whether a blob id is barred because its encoding is inconsistent.
func Invalid(d *contract.Deployment, b *ptb.Builder, blob codec.BlobID) View[bool] {
	return Of[bool]("ledger::is_invalid", ledger(d, b, "is_invalid", b.Pure(blob)))
}

// Denied says whether a blob id is barred because it is denied for all.
func Denied(d *contract.Deployment, b *ptb.Builder, blob codec.BlobID) View[bool] {
	return Of[bool]("ledger::is_denied", ledger(d, b, "is_denied", b.Pure(blob)))
}

// AttributeOf is the value of an attribute of a Blob, nil when it has none of the name.
func AttributeOf(d *contract.Deployment, b *ptb.Builder, blob ptb.Argument, name string) View[*string] {
	return optional[string]("blob::attribute", d.Floe(b, "blob", "attribute", blob, b.Pure(name)))
}
