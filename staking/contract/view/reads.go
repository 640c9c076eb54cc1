package view

import (
	"crypto/ed25519"

	"github.com/floe-network/floe/staking/contract"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// lightNodes adds a call that looks at the light nodes.
func lightNodes(d *contract.Deployment, b *ptb.Builder, function string, args ...ptb.Argument) ptb.Argument {
	return d.Reads(b, "light_node", function, append([]ptb.Argument{d.Objects.LightNodes.Read(b)}, args...)...)
}

// LightNodeActive says whether a key is registered and not leaving.
func LightNodeActive(d *contract.Deployment, b *ptb.Builder, key ed25519.PublicKey) View[bool] {
	return Of[bool]("light_node::is_active", lightNodes(d, b, "is_active", b.Pure([]byte(key))))
}

// LightNodeParameters are what light nodes have to go by.
type LightNodeParameters struct {
	Bond    uint64
	Blames  uint64 // in an epoch
	LeaveMS uint64 // from leaving to the return of the bond
}

// LightNodeRules are the parameters of light nodes.
func LightNodeRules(d *contract.Deployment, b *ptb.Builder) View[LightNodeParameters] {
	return several[LightNodeParameters]("light_node::parameters", 3, lightNodes(d, b, "parameters"))
}

// LightNodePayout is where a light node is paid.
func LightNodePayout(d *contract.Deployment, b *ptb.Builder, key ed25519.PublicKey) View[ptb.Address] {
	return Of[ptb.Address]("light_node::payout", lightNodes(d, b, "payout", b.Pure([]byte(key))))
}

// LightNodeNonce is the nonce of a light node's next call.
func LightNodeNonce(d *contract.Deployment, b *ptb.Builder, key ed25519.PublicKey) View[uint64] {
	return Of[uint64]("light_node::nonce", lightNodes(d, b, "nonce", b.Pure([]byte(key))))
}

// BountyRemaining is how many symbols can still be paid for.
func BountyRemaining(d *contract.Deployment, b *ptb.Builder, bounty contract.SharedObject) View[uint64] {
	return Of[uint64]("bounty::remaining", d.Reads(b, "bounty", "remaining", bounty.Read(b)))
}

// BountyReserved is how many different symbols are committed to.
func BountyReserved(d *contract.Deployment, b *ptb.Builder, bounty contract.SharedObject) View[uint64] {
	return Of[uint64]("bounty::reserved", d.Reads(b, "bounty", "reserved", bounty.Read(b)))
}

// BountyDeposit is what is deposited for each committed symbol.
func BountyDeposit(d *contract.Deployment, b *ptb.Builder, bounty contract.SharedObject) View[uint64] {
	return Of[uint64]("bounty::deposit", d.Reads(b, "bounty", "deposit", bounty.Read(b)))
}

// BountyPaid says whether a symbol is paid for.
func BountyPaid(d *contract.Deployment, b *ptb.Builder, bounty contract.SharedObject, symbol contract.Symbol) View[bool] {
	return Of[bool]("bounty::is_paid", d.Reads(b, "bounty", "is_paid", bounty.Read(b), b.Pure(symbol)))
}
