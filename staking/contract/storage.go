package contract

import (
	"fmt"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/staking/bls"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// EncodingRS2 is the encoding type of Red Stuff over Reed-Solomon codes, the only one.
const EncodingRS2 = 1

// ReserveSpace buys encoded bytes for the present and the following epochs, epochs in all, with what a coin has. It gives
// a Storage.
func (d *Deployment) ReserveSpace(b *ptb.Builder, size uint64, epochs uint32, payment ptb.Argument) ptb.Argument {
	return d.Floe(b, "system", "reserve_space", d.Objects.System.Write(b), b.U64(size), b.Pure(epochs), payment)
}

// Registration is what a blob is registered with.
type Registration struct {
	Blob      codec.BlobID
	Root      codec.Digest // of the Merkle tree in the blob's metadata
	Size      uint64       // before encoding
	Deletable bool
}

// NewRegistration makes the Registration of an encoded blob.
func NewRegistration(m *codec.Metadata, deletable bool) Registration {
	return Registration{Blob: m.BlobID(), Root: m.Root(), Size: m.Length, Deletable: deletable}
}

// Check says whether the id is that of a blob of the root and the size. It fails with ErrRegistration.
func (r *Registration) Check() error {
	if id := codec.DeriveBlobID(r.Root, r.Size); id != r.Blob {
		return fmt.Errorf("%w: the blob of its root and size is %s, not %s", ErrRegistration, id, r.Blob)
	}
	return nil
}

// RegisterBlob registers a blob in a Storage, and takes the write price and the deposit out of a coin. It gives a Blob.
func (d *Deployment) RegisterBlob(b *ptb.Builder, storage ptb.Argument, r Registration, payment ptb.Argument) ptb.Argument {
	return d.Floe(b, "system", "register_blob", d.Objects.System.Write(b), d.Objects.Ledger.Write(b), storage, b.Pure(r.Blob), b.Pure(r.Root),
		b.U64(r.Size), b.Pure(uint8(EncodingRS2)), b.Pure(r.Deletable), payment)
}

// Store reserves the space that a blob takes once it is encoded for so many shards and registers the blob in it, both paid
// with a coin. It gives a Blob. It fails with codec.ErrTooLarge and ErrRegistration.
func (d *Deployment) Store(b *ptb.Builder, p codec.Params, epochs uint32, r Registration, payment ptb.Argument) (ptb.Argument, error) {
	if err := r.Check(); err != nil {
		return ptb.Argument{}, err
	}
	size, err := p.EncodedSize(r.Size)
	if err != nil {
		return ptb.Argument{}, err
	}
	return d.RegisterBlob(b, d.ReserveSpace(b, size, epochs, payment), r, payment), nil
}

// Certificate is a message that members of the committee signed.
type Certificate struct {
	Signature bls.Signature // the sum of the signers'
	Signers   []byte        // a bit for each member in the order of the committee, the lowest of the first byte first
	Message   []byte
}

func (c *Certificate) arguments(b *ptb.Builder) []ptb.Argument {
	signature := c.Signature.Bytes()
	return []ptb.Argument{b.Pure(signature[:]), b.Pure(c.Signers), b.Pure(c.Message)}
}

// CertifyBlob brings a quorum's certificate of a Blob. It gives a coin with the refund of the deposit.
func (d *Deployment) CertifyBlob(b *ptb.Builder, blob ptb.Argument, c Certificate) ptb.Argument {
	args := append([]ptb.Argument{d.Objects.System.Read(b), d.Objects.Ledger.Write(b), blob}, c.arguments(b)...)
	return d.Floe(b, "system", "certify_blob", args...)
}

// CertifyBlobAndKeep is CertifyBlob with the refund sent to the sender.
func (d *Deployment) CertifyBlobAndKeep(b *ptb.Builder, blob ptb.Argument, c Certificate) {
	args := append([]ptb.Argument{d.Objects.System.Read(b), d.Objects.Ledger.Write(b), blob}, c.arguments(b)...)
	d.Floe(b, "system", "certify_blob_and_keep", args...)
}

// ExtendBlob buys more epochs for a certified Blob with what a coin has.
func (d *Deployment) ExtendBlob(b *ptb.Builder, blob ptb.Argument, epochs uint32, payment ptb.Argument) {
	d.Floe(b, "system", "extend_blob", d.Objects.System.Write(b), d.Objects.Ledger.Write(b), blob, b.Pure(epochs), payment)
}

// ExtendBlobWithStorage adds a Storage of the same size that begins at the end of a certified Blob.
func (d *Deployment) ExtendBlobWithStorage(b *ptb.Builder, blob, storage ptb.Argument) {
	d.Floe(b, "system", "extend_blob_with_resource", d.Objects.System.Read(b), d.Objects.Ledger.Write(b), blob, storage)
}

// DeleteBlob deletes a deletable Blob. It gives its Storage.
func (d *Deployment) DeleteBlob(b *ptb.Builder, blob ptb.Argument) ptb.Argument {
	return d.Floe(b, "system", "delete_blob", d.Objects.System.Read(b), d.Objects.Ledger.Write(b), blob)
}

// BurnBlob gives a Blob up: the data stay stored until its end.
func (d *Deployment) BurnBlob(b *ptb.Builder, blob ptb.Argument) { d.Floe(b, "blob", "burn", blob) }

// BurnDeposit burns the deposit of a blob object that was not certified in time.
func (d *Deployment) BurnDeposit(b *ptb.Builder, blob ptb.Address) {
	d.Floe(b, "system", "burn_deposit", d.Objects.System.Read(b), d.Objects.Ledger.Write(b), b.Pure(blob))
}

// BurnDeposits takes the deposits that are to be burned out of existence.
func (d *Deployment) BurnDeposits(b *ptb.Builder) {
	d.Floe(b, "ledger", "burn", d.Objects.Ledger.Write(b), d.Objects.Treasury.Write(b))
}

// SetAttribute sets an attribute of a Blob: a name of 1 to 128 bytes, a value of at most 2,048.
func (d *Deployment) SetAttribute(b *ptb.Builder, blob ptb.Argument, name, value string) {
	d.Floe(b, "blob", "set_attribute", blob, b.Pure(name), b.Pure(value))
}

// RemoveAttribute removes an attribute of a Blob.
func (d *Deployment) RemoveAttribute(b *ptb.Builder, blob ptb.Argument, name string) {
	d.Floe(b, "blob", "remove_attribute", blob, b.Pure(name))
}

// ShareBlob shares a certified Blob for good, with a coin of funds that only extend it.
func (d *Deployment) ShareBlob(b *ptb.Builder, blob, funds ptb.Argument) {
	d.Floe(b, "shared_blob", "new_funded", blob, funds)
}

// FundSharedBlob adds a coin to the funds of a SharedBlob.
func (d *Deployment) FundSharedBlob(b *ptb.Builder, shared SharedObject, funds ptb.Argument) {
	d.Floe(b, "shared_blob", "fund", shared.Write(b), funds)
}

// ExtendSharedBlob buys more epochs for a SharedBlob out of its funds.
func (d *Deployment) ExtendSharedBlob(b *ptb.Builder, shared SharedObject, epochs uint32) {
	d.Floe(b, "shared_blob", "extend", shared.Write(b), d.Objects.System.Write(b), d.Objects.Ledger.Write(b), b.Pure(epochs))
}

// SplitStorageByEpoch cuts a Storage in time: it keeps what is before an epoch. It gives the Storage of the rest.
func (d *Deployment) SplitStorageByEpoch(b *ptb.Builder, storage ptb.Argument, epoch uint32) ptb.Argument {
	return d.Floe(b, "storage_resource", "split_by_epoch", storage, b.Pure(epoch))
}

// SplitStorageBySize cuts a Storage in size: it keeps so many bytes. It gives the Storage of the rest.
func (d *Deployment) SplitStorageBySize(b *ptb.Builder, storage ptb.Argument, size uint64) ptb.Argument {
	return d.Floe(b, "storage_resource", "split_by_size", storage, b.U64(size))
}

// JoinStoragePeriods adds a Storage of the same size that begins where the first ends, or ends where it begins.
func (d *Deployment) JoinStoragePeriods(b *ptb.Builder, storage, other ptb.Argument) {
	d.Floe(b, "storage_resource", "fuse_periods", storage, other)
}

// JoinStorageSizes adds a Storage of the same epochs.
func (d *Deployment) JoinStorageSizes(b *ptb.Builder, storage, other ptb.Argument) {
	d.Floe(b, "storage_resource", "fuse_amount", storage, other)
}

// DestroyStorage gives a Storage up.
func (d *Deployment) DestroyStorage(b *ptb.Builder, storage ptb.Argument) {
	d.Floe(b, "storage_resource", "destroy", storage)
}

// InvalidateBlob bars a blob id with a certificate that its encoding is inconsistent. It gives the id.
func (d *Deployment) InvalidateBlob(b *ptb.Builder, c Certificate) ptb.Argument {
	args := append([]ptb.Argument{d.Objects.System.Read(b), d.Objects.Ledger.Write(b)}, c.arguments(b)...)
	return d.Floe(b, "system", "invalidate_blob_id", args...)
}

// DenyBlob bars a blob id with a certificate that it is denied for all. It gives the id.
func (d *Deployment) DenyBlob(b *ptb.Builder, c Certificate) ptb.Argument {
	args := append([]ptb.Argument{d.Objects.System.Read(b), d.Objects.Ledger.Write(b)}, c.arguments(b)...)
	return d.Floe(b, "system", "deny_blob_id", args...)
}

// ConfirmDenyList announces a certificate that a quorum has seen a node's deny list.
func (d *Deployment) ConfirmDenyList(b *ptb.Builder, c Certificate) {
	d.Floe(b, "system", "confirm_deny_list", append([]ptb.Argument{d.Objects.System.Read(b)}, c.arguments(b)...)...)
}

// UpdateProtocolVersion sets the protocol version that a quorum's certificate has.
func (d *Deployment) UpdateProtocolVersion(b *ptb.Builder, c Certificate) {
	d.Floe(b, "system", "update_protocol_version", append([]ptb.Argument{d.Objects.System.Write(b)}, c.arguments(b)...)...)
}

// MintWAL makes FROST, at most 10^15 in a call, on development networks: the real coin has no such function. It gives a coin.
func (d *Deployment) MintWAL(b *ptb.Builder, amount uint64) ptb.Argument {
	return b.Call(d.Packages.Wal, "faucet", "mint", nil, d.Objects.Treasury.Write(b), b.U64(amount))
}

// BurnWAL takes a coin out of existence.
func (d *Deployment) BurnWAL(b *ptb.Builder, coin ptb.Argument) {
	b.Call(d.Packages.Wal, "wal", "burn", nil, d.Objects.Treasury.Write(b), coin)
}

// EmptyWAL gives a coin of nothing, as funds where none are wanted.
func (d *Deployment) EmptyWAL(b *ptb.Builder) ptb.Argument {
	return b.Call(framework, "coin", "zero", []ptb.TypeTag{d.WAL()})
}
