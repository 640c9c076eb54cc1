// Package contract is the contracts of a network as Go: where they are, a typed call for every function that a transaction
// can usefully send, what nodes and light nodes sign for them, and what their abort codes mean.
//
// A call adds a command to a ptb.Builder and gives its result as an argument for later commands. What is an object or a coin
// is an argument too, because it may be an input or the result of an earlier command; shared objects of the network come
// from the Deployment. The contracts' documentation (docs/contracts*.md) says what each function does and where it aborts.
//
// Amounts are in FROST (10^-9 WAL), times in milliseconds, sizes in bytes, rates in basis points.
//
// Package object has the objects, package event the events, package view the functions that only look, package genesis what
// it takes to start a network.
package contract

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/floe-network/floe/staking/contract/object"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// Errors that callers ask for.
var (
	// ErrDeployment says that a Deployment cannot be that of a network.
	ErrDeployment = errors.New("malformed deployment")
	// ErrType says that an object is of another type than the caller asked for.
	ErrType = errors.New("object of another type")
	// ErrRegistration says that no blob can be registered so.
	ErrRegistration = errors.New("blob id of another root or size")
)

// SharedObject is a shared object and the version at which it was shared, which never changes.
type SharedObject struct {
	ID             ptb.Address `json:"id"`
	InitialVersion uint64      `json:"initial_version"`
}

// Packages are the contracts' packages. The id of a package is the address of its types.
type Packages struct {
	Wal  ptb.Address `json:"wal"`
	Floe ptb.Address `json:"floe"`
	// FloeLatest is the version that is called: Floe, or what it was upgraded to.
	FloeLatest ptb.Address `json:"floe_latest"`
	FloeReads  ptb.Address `json:"floe_reads"`
}

// Objects are the shared objects of a network, and those of the chain that the contracts use.
type Objects struct {
	System         SharedObject `json:"system"`
	Ledger         SharedObject `json:"ledger"`
	Staking        SharedObject `json:"staking"`
	UpgradeManager SharedObject `json:"upgrade_manager"`
	Treasury       SharedObject `json:"treasury"`
	LightNodes     SharedObject `json:"light_nodes"`
	Clock          SharedObject `json:"clock"`
	Random         SharedObject `json:"random"`
}

// Deployment says where the contracts of a network are. Its JSON is part of the network file.
type Deployment struct {
	Packages Packages `json:"packages"`
	Objects  Objects  `json:"objects"`
}

// maxDeployment bounds the JSON of a Deployment: twelve ids of 66 characters with their names are 2 KiB.
const maxDeployment = 16 << 10

// Parse reads the JSON of a Deployment. Unknown fields are errors. It fails with ErrDeployment.
func Parse(b []byte) (*Deployment, error) {
	if len(b) > maxDeployment {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", ErrDeployment, len(b), maxDeployment)
	}
	decoder := json.NewDecoder(bytes.NewReader(b))
	decoder.DisallowUnknownFields()
	var d Deployment
	if err := decoder.Decode(&d); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDeployment, err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%w: something follows the JSON object", ErrDeployment)
	}
	if err := d.Check(); err != nil {
		return nil, err
	}
	return &d, nil
}

// Check says whether all packages and objects are there. It fails with ErrDeployment.
func (d *Deployment) Check() error {
	for _, p := range [...]struct {
		name string
		id   ptb.Address
	}{{"wal", d.Packages.Wal}, {"floe", d.Packages.Floe}, {"floe_latest", d.Packages.FloeLatest}, {"floe_reads", d.Packages.FloeReads}} {
		if p.id == (ptb.Address{}) {
			return fmt.Errorf("%w: package %s is missing", ErrDeployment, p.name)
		}
	}
	for _, o := range [...]struct {
		name   string
		object SharedObject
	}{
		{"system", d.Objects.System}, {"ledger", d.Objects.Ledger}, {"staking", d.Objects.Staking},
		{"upgrade_manager", d.Objects.UpgradeManager}, {"treasury", d.Objects.Treasury}, {"light_nodes", d.Objects.LightNodes},
		{"clock", d.Objects.Clock}, {"random", d.Objects.Random},
	} {
		if o.object.ID == (ptb.Address{}) || o.object.InitialVersion == 0 {
			return fmt.Errorf("%w: object %s has no id or no initial version", ErrDeployment, o.name)
		}
	}
	return nil
}

// Type spells the type of a struct of the contracts, or of the framework.
func (d *Deployment) Type(n object.Name) ptb.StructTag {
	tag := ptb.StructTag{Module: n.Module, Name: n.Struct}
	switch n.Package {
	case "wal":
		tag.Address = d.Packages.Wal
	case "floe":
		tag.Address = d.Packages.Floe
	case "floe_reads":
		tag.Address = d.Packages.FloeReads
	case "move-stdlib":
		tag.Address = stdlib
	case "sui-framework":
		tag.Address = framework
	}
	return tag
}

// TypeOf spells the type of the objects that are decoded as T.
func TypeOf[T object.Known](d *Deployment) ptb.StructTag { return d.Type(object.NameOf[T]()) }

// Decode reads an object of a type. It fails with ErrType for objects of another type, and with bcs.ErrMalformed.
func Decode[T object.Known](d *Deployment, tag ptb.StructTag, contents []byte) (T, error) {
	return decode[T](TypeOf[T](d), tag, contents)
}

// DecodeCoin reads a coin of WAL. It fails as Decode does.
func (d *Deployment) DecodeCoin(tag ptb.StructTag, contents []byte) (object.Coin, error) {
	return decode[object.Coin](*object.CoinType(d.WAL()).Struct, tag, contents)
}

func decode[T any](want, tag ptb.StructTag, contents []byte) (T, error) {
	if tag.String() != want.String() {
		var none T
		return none, fmt.Errorf("%w: %.300s, want %s", ErrType, tag, want)
	}
	return object.Decode[T](contents)
}

// PackageName is the name in the build of the package at an address, of whichever version that the Deployment knows.
func (d *Deployment) PackageName(at ptb.Address) (string, bool) {
	switch at {
	case ptb.Address{}:
		return "", false
	case d.Packages.Wal:
		return "wal", true
	case d.Packages.Floe, d.Packages.FloeLatest:
		return "floe", true
	case d.Packages.FloeReads:
		return "floe_reads", true
	case stdlib:
		return "move-stdlib", true
	case framework:
		return "sui-framework", true
	default:
		return "", false
	}
}

// WAL is the type of the currency.
func (d *Deployment) WAL() ptb.TypeTag {
	return d.Type(object.Name{Package: "wal", Module: "wal", Struct: "WAL"}).Tag()
}

// Packages of the chain.
var (
	stdlib    = ptb.ShortAddress(1)
	framework = ptb.ShortAddress(2)
)

// Read is a shared object as an input that is only read.
func (o SharedObject) Read(b *ptb.Builder) ptb.Argument {
	return b.Shared(ptb.SharedRef{ID: o.ID, InitialVersion: o.InitialVersion})
}

// Write is a shared object as an input that is changed.
func (o SharedObject) Write(b *ptb.Builder) ptb.Argument {
	return b.Shared(ptb.SharedRef{ID: o.ID, InitialVersion: o.InitialVersion, Mutable: true})
}

// Floe adds a call of a function of package floe, of the version that is called.
func (d *Deployment) Floe(b *ptb.Builder, module, function string, args ...ptb.Argument) ptb.Argument {
	return b.Call(d.Packages.FloeLatest, module, function, nil, args...)
}

// Reads adds a call of a function of package floe_reads.
func (d *Deployment) Reads(b *ptb.Builder, module, function string, args ...ptb.Argument) ptb.Argument {
	return b.Call(d.Packages.FloeReads, module, function, nil, args...)
}
