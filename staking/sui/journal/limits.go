package journal

import (
	"errors"
	"os"
	"time"
)

const (
	// fileMode and dirMode let nobody but the owner in: what an account does is its owner's business.
	fileMode os.FileMode = 0o600
	dirMode  os.FileMode = 0o700
	// maxFile is the most bytes of a file: the largest transaction and its signature, with what is around them.
	maxFile = 128<<10 + 1<<10
	// lockInterval between attempts to get a lock that another process has.
	lockInterval = 50 * time.Millisecond
)

// Errors that callers ask for.
var (
	// ErrLocked: another process, or another part of this one, is sending a transaction of the account.
	ErrLocked = errors.New("the account is sending another transaction")
	// ErrPending: there is a transaction already whose end is not known.
	ErrPending = errors.New("a transaction of the account has not ended")
	// ErrCorrupt: the file has something else than was written.
	ErrCorrupt = errors.New("damaged journal of transactions")
)
