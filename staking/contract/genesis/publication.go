package genesis

import (
	"errors"
	"fmt"

	"github.com/floe-network/floe/staking/contract"
	"github.com/floe-network/floe/staking/contract/object"
	"github.com/floe-network/floe/staking/move"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// ErrMissing says that a transaction did not make what it should have made.
var ErrMissing = errors.New("the transaction did not make it")

// Created is an object that a transaction made.
type Created struct {
	Ref ptb.ObjectRef
	// Type is nil for a package.
	Type *ptb.StructTag
	// SharedAt is the version at which it was shared, 0 when it is not.
	SharedAt uint64
}

// Step is a transaction on the way to a network.
type Step uint8

// The steps, in order.
const (
	PublishCoin Step = iota
	PublishContracts
	StartNetwork
	PublishReads
	CreateLightNodes
	Done
)

func (s Step) String() string {
	names := [...]string{"publish the coin", "publish the contracts", "start the network", "publish bounties and light nodes", "create the light nodes", "done"}
	if int(s) < len(names) {
		return names[s]
	}
	return fmt.Sprintf("step %d", uint8(s))
}

// Publication is a network that comes into being: Program is the next transaction, Executed takes what it made, until Step is
// Done. Its JSON is enough to go on after an interruption.
type Publication struct {
	Config     Config              `json:"config"`
	Sender     ptb.Address         `json:"sender"`
	Deployment contract.Deployment `json:"deployment"`
	Step       Step                `json:"step"`
	// GenesisCap and UpgradeCap are the sender's until the network starts, LightNodesCap until there are light nodes.
	GenesisCap    ptb.ObjectRef `json:"genesis_cap"`
	UpgradeCap    ptb.ObjectRef `json:"upgrade_cap"`
	LightNodesCap ptb.ObjectRef `json:"light_nodes_cap"`
	// EmergencyCap is the sender's, to be burned when the network has settled.
	EmergencyCap ptb.Address `json:"emergency_cap"`
}

// Coin is the WAL of a chain that has it.
type Coin struct {
	Package  ptb.Address
	Treasury contract.SharedObject
}

// Chain is what a chain has before there is a network.
type Chain struct {
	Clock, Random contract.SharedObject
	// Coin is nil where a coin is to be published that is worth nothing and that everybody can have.
	Coin *Coin
}

// New begins a Publication by a sender. It fails with ErrConfig.
func New(c Config, sender ptb.Address, chain Chain) (*Publication, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	p := &Publication{Config: c, Sender: sender}
	p.Deployment.Objects.Clock, p.Deployment.Objects.Random = chain.Clock, chain.Random
	if chain.Coin != nil {
		p.Deployment.Packages.Wal, p.Deployment.Objects.Treasury = chain.Coin.Package, chain.Coin.Treasury
		p.Step = PublishContracts
	}
	return p, nil
}

// Program is the transaction of the present step, to be sent by Sender. It fails as move.Set.Link does.
func (p *Publication) Program(set *move.Set) (ptb.Program, error) {
	b, d := ptb.NewBuilder(), &p.Deployment
	switch p.Step {
	case PublishCoin, PublishContracts, PublishReads:
		name := map[Step]string{PublishCoin: "wal", PublishContracts: "floe", PublishReads: "floe_reads"}[p.Step]
		linked, err := set.Link(name, map[string]move.Address{"wal": move.Address(d.Packages.Wal), "floe": move.Address(d.Packages.Floe)})
		if err != nil {
			return ptb.Program{}, err
		}
		upgradeCap := b.Publish(contract.Modules(linked), contract.Dependencies(linked))
		if p.Step == PublishContracts {
			b.Transfer(p.Sender, upgradeCap)
		} else { // Nobody is to change what holds others' money.
			b.Call(ptb.ShortAddress(2), "package", "make_immutable", nil, upgradeCap)
		}
	case StartNetwork:
		emergency := d.StartNetwork(b, b.Owned(p.GenesisCap), b.Owned(p.UpgradeCap), p.Config.Parameters())
		b.Transfer(p.Sender, emergency)
	case CreateLightNodes:
		l := p.Config.LightNodes
		d.CreateLightNodes(b, b.Owned(p.LightNodesCap), l.Bond, l.Blames, p.Config.leave().ms())
	default:
		return ptb.Program{}, fmt.Errorf("%w: the network is there", ErrMissing)
	}
	return b.Program()
}

// Executed goes on to the next step, with everything that the transaction of the present one made. It fails with ErrMissing, and
// then stays where it was.
func (p *Publication) Executed(made []Created) error {
	next := *p
	d, f := &next.Deployment, finder{made: made}
	switch p.Step {
	case PublishCoin:
		d.Packages.Wal = f.published()
		d.Objects.Treasury = f.shared(d, object.Name{Package: "wal", Module: "wal", Struct: "ProtectedTreasury"})
	case PublishContracts:
		d.Packages.Floe = f.published()
		d.Packages.FloeLatest = d.Packages.Floe
		next.GenesisCap = find[object.GenesisCap](&f, d).Ref
		next.UpgradeCap = find[object.UpgradeCap](&f, d).Ref
	case StartNetwork:
		d.Objects.System = shared[object.System](&f, d)
		d.Objects.Ledger = shared[object.Ledger](&f, d)
		d.Objects.Staking = shared[object.Staking](&f, d)
		d.Objects.UpgradeManager = shared[object.UpgradeManager](&f, d)
		next.EmergencyCap = find[object.EmergencyUpgradeCap](&f, d).Ref.ID
	case PublishReads:
		d.Packages.FloeReads = f.published()
		next.LightNodesCap = find[object.LightNodesCap](&f, d).Ref
	case CreateLightNodes:
		d.Objects.LightNodes = shared[object.LightNodes](&f, d)
	default:
		return fmt.Errorf("%w: the network is there", ErrMissing)
	}
	if f.err != nil {
		return fmt.Errorf("to %s: %w", p.Step, f.err)
	}
	next.Step++
	*p = next
	return nil
}

// finder finds what a transaction made, until something is missing.
type finder struct {
	made []Created
	err  error
}

func (f *finder) find(what string, is func(*Created) bool) Created {
	for i := range f.made {
		if is(&f.made[i]) {
			return f.made[i]
		}
	}
	if f.err == nil {
		f.err = fmt.Errorf("%w: %s", ErrMissing, what)
	}
	return Created{}
}

func (f *finder) published() ptb.Address {
	return f.find("a package", func(c *Created) bool { return c.Type == nil }).Ref.ID
}

func (f *finder) shared(d *contract.Deployment, n object.Name) contract.SharedObject {
	tag := d.Type(n).String()
	c := f.find("a shared "+n.String(), func(c *Created) bool { return c.Type != nil && c.SharedAt > 0 && c.Type.String() == tag })
	return contract.SharedObject{ID: c.Ref.ID, InitialVersion: c.SharedAt}
}

// shared finds the shared object of a type.
func shared[T object.Known](f *finder, d *contract.Deployment) contract.SharedObject {
	return f.shared(d, object.NameOf[T]())
}

// find finds the object of a type.
func find[T object.Known](f *finder, d *contract.Deployment) Created {
	n := object.NameOf[T]()
	tag := d.Type(n).String()
	return f.find("a "+n.String(), func(c *Created) bool { return c.Type != nil && c.Type.String() == tag })
}
