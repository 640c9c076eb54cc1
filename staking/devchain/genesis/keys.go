package genesis

import (
	"golang.org/x/crypto/blake2b"

	"github.com/floe-network/floe/staking/sui/account"
)

// Secret derives bytes for a purpose from the seed of a chain.
func Secret(seed [32]byte, purpose string) [32]byte {
	return blake2b.Sum256(append([]byte("floe dev chain::"+purpose+"::"), seed[:]...))
}

// FaucetKey is the key of the account that has all SUI that nobody has from the beginning.
func FaucetKey(seed [32]byte) *account.Key { return account.FromSeed(Secret(seed, "faucet")) }
