package store

import (
	"github.com/floe-network/floe/staking/devchain/movevm/effects"
	"github.com/floe-network/floe/staking/devchain/movevm/objects"
	"github.com/floe-network/floe/staking/devchain/movevm/packages"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// Object is a version of a Move object or of a package; one of the two is set. It is not changed.
type Object struct {
	Move    *effects.Object
	Package *effects.PublishedPackage
	Digest  ptb.Digest
}

// ID names the object.
func (o *Object) ID() ptb.Address {
	if o.Package != nil {
		return o.Package.ID
	}
	return o.Move.ID
}

// Version is the object's version.
func (o *Object) Version() uint64 {
	if o.Package != nil {
		return o.Package.Version
	}
	return o.Move.Version
}

// Ref names the version of the object.
func (o *Object) Ref() ptb.ObjectRef {
	return ptb.ObjectRef{ID: o.ID(), Version: o.Version(), Digest: o.Digest}
}

// Owner says who owns the object.
func (o *Object) Owner() objects.Owner {
	if o.Package != nil {
		return objects.Owner{Kind: objects.Immutable}
	}
	return o.Move.Owner
}

// Type is the type of a Move object with full addresses and without spaces, and "package" for packages.
func (o *Object) Type() string {
	if o.Package != nil {
		return "package"
	}
	return o.Move.Type
}

// PreviousTransaction is the transaction that wrote the version.
func (o *Object) PreviousTransaction() ptb.Digest {
	if o.Package != nil {
		return o.Package.PreviousTransaction
	}
	return o.Move.PreviousTransaction
}

// StorageRebate is what was paid for storing the version, in MIST.
func (o *Object) StorageRebate() uint64 {
	if o.Package != nil {
		return o.Package.StorageRebate
	}
	return o.Move.StorageRebate
}

// AppendBCS appends the BCS of Sui's Object.
func (o *Object) AppendBCS(b []byte) ([]byte, error) {
	if o.Package != nil {
		return o.Package.AppendBCS(b), nil
	}
	return o.Move.AppendBCS(b)
}

// Kinds of records of objects.
const (
	kindMove    byte = 1
	kindPackage byte = 2
)

func (o *Object) encode() []byte {
	if o.Package != nil {
		return encodePackage(o.Package, o.Digest)
	}
	m := o.Move
	b := make([]byte, 0, len(m.Contents)+len(m.Type)+128)
	b = append(b, kindMove)
	b = append(b, o.Digest[:]...)
	b = append(b, m.PreviousTransaction[:]...)
	b = appendNumber(b, m.StorageRebate)
	b = append(b, byte(m.Owner.Kind))
	b = append(b, m.Owner.Address[:]...)
	b = appendNumber(b, m.SharedAt)
	b = appendFlag(b, m.PublicTransfer)
	b = appendText(b, m.Type)
	return appendBytes(b, m.Contents)
}

func encodePackage(p *effects.PublishedPackage, digest ptb.Digest) []byte {
	b := append([]byte{kindPackage}, digest[:]...)
	b = append(b, p.PreviousTransaction[:]...)
	b = appendNumber(b, p.StorageRebate)
	b = append(b, p.Original[:]...)
	b = appendNumber(b, uint64(len(p.Modules)))
	for _, m := range p.Modules {
		b = appendBytes(appendText(b, m.Name), m.Bytecode)
	}
	b = appendNumber(b, uint64(len(p.Origins)))
	for _, o := range p.Origins {
		b = append(appendText(appendText(b, o.Module), o.Datatype), o.Package[:]...)
	}
	b = appendNumber(b, uint64(len(p.Linkage)))
	for _, l := range p.Linkage {
		b = append(append(b, l.Original[:]...), l.ID[:]...)
		b = appendNumber(b, l.Version)
	}
	return b
}

// decodeObject reads a record. The Object keeps parts of it.
func decodeObject(id ptb.Address, version uint64, record []byte) (*Object, error) {
	d := decoder{b: record}
	kind := d.byte()
	o := &Object{Digest: d.wide()}
	previous, rebate := ptb.Digest(d.wide()), d.number()
	switch kind {
	case kindMove:
		m := &effects.Object{PreviousTransaction: previous, StorageRebate: rebate}
		m.ID, m.Version = id, version
		m.Owner = objects.Owner{Kind: objects.Ownership(d.byte()), Address: d.wide()}
		m.SharedAt = d.number()
		m.PublicTransfer = d.flag()
		m.Type = d.text()
		m.Contents = d.bytes()
		o.Move = m
	case kindPackage:
		p := &packages.Package{ID: id, Version: version, Original: d.wide()}
		for range d.count() {
			p.Modules = append(p.Modules, packages.Module{Name: d.text(), Bytecode: d.bytes()})
		}
		for range d.count() {
			p.Origins = append(p.Origins, packages.TypeOrigin{Module: d.text(), Datatype: d.text(), Package: d.wide()})
		}
		for range d.count() {
			p.Linkage = append(p.Linkage, packages.Dependency{Original: d.wide(), ID: d.wide(), Version: d.number()})
		}
		o.Package = &effects.PublishedPackage{Package: p, PreviousTransaction: previous, StorageRebate: rebate}
	default:
		d.bad = true
	}
	if err := d.end("object %s, version %d", id, version); err != nil {
		return nil, err
	}
	return o, nil
}
