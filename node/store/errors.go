package store

import (
	"errors"
	"fmt"

	"github.com/floe-network/floe/node/store/disk"
	"github.com/floe-network/floe/node/store/index"
	"github.com/floe-network/floe/node/store/record"
)

var (
	// ErrNotFound: there is no such sliver or metadata.
	ErrNotFound = index.ErrNotFound
	// ErrCorrupt: what is stored is missing or does not match its checksums. Delete it and fetch it again.
	ErrCorrupt = record.ErrCorrupt
	// ErrFull: there is no room. Every such error is a *FullError.
	ErrFull = errors.New("store is full")
	// ErrLocked: another process (or this one) has the data directory open.
	ErrLocked = disk.ErrLocked
	// ErrVersion: the data directory was written by a newer program.
	ErrVersion = errors.New("data directory has a newer format")
	// ErrClosed: the store was closed.
	ErrClosed = errors.New("store is closed")
)

// Limit is what a full store ran into.
type Limit string

// The limits.
const (
	// LimitQuota: the configured bytes of this store.
	LimitQuota Limit = "quota"
	// LimitReserve: the space that is kept free on the file system.
	LimitReserve Limit = "reserve"
	// LimitDisk: the file system itself, or the quota it sets for the user.
	LimitDisk Limit = "disk"
)

// FullError says why a put was refused, in bytes.
type FullError struct {
	Limit Limit
	Need  int64 // by the put
	// Used and Max of the quota (LimitQuota); free bytes and the reserve (LimitReserve); free bytes and what must be free
	// before the store takes anything again, after the disk was full (LimitDisk), 0 when it is just now.
	Used, Max int64
	Err       error // the system's error, LimitDisk only
}

func (e *FullError) Error() string {
	switch e.Limit {
	case LimitQuota:
		return fmt.Sprintf("%s: %s used and promised of a quota of %s, %s more are needed: raise the quota or wait until blobs expire",
			ErrFull, bytesText(e.Used), bytesText(e.Max), bytesText(e.Need))
	case LimitReserve:
		return fmt.Sprintf("%s: %s are free on the file system, of which %s are kept in reserve, %s more are needed: free some space or lower the reserve",
			ErrFull, bytesText(e.Used), bytesText(e.Max), bytesText(e.Need))
	case LimitDisk:
		if e.Max > 0 {
			return fmt.Sprintf("%s: the disk was full, %s are free: free at least %s", ErrFull, bytesText(e.Used), bytesText(e.Max))
		}
		fallthrough
	default:
		return fmt.Sprintf("%s: the file system refused %s: %v: free some space", ErrFull, bytesText(e.Need), e.Err)
	}
}

// full makes a FullError of what the file system says when it is full, and leaves other errors alone.
func full(err error, need int64) error {
	if err != nil && disk.NoSpace(err) {
		return &FullError{Limit: LimitDisk, Need: need, Err: err}
	}
	return err
}

// Is makes errors.Is(err, ErrFull) hold.
func (e *FullError) Is(target error) bool { return target == ErrFull }

// Unwrap returns the system's error.
func (e *FullError) Unwrap() error { return e.Err }

func bytesText(n int64) string {
	const unit = 1024
	if n < 10*unit {
		return fmt.Sprintf("%d B", n)
	}
	v, i := float64(n)/unit, 0
	for ; v >= 10*unit && i < len(unitNames)-1; i++ {
		v /= unit
	}
	return fmt.Sprintf("%.1f %s", v, unitNames[i])
}

var unitNames = [...]string{"KiB", "MiB", "GiB", "TiB"}
