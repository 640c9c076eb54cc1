package light

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/p2p/request"
	"github.com/floe-network/floe/staking"
)

// RangeOptions say how a range is read. The zero value is the defaults.
type RangeOptions struct {
	// Dir is where the temporary file of the whole blob goes if a sliver of the range cannot be had. Empty: the system's.
	Dir string
	// Check is for the decoded blob in that case.
	Check codec.Check
	// WithoutChain is as in GetOptions.
	WithoutChain bool
	// Events gets the progress; a full channel loses events. GetRange does not close it.
	Events chan<- Event
}

// RangeResult says what a range read did.
type RangeResult struct {
	Blob codec.BlobID `json:"blob"`
	// Size of the whole blob in bytes.
	Size uint64 `json:"size"`
	// Offset and Length of what was written: the range, cut at the end of the blob.
	Offset int64 `json:"offset"`
	Length int64 `json:"length"`
	// Slivers and Bytes that were received for it.
	Slivers int   `json:"slivers"`
	Bytes   int64 `json:"bytes"`
	// WholeBlobChecked is false when the range came from its systematic slivers alone. They match the blob id, but whether
	// all readers get these bytes, whichever slivers they decode from, takes the whole blob to say. It is true when the
	// whole blob had to be decoded and passed its check.
	WholeBlobChecked bool `json:"whole_blob_checked"`
	// Unchecked: the chain was not asked.
	Unchecked bool `json:"unchecked"`
	// Epoch of the committee that gave the last slivers, and its Members that were asked, by member index.
	Epoch   uint32         `json:"epoch"`
	Members []MemberReport `json:"members"`
}

// GetRange writes length bytes of the blob at offset to w, or what there is up to the blob's end; a negative length means
// all up to the end. It fetches the systematic primary slivers that the range covers, whole, because only a whole sliver
// can be verified. If one of them cannot be had, it decodes the whole blob.
//
// Errors are those of Get, and ErrRange for an offset behind the end. After an error, w may have got a correct beginning of
// the range.
func (c *Client) GetRange(ctx context.Context, id codec.BlobID, offset, length int64, w io.Writer, opts RangeOptions) (*RangeResult, error) {
	ctx, end, err := c.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	ev := events(opts.Events)
	where, err := c.newReading(ctx, id, opts.WithoutChain, ev)
	if err != nil {
		return nil, err
	}
	r := &rangeReader{c: c, id: id, w: w, events: ev}
	var reports []MemberReport
	err = where.from(ctx, func(com *staking.Committee) (err error) {
		ev.send(Event{Phase: PhaseMetadata, Blob: id})
		r.com = com
		r.m, reports, err = c.metadata(ctx, com, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := where.check(r.m); err != nil {
		return nil, err
	}
	res := &RangeResult{Blob: id, Size: r.m.Length, Offset: offset, Unchecked: !where.checked, Epoch: r.com.Epoch(), Members: reports}
	r.res = res
	if res.Length, err = clipRange(offset, length, r.m.Length); err != nil {
		return nil, fmt.Errorf("blob %s: %w", id, err)
	}
	if res.Length == 0 {
		return res, nil
	}
	err = r.run(ctx)
	if err == nil {
		return res, nil
	}
	if cause := ended(ctx); cause != nil {
		err = cause
	}
	if !errors.Is(err, errNoSliver) {
		return nil, fmt.Errorf("get range of blob %s: %w", id, err)
	}
	where.asked = nil
	if err := r.whole(ctx, where, opts); err != nil {
		return nil, err
	}
	return res, nil
}

// clipRange returns the length of the part of a range that is inside the blob.
func clipRange(offset, length int64, size uint64) (int64, error) {
	if offset < 0 || uint64(offset) > size {
		return 0, fmt.Errorf("%w: offset %d, the blob has %d bytes", ErrRange, offset, size)
	}
	if size > math.MaxInt64 {
		return 0, fmt.Errorf("%w: the blob has %d bytes", ErrRange, size)
	}
	rest := int64(size) - offset
	if length < 0 {
		return rest, nil
	}
	return min(length, rest), nil
}

// errNoSliver: a systematic sliver cannot be had from its one holder.
var errNoSliver = errors.New("a sliver of the range cannot be had")

// rangeReader reads one range.
type rangeReader struct {
	c      *Client
	com    *staking.Committee
	id     codec.BlobID
	m      *codec.Metadata
	w      io.Writer
	events events
	res    *RangeResult

	done int64 // bytes of the range that w has
}

// rangeSliver is one sliver on its way.
type rangeSliver struct {
	report MemberReport
	sliver *codec.Sliver
	err    error
}

// run writes the range from systematic slivers. They are fetched in parallel and written in order; as many are under way or
// waiting to be written as fit the bytes in flight.
func (r *rangeReader) run(ctx context.Context) error {
	s, err := r.com.Params().SymbolSize(r.m.Length)
	if err != nil {
		return err
	}
	row := int64(r.com.Params().Cols()) * int64(s)
	size := int64(r.com.Params().SliverBCSSize(codec.Primary, s))
	next, last := int(r.res.Offset/row), int((r.res.Offset+r.res.Length-1)/row)
	total := int64(last - next + 1)

	ctx, cancel := context.WithCancel(ctx)
	var queue []chan rangeSliver
	defer func() {
		cancel()
		for _, q := range queue {
			<-q
		}
	}()
	window := int(max(1, r.c.limits.total/size))
	for at := next; at <= last; at++ {
		for ; next <= last && len(queue) < window; next++ {
			q, index := make(chan rangeSliver, 1), next
			queue = append(queue, q)
			go func() { q <- r.fetch(ctx, index, s, size) }()
		}
		got := <-queue[0]
		queue = queue[1:]
		r.res.Members = mergeReports(r.res.Members, []MemberReport{got.report})
		if got.err != nil {
			return fmt.Errorf("%w: %w", errNoSliver, got.err)
		}
		r.res.Slivers++
		r.res.Bytes += size
		begin := int64(at) * row
		from, to := max(r.res.Offset, begin), min(r.res.Offset+r.res.Length, begin+row)
		n, err := r.w.Write(got.sliver.Data[from-begin : to-begin])
		r.done += int64(n)
		if err != nil {
			return err
		}
		r.events.send(Event{
			Phase: PhaseFetch, Blob: r.id, Done: int64(r.res.Slivers), Total: total, Bytes: r.res.Bytes, BytesTotal: total * size,
		})
	}
	return nil
}

// fetch gets and verifies one systematic sliver.
func (r *rangeReader) fetch(ctx context.Context, index, symbolSize int, size int64) (got rangeSliver) {
	p := r.com.Params()
	ref := request.SliverRef{Blob: r.id, Pair: p.PairIndex(index, codec.Primary), Axis: codec.Primary}
	got.report = newReport(r.com, r.com.MemberOfShard(p.PairShard(r.id, ref.Pair)))
	from := got.report.Peer
	// One node has this sliver: waiting longer for it than for a whole blob from the others would not help.
	limited, cancel := context.WithTimeout(ctx, rangeTimeout+transferTime(size, floorRate))
	defer cancel()
	if got.err = r.c.connect(limited, from); got.err == nil {
		got.err = r.c.retried(limited, from, size, func(ctx context.Context) (err error) {
			got.sliver, err = r.c.net.GetSliver(ctx, from, ref, symbolSize)
			return err
		})
	}
	if limited.Err() != nil && ctx.Err() == nil {
		r.c.book.failed(from)
	}
	if got.err == nil {
		got.err = r.c.verifySliver(ctx, from, r.m, got.sliver)
	}
	if got.err != nil {
		got.report.fail(got.err)
		return got
	}
	got.report.Done, got.report.Slivers, got.report.Bytes = true, 1, size
	return got
}

// whole decodes the blob into a temporary file and writes the rest of the range from there.
func (r *rangeReader) whole(ctx context.Context, where *reading, opts RangeOptions) (err error) {
	f, err := os.CreateTemp(opts.Dir, "floe-range-*")
	if err != nil {
		return fmt.Errorf("get range of blob %s: %w", r.id, err)
	}
	defer func() { err = errors.Join(err, f.Close(), os.Remove(f.Name())) }()
	var res *GetResult
	err = where.from(ctx, func(com *staking.Committee) (err error) {
		var reports []MemberReport // their indexes are a committee's
		if com.Epoch() == r.com.Epoch() {
			reports = r.res.Members
		}
		res, err = r.c.decode(ctx, com, r.id, r.m, f, reports, GetOptions{Check: opts.Check, Events: opts.Events})
		return err
	})
	if err != nil {
		return err
	}
	r.res.Epoch, r.res.Members = res.Epoch, res.Members
	r.res.Slivers += res.Slivers
	r.res.Bytes += res.Bytes
	r.res.WholeBlobChecked = opts.Check != codec.Skip
	n, err := io.Copy(r.w, io.NewSectionReader(f, r.res.Offset+r.done, r.res.Length-r.done))
	r.done += n
	if err != nil {
		return fmt.Errorf("get range of blob %s: %w", r.id, err)
	}
	return nil
}
