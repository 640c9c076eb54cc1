// Package journal remembers the transaction that an account is sending, so that a process that ends in between sends the
// same again and no other. Two transactions of one account that use the same version of an object would lock it up until
// the epoch ends; therefore an account has one transaction under way at a time, over all processes of a machine.
package journal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/floe-network/floe/staking/sui/bcs"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// Signed is a signed transaction.
type Signed struct {
	Transaction []byte // BCS of a TransactionData
	Signature   []byte
}

// Digest names the transaction.
func (s Signed) Digest() ptb.Digest { return ptb.TransactionDigest(s.Transaction) }

// Journal is the lock on an account and the transaction that it has under way. It belongs to one goroutine.
type Journal struct {
	lock *os.File
	path string // of the transaction
}

// Open locks an account of a chain in a directory, which it makes. It waits for whoever has the lock until ctx is done, and
// then fails with ErrLocked. Close gives the lock up; so does the end of the process.
func Open(ctx context.Context, dir string, chain ptb.Digest, account ptb.Address) (*Journal, error) {
	if err := os.MkdirAll(dir, dirMode); err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	base := filepath.Join(dir, strings.TrimPrefix(account.String(), "0x")+"."+chain.String())
	// The file stays: if it were removed, another process could lock the removed one.
	lock, err := os.OpenFile(base+".lock", os.O_RDWR|os.O_CREATE, fileMode)
	if err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	j := &Journal{lock: lock, path: base + ".signed"}
	if err := j.acquire(ctx); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return j, nil
}

func (j *Journal) acquire(ctx context.Context) error {
	ticker := time.NewTicker(lockInterval)
	defer ticker.Stop()
	for {
		err := unix.Flock(int(j.lock.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if err == nil {
			return nil
		}
		if !errors.Is(err, unix.EWOULDBLOCK) && !errors.Is(err, unix.EINTR) {
			return fmt.Errorf("lock %s: %w", j.lock.Name(), err)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w: %s is locked: %w", ErrLocked, j.lock.Name(), context.Cause(ctx))
		case <-ticker.C:
		}
	}
}

// Close gives the lock up.
func (j *Journal) Close() error { return j.lock.Close() }

// record is what a file has.
type record struct {
	Signed Signed
	Sum    ptb.Digest
}

// sum is the digest of what is signed and the signature.
func sum(s Signed) (ptb.Digest, error) {
	b, err := bcs.Marshal(s)
	return ptb.Hash("floe::journal::Signed::", b), err
}

// Pending is the transaction under way, nil where there is none. It fails with ErrCorrupt.
func (j *Journal) Pending() (*Signed, error) {
	f, err := os.Open(j.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	defer f.Close() // only read from
	b, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	var r record
	if err := bcs.Unmarshal(b, maxFile, &r); err != nil {
		return nil, j.corrupt(err)
	}
	switch want, err := sum(r.Signed); {
	case err != nil:
		return nil, j.corrupt(err)
	case r.Sum != want:
		return nil, j.corrupt(errors.New("its checksum is wrong"))
	}
	return &r.Signed, nil
}

func (j *Journal) corrupt(why error) error {
	return fmt.Errorf("%w: %s: %w; when no transaction of the account has been sent since the epoch began, it may be removed", ErrCorrupt, j.path, why)
}

// Begin remembers a transaction before it is sent. It is on the disk when Begin returns. It fails with ErrPending while
// there is another.
func (j *Journal) Begin(s Signed) error {
	if _, err := os.Lstat(j.path); !errors.Is(err, fs.ErrNotExist) {
		return errors.Join(ErrPending, err)
	}
	check, err := sum(s)
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	b, err := bcs.Marshal(record{s, check})
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	if len(b) > maxFile {
		return fmt.Errorf("journal: a transaction of %d bytes", len(b))
	}
	// The name is there with all bytes or not at all.
	temporary := j.path + ".tmp"
	if err := write(temporary, b); err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	if err := os.Rename(temporary, j.path); err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	return j.syncDir()
}

func write(path string, b []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, fileMode)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// End forgets the transaction, whose end is known. It is gone from the disk when End returns.
func (j *Journal) End() error {
	if err := os.Remove(j.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("journal: %w", err)
	}
	return j.syncDir()
}

func (j *Journal) syncDir() error {
	d, err := os.Open(filepath.Dir(j.path))
	if err == nil {
		err = errors.Join(d.Sync(), d.Close())
	}
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	return nil
}
