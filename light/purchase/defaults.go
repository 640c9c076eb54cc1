package purchase

import "time"

// Every choice of a number in this package.
const (
	// buyTries is how often a put decides anew what to buy because, before the chain had its order, the price changed or the
	// account got something else. Prices change once an epoch, and an account has few programs.
	buyTries = 4
	// certifyTries is how often confirmations are collected for a certificate: again when the epoch changed before the chain
	// had it. Epochs last days; more than one change in a put happens where they are made short for a test.
	certifyTries = 4
	// certifyPause, doubling, is between two of them when the chain refuses the epoch of a certificate although it says no
	// newer one: another endpoint is behind, by seconds.
	certifyPause = 2 * time.Second
)
