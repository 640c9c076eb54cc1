// Package ledger is a chain that executes Sui's transactions by itself: it takes signed transactions one after the other,
// keeps what they do on disk, and seals them into checkpoints that its own committee certifies. It has no network.
//
// One goroutine writes. It takes the transactions that wait, executes each on what those before it left, and commits them
// together: an answer is given when what it says is on disk. Everybody else reads what is committed, and waits for
// checkpoints by WaitCheckpoint: a reader that is slow costs nothing.
//
// A checkpoint begins with the first transaction after the one before, or when it is sealed: the clock is set, and new
// randomness comes. Everything follows from the genesis, the transactions in their order, the times of checkpoints and
// where they end: the same gives the same digests.
package ledger

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/floe-network/floe/staking/devchain/genesis"
	"github.com/floe-network/floe/staking/devchain/ledger/store"
	"github.com/floe-network/floe/staking/devchain/movevm/execution"
	"github.com/floe-network/floe/staking/devchain/movevm/packages"
	"github.com/floe-network/floe/staking/devchain/movevm/transaction"
	"github.com/floe-network/floe/staking/sui/account"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// Options say how a chain runs. They may differ each time that it is opened.
type Options struct {
	// Interval is the time between checkpoints. With 0 there are checkpoints on demand only, and when one is full.
	Interval time.Duration
	// Epoch is how long an epoch lasts, at least; it ends with a checkpoint. 0 stands for DefaultEpoch.
	Epoch time.Duration
	// Clock is the host's time, nil for time.Now. The chain's is later where it was advanced, and never goes back.
	Clock func() time.Time
	// Retain is how many checkpoints are kept, with their transactions and the objects that these replaced. 0 stands for
	// DefaultRetain.
	Retain uint64
	// MinFree is how many bytes of the disk the chain leaves free: with less, nothing is executed and no checkpoints are
	// made, until there is more. 0 stands for DefaultMinFree.
	MinFree uint64
}

func (o Options) withDefaults() Options {
	if o.Epoch == 0 {
		o.Epoch = DefaultEpoch
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Retain == 0 {
		o.Retain = DefaultRetain
	}
	if o.MinFree == 0 {
		o.MinFree = DefaultMinFree
	}
	return o
}

// Ledger is an open chain. It is safe for concurrent use.
type Ledger struct {
	options    Options
	parameters genesis.Parameters
	chain      ptb.Digest
	db         *store.DB
	archive    *archive
	executor   *execution.Executor // on the archive: for types, and to be put on other stores
	validators *validators

	requests    chan *request
	simulations chan struct{} // has an element for each that runs
	quit        chan struct{} // closed by Close
	done        chan struct{} // closed when the writer has ended
	closing     sync.Once
	closed      error

	mu     sync.Mutex
	head   store.Head
	sealed chan struct{} // closed and replaced by each checkpoint
	broken error         // why the writer gave up
}

// Open opens the chain in a directory, or begins it there. Without parameters (nil) it opens what is there, or begins with
// those that have a seed of zeros; with others it fails with ErrGenesis where the chain began with others. It fails with
// store.ErrLocked, store.ErrFormat, store.ErrCorrupt and genesis.ErrParameters. The context bounds the opening.
func Open(ctx context.Context, dir string, p *genesis.Parameters, o Options) (*Ledger, error) {
	db, err := store.Open(dir)
	if err != nil {
		return nil, err
	}
	l := &Ledger{options: o.withDefaults(), db: db, requests: make(chan *request, maxQueue),
		simulations: make(chan struct{}, maxSimulations), quit: make(chan struct{}),
		done: make(chan struct{}), sealed: make(chan struct{})}
	w, err := l.load(ctx, dir, p)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("chain in %s: %w", dir, err), db.Close())
	}
	go func() {
		defer close(l.done)
		w.run()
	}()
	return l, nil
}

// load reads or makes the beginning, and makes the writer.
func (l *Ledger) load(ctx context.Context, dir string, p *genesis.Parameters) (*writer, error) {
	l.archive = &archive{db: l.db, staged: make(map[ptb.Address]*store.Object)}
	l.executor = execution.New(l.archive, transaction.DefaultLimits())
	head, err := l.db.Head()
	if err != nil {
		return nil, err
	}
	named, err := readName(dir)
	if err != nil {
		return nil, err
	}
	switch {
	case head == nil && named != "":
		return nil, fmt.Errorf("%w: chain %s was here, and its database is empty", store.ErrCorrupt, named)
	case head == nil:
		if p == nil {
			p = &genesis.Parameters{}
		}
		if head, err = l.create(ctx, *p); err != nil {
			return nil, err
		}
	default:
		if err := l.compare(p); err != nil {
			return nil, err
		}
	}
	if err := writeName(dir, named, head.Chain.String()); err != nil {
		return nil, err
	}
	l.chain, l.head = head.Chain, *head
	w := &writer{Ledger: l, head: *head}
	return w, w.reopen()
}

// nameFile has the digest of the genesis checkpoint, so that a chain whose database was lost is not begun anew unnoticed.
const nameFile = "chain"

// readName is the chain that the directory is of, as its file says; empty when there is none.
func readName(dir string) (string, error) {
	b, err := os.ReadFile(filepath.Join(dir, nameFile))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return strings.TrimSpace(string(b)), err
}

// writeName says what chain the directory is of, where it does not say so already.
func writeName(dir, named, chain string) error {
	if named == "" {
		return os.WriteFile(filepath.Join(dir, nameFile), []byte(chain+"\n"), 0o600)
	}
	if named != chain {
		return fmt.Errorf("%w: it is said to have chain %s, and has %s", store.ErrCorrupt, named, chain)
	}
	return nil
}

// compare reads what the chain began with, and compares it with what the caller says.
func (l *Ledger) compare(p *genesis.Parameters) error {
	kept, err := l.db.Parameters()
	if err != nil {
		return err
	}
	if p != nil {
		said, err := p.Encode()
		if err != nil {
			return err
		}
		if string(said) != string(kept) {
			return fmt.Errorf("%w: it began with other parameters", ErrGenesis)
		}
	}
	if l.parameters, err = genesis.Decode(kept); err != nil {
		return fmt.Errorf("%w: %w", store.ErrCorrupt, err)
	}
	l.validators = &validators{seed: l.parameters.Seed}
	return nil
}

// Close ends the chain: transactions that wait are not executed and fail with ErrClosed. It returns when everything has
// ended, reads and Snapshots as well.
func (l *Ledger) Close() error {
	l.closing.Do(func() {
		close(l.quit)
		<-l.done
		l.closed = l.db.Close()
	})
	return l.closed
}

// Chain names the chain: the digest of its genesis checkpoint.
func (l *Ledger) Chain() ptb.Digest { return l.chain }

// Head is where the chain stands, as of what is committed.
func (l *Ledger) Head() store.Head {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.head
}

// Latest is the sequence number of the last checkpoint.
func (l *Ledger) Latest() uint64 { return l.Head().Sequence - 1 }

// Lowest is the sequence number of the first checkpoint that is still kept.
func (l *Ledger) Lowest() uint64 { return l.Head().Lowest }

// GasPrice is the reference gas price, in MIST for a computation unit.
func (l *Ledger) GasPrice() uint64 {
	if l.parameters.GasPrice == 0 {
		return genesis.DefaultGasPrice
	}
	return l.parameters.GasPrice
}

// EpochLength is how long an epoch lasts, at least.
func (l *Ledger) EpochLength() time.Duration { return l.options.Epoch }

// FaucetKey is the key of the account that has all SUI that nobody had at the genesis.
func (l *Ledger) FaucetKey() *account.Key { return genesis.FaucetKey(l.parameters.Seed) }

// View has the published packages, linked, and their types.
func (l *Ledger) View() *packages.View { return l.executor.View() }

// Size is what the directory takes on disk, in bytes.
func (l *Ledger) Size() uint64 { return l.db.Size() }

// Check reads all that is kept and compares it, see store.Reader.Check.
func (l *Ledger) Check() error {
	s := l.Snapshot()
	return errors.Join(s.Check(), s.Close())
}

// WaitCheckpoint waits until a checkpoint is sealed. It fails with ErrClosed, with store.ErrBroken, and when the context
// ends.
func (l *Ledger) WaitCheckpoint(ctx context.Context, sequence uint64) error {
	for {
		l.mu.Lock()
		there, next := l.head.Sequence > sequence, l.sealed
		l.mu.Unlock()
		if there {
			return nil
		}
		select {
		case <-next:
		case <-l.done:
			return l.gone()
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// gone says why the writer has ended.
func (l *Ledger) gone() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.broken != nil {
		return l.broken
	}
	return ErrClosed
}
