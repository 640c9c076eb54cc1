package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/semaphore"

	"github.com/floe-network/floe/node/store/disk"
	"github.com/floe-network/floe/node/store/index"
	"github.com/floe-network/floe/node/store/record"
	"github.com/floe-network/floe/node/store/segment"
)

// Files is a store in a directory.
type Files struct {
	layout      layout
	log         *slog.Logger
	packBelow   int64
	segmentSize int64

	index  *index.Index
	ledger *ledger
	lock   io.Closer

	gate    gate
	files   *semaphore.Weighted // descriptors
	pending *semaphore.Weighted // bytes of records on their way to the committer
	temps   atomic.Uint64       // names of temporary files

	changes   chan *change
	committed chan struct{} // closed when the committer has ended
	active    atomic.Uint32 // the segment that is appended to, 0 none

	// Of the committer alone.
	writer      *segment.Writer
	nextSegment uint32
	knownDirs   map[string]bool // whose entry in the directory above is durable
	dirtyDirs   map[string]bool // with removals that are not

	ctx         context.Context // of the maintenance and of checks: ends with Close
	cancel      context.CancelCauseFunc
	wake        chan struct{}
	pressed     atomic.Bool   // a put was refused for lack of space
	swept       chan struct{} // closed when what a crash left is swept up
	maintenance sync.WaitGroup

	closeOnce sync.Once
	closeErr  error
}

// Open opens the store in dir, and makes it if dir is missing or empty. What a crash has left unfinished is swept up, the
// rest of it in the background. Errors: ErrLocked, ErrVersion.
func Open(dir string, o Options) (*Files, error) {
	s, err := open(dir, o)
	if err != nil {
		return nil, fmt.Errorf("open the sliver store in %s: %w", dir, err)
	}
	return s, nil
}

func open(dir string, o Options) (*Files, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	dir, err = filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if err := o.FS.MkdirAll(dir, disk.DirMode); err != nil {
		return nil, err
	}
	l := layout{fs: o.FS, dir: dir}
	lock, err := o.FS.Lock(l.path(lockFile))
	if err != nil {
		return nil, err
	}
	s := &Files{
		layout:      l,
		log:         o.Logger,
		packBelow:   o.packBelow,
		segmentSize: o.segmentSize,
		lock:        lock,
		files:       semaphore.NewWeighted(openFiles),
		pending:     semaphore.NewWeighted(pendingBytes),
		changes:     make(chan *change, maxGroup),
		committed:   make(chan struct{}),
		writer:      segment.NewWriter(o.FS, l.path(segmentDir)),
		knownDirs:   make(map[string]bool),
		dirtyDirs:   make(map[string]bool),
		wake:        make(chan struct{}, 1),
		swept:       make(chan struct{}),
	}
	s.ctx, s.cancel = context.WithCancelCause(context.Background())
	clean, err := s.load(o)
	if err != nil {
		return nil, errors.Join(err, s.shut())
	}
	go s.commitAll()
	s.maintenance.Go(func() { s.maintain(!clean) })
	s.wakeMaintenance()
	return s, nil
}

// load brings the data directory and the index up. clean is false after a crash.
func (s *Files) load(o Options) (clean bool, err error) {
	if err := s.layout.create(); err != nil {
		return false, err
	}
	ballast := disk.NewBallast(s.layout.fs, s.layout.path(ballastFile), o.ballastSize)
	s.index, err = index.Open(ballast.FS(), s.layout.path(indexDir), o.memTable, s.log)
	if err != nil {
		return false, err
	}
	fresh, clean, err := s.index.State()
	if err != nil {
		return false, err
	}
	if fresh {
		if err := s.layout.checkEmpty(); err != nil {
			return false, err
		}
	}
	if err := s.index.Mark(false); err != nil {
		return false, err
	}
	segments, err := s.index.Segments()
	if err != nil {
		return false, err
	}
	totals, err := s.index.Totals()
	if err != nil {
		return false, err
	}
	s.ledger = &ledger{
		quota:    o.Quota,
		headroom: o.segmentSize,
		reserve:  o.Reserve,
		free:     func() (int64, bool) { return disk.Free(s.layout.fs, s.layout.dir) },
		index:    s.index,
		ballast:  ballast,
	}
	s.ledger.load(totals, segments)
	return clean, s.continueSegment()
}

// continueSegment goes on with the newest segment if it is as long as the index says. One with a torn tail behind its
// last record is left as it is: nothing is ever written over.
func (s *Files) continueSegment() error {
	newest := s.ledger.newest()
	s.nextSegment = newest + 1
	state, ok := s.ledger.segment(newest)
	if !ok || state.Size >= s.segmentSize {
		return nil
	}
	info, err := s.layout.fs.Stat(s.layout.segment(newest))
	if err != nil || info.Size() < state.Size {
		s.log.Error("the newest segment is shorter than it was, slivers are lost: run a check", "segment", newest, "want", state.Size, "error", err)
		return nil
	}
	if info.Size() > state.Size {
		s.ledger.grow(newest, info.Size())
		return nil
	}
	if err := s.writer.Continue(newest, state.Size); err != nil {
		return err
	}
	s.active.Store(newest)
	return nil
}

// Put stores a sliver. When it returns nil the sliver is durable. The sliver of a key never changes: putting it again does
// nothing. Errors: ErrFull, codec.ErrInvalid, ErrClosed; when ctx ends while Put waits for the disk the sliver may or may
// not be stored. body is not kept.
func (s *Files) Put(ctx context.Context, key Key, symbolSize int, body []byte) error {
	if err := s.put(ctx, Info{Key: key, SymbolSize: symbolSize, Size: int64(len(body))}, body); err != nil {
		return fmt.Errorf("put %s: %w", key, err)
	}
	return nil
}

func (s *Files) put(ctx context.Context, info Info, body []byte) error {
	if err := info.Validate(); err != nil {
		return err
	}
	if err := s.gate.enter(ctx); err != nil {
		return err
	}
	defer s.gate.leave()
	if _, found, err := s.index.Find(info.Key); err != nil || found {
		return err
	}
	if info.Size < s.packBelow {
		return s.putRecord(ctx, info, body)
	}
	return s.putFile(ctx, info, body)
}

func (s *Files) putRecord(ctx context.Context, info Info, body []byte) error {
	size := record.Size(info.Size)
	if err := s.promise(size, false); err != nil {
		return err
	}
	if err := s.pending.Acquire(ctx, size); err != nil {
		s.ledger.release(size)
		return err
	}
	return s.submit(ctx, &change{kind: putRecord, info: info, record: record.Encode(info, body), promised: size})
}

func (s *Files) putFile(ctx context.Context, info Info, body []byte) error {
	cost := fileCost(info.Size)
	if err := s.promise(cost, false); err != nil {
		return err
	}
	temp, err := s.writeTemp(ctx, info, body)
	if err != nil {
		s.ledger.release(cost)
		return full(err, cost)
	}
	return s.submit(ctx, &change{kind: putFile, info: info, temp: temp, promised: cost})
}

// writeTemp writes a synced file to the side.
func (s *Files) writeTemp(ctx context.Context, info Info, body []byte) (string, error) {
	if err := s.files.Acquire(ctx, 1); err != nil {
		return "", err
	}
	defer s.files.Release(1)
	path := s.layout.path(tempDir, strconv.FormatUint(s.temps.Add(1), 10))
	return path, disk.Write(s.layout.fs, path, record.AppendHeader(nil, info, body), body)
}

// Open opens a sliver for reading. Errors: ErrNotFound, ErrCorrupt, ErrClosed.
func (s *Files) Open(ctx context.Context, key Key) (*Reader, error) {
	r, err := s.open(ctx, key)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", key, err)
	}
	return r, nil
}

func (s *Files) open(ctx context.Context, key Key) (*Reader, error) {
	if err := s.gate.enter(ctx); err != nil {
		return nil, err
	}
	defer s.gate.leave()
	f := &sliverFile{store: s, key: key}
	if _, err := f.locate(); err != nil {
		return nil, err
	}
	return &Reader{info: f.body.Info, source: f}, nil
}

// Has reports whether a sliver is stored.
func (s *Files) Has(ctx context.Context, key Key) (bool, error) {
	if err := s.gate.enter(ctx); err != nil {
		return false, fmt.Errorf("has %s: %w", key, err)
	}
	defer s.gate.leave()
	_, found, err := s.index.Find(key)
	return found, err
}

// Delete removes a sliver. It is gone for good when Delete returns nil. Removing what is not there is no error. A reader
// that is open may go on until compaction takes the bytes away, then it gets ErrNotFound.
func (s *Files) Delete(ctx context.Context, key Key) error {
	err := s.gate.enter(ctx)
	if err == nil {
		defer s.gate.leave()
		err = s.submit(ctx, &change{kind: removeSliver, info: Info{Key: key}})
	}
	if err != nil {
		return fmt.Errorf("delete %s: %w", key, err)
	}
	return nil
}

// List returns up to limit slivers of a shard in order of blob id and axis, those after the given key or, when it is nil,
// from the first. The last key of a list is where the next begins; an empty list is the end.
func (s *Files) List(ctx context.Context, shard int, after *Key, limit int) ([]Info, error) {
	if err := checkList(shard, after, limit); err != nil {
		return nil, err
	}
	if err := s.gate.enter(ctx); err != nil {
		return nil, fmt.Errorf("list shard %d: %w", shard, err)
	}
	defer s.gate.leave()
	var list []Info
	err := s.index.List(shard, after, func(k Key, p index.Place) (bool, error) {
		list = append(list, p.Info(k))
		return len(list) < limit, canceled(ctx)
	})
	if err != nil {
		return nil, fmt.Errorf("list shard %d: %w", shard, err)
	}
	return list, nil
}

// Admit returns why a put that needs so many more bytes would be refused now, an error that is ErrFull, or nil.
func (s *Files) Admit(need int64) error {
	s.ledger.mu.Lock()
	defer s.ledger.mu.Unlock()
	return s.ledger.admit(need, false)
}

// Usage returns what is stored and how much more may be. It costs microseconds.
func (s *Files) Usage() Usage { return s.ledger.usage() }

// Close waits for what is under way, ends the store and gives up the lock. Later calls return what the first did.
func (s *Files) Close() error {
	s.closeOnce.Do(func() {
		s.gate.close()
		s.cancel(ErrClosed)
		s.maintenance.Wait()
		s.gate.wait()
		close(s.changes)
		<-s.committed
		s.syncRemovals()
		s.closeErr = errors.Join(s.index.Mark(true), s.shut())
	})
	return s.closeErr
}

// shut closes files and gives up the lock.
func (s *Files) shut() error {
	s.cancel(ErrClosed)
	err := s.writer.Close()
	if s.index != nil {
		err = errors.Join(err, s.index.Close())
	}
	return errors.Join(err, s.lock.Close())
}

// gate lets callers in until it is closed, and waits for them to leave.
type gate struct {
	mu     sync.Mutex
	closed bool
	inside sync.WaitGroup
}

func (g *gate) enter(ctx context.Context) error {
	if err := canceled(ctx); err != nil {
		return err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return ErrClosed
	}
	g.inside.Add(1)
	return nil
}

func (g *gate) leave() { g.inside.Done() }

func (g *gate) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = true
}

func (g *gate) wait() { g.inside.Wait() }
