package ledger

import (
	"errors"
	"fmt"
	"time"

	"github.com/floe-network/floe/staking/devchain/ledger/store"
	"github.com/floe-network/floe/staking/devchain/movevm/transaction"
)

func isRefused(err error) bool { return errors.Is(err, transaction.ErrRefused) }

func missing(what string, n uint64) error {
	return fmt.Errorf("%w: %s %d is missing", store.ErrCorrupt, what, n)
}

func clockError(by time.Duration) error {
	return fmt.Errorf("%w: by %s, want 0 to %s", ErrClock, by, maxAdvance)
}
