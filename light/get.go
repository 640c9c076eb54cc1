package light

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/staking"
)

// GetOptions say how a blob is read. The zero value is the defaults.
type GetOptions struct {
	// Axes are the kinds of slivers to decode from, in the order in which they are tried. Empty: primary ones, of which
	// n-2f suffice, and secondary ones, of which n-f are needed, if primary ones do not suffice and secondary ones may.
	Axes []codec.Axis
	// Check says how far the decoded blob is checked for consistency.
	Check codec.Check
	// WithoutChain reads whatever nodes still give, without asking the chain whether the blob is certified, over or barred.
	WithoutChain bool
	// Events gets the progress; a full channel loses events. Get does not close it.
	Events chan<- Event
}

// GetResult says what a get did.
type GetResult struct {
	Blob codec.BlobID `json:"blob"`
	// Size of the blob in bytes.
	Size uint64 `json:"size"`
	// Axis of the Slivers that it was decoded from.
	Axis    codec.Axis `json:"-"`
	Slivers int        `json:"slivers"`
	// Bytes of sliver bodies that were received and verified.
	Bytes int64 `json:"bytes"`
	// Check that the decoded blob passed.
	Check codec.Check `json:"-"`
	// Unchecked: the chain was not asked. Otherwise State is what it said.
	Unchecked bool              `json:"unchecked"`
	State     staking.BlobState `json:"-"`
	// Epoch of the committee that gave the slivers, and its Members that were asked, by member index.
	Epoch   uint32         `json:"epoch"`
	Members []MemberReport `json:"members"`
}

// Get reads a blob into dst, which it truncates to the blob's size. Until it returns nil, dst holds nothing of use.
//
// It asks the chain first, and then the committee that serves blobs of that age (staking.Epochs.Readers). While shards move
// between committees, it falls back to the other one.
//
// Errors: ErrNotCertified, ErrEnded, ErrBarred, ErrChain, ErrNoCommittee, ErrNotFound, an *UnavailableError,
// codec.ErrInconsistent when the blob's writer encoded it wrongly (every reader gets that), those of the context, and those of
// dst.
func (c *Client) Get(ctx context.Context, id codec.BlobID, dst codec.Output, opts GetOptions) (*GetResult, error) {
	ctx, end, err := c.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	ev := events(opts.Events)
	r, err := c.newReading(ctx, id, opts.WithoutChain, ev)
	if err != nil {
		return nil, err
	}
	var res *GetResult
	err = r.from(ctx, func(com *staking.Committee) error {
		ev.send(Event{Phase: PhaseMetadata, Blob: id})
		m, reports, err := c.metadata(ctx, com, id)
		if err != nil {
			return err
		}
		if err := r.check(m); err != nil {
			return err
		}
		res, err = c.decode(ctx, com, id, m, dst, reports, opts)
		return err
	})
	if err != nil {
		return nil, err
	}
	res.Unchecked, res.State = !r.checked, r.state
	return res, nil
}

// decode reads the blob of m. reports are those of the members that were asked for m.
func (c *Client) decode(
	ctx context.Context, com *staking.Committee, id codec.BlobID, m *codec.Metadata, dst codec.Output, reports []MemberReport, opts GetOptions,
) (*GetResult, error) {
	ev := events(opts.Events)
	order := opts.Axes
	if len(order) == 0 {
		order = axes[:]
	}
	var first *UnavailableError
	for _, a := range order {
		if first != nil && !first.mayHelp(com, a) {
			continue
		}
		d, err := c.codec.NewDecoder(m, a, dst)
		if err != nil {
			return nil, fmt.Errorf("get of blob %s: %w", id, err)
		}
		f, err := newFetch(c, com, id, m, a, d, reports, ev)
		if err != nil {
			return nil, fmt.Errorf("get of blob %s: %w", id, err)
		}
		err = f.run(ctx)
		reports = mergeReports(reports, f.reports())
		var short *UnavailableError
		if errors.As(err, &short) {
			short.Members = reports
			if first == nil {
				first = short
			} else {
				first.Hint = fmt.Sprintf("Decoding from %s slivers was tried, too: %d are needed, at most %d can be had. Try again when more nodes are back", a, short.Need, short.Have)
			}
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("get of blob %s: %w", id, err)
		}
		ev.send(Event{Phase: PhaseDecode, Blob: id})
		if err := d.Finish(ctx, opts.Check); err != nil {
			if cause := ended(ctx); cause != nil {
				err = cause
			}
			return nil, fmt.Errorf("get of blob %s: %w", id, err)
		}
		return &GetResult{
			Blob: id, Size: m.Length, Axis: a, Slivers: com.Params().SourceSlivers(a), Bytes: f.bytes, Check: opts.Check,
			Epoch: com.Epoch(), Members: reports,
		}, nil
	}
	first.Members = reports
	return nil, first
}

// mayHelp reports whether slivers of the axis can suffice although those that e is about do not.
func (e *UnavailableError) mayHelp(com *staking.Committee, a codec.Axis) bool {
	return e.reachable >= com.Params().SourceSlivers(a)
}

// mergeReports returns one report for each member that has one in a or b.
func mergeReports(a, b []MemberReport) []MemberReport {
	list := slices.Clone(a)
	for _, r := range b {
		i := slices.IndexFunc(list, func(x MemberReport) bool { return x.Member == r.Member })
		if i < 0 {
			list = append(list, r)
			continue
		}
		x := &list[i]
		x.Slivers += r.Slivers
		x.Bytes += r.Bytes
		x.Took += r.Took
		// What went wrong last says most, except that a lie is never forgotten.
		if x.Cause != CauseLied {
			x.Done, x.Cause, x.Problem = r.Done, r.Cause, r.Problem
		}
	}
	slices.SortFunc(list, func(x, y MemberReport) int { return x.Member - y.Member })
	return list
}

// GetFile reads a blob into the file at path. The file appears, complete and checked, when GetFile returns nil, in the
// place of any file there; otherwise nothing changes.
func (c *Client) GetFile(ctx context.Context, id codec.BlobID, path string, opts GetOptions) (res *GetResult, err error) {
	f, err := createPart(filepath.Dir(path))
	if err != nil {
		return nil, fmt.Errorf("get of blob %s: %w", id, err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	res, err = c.Get(ctx, id, f, opts)
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return nil, err
	}
	return res, nil
}

// createPart makes a file for what is not complete yet, with the permissions that the user's files have.
func createPart(dir string) (*os.File, error) {
	return os.OpenFile(filepath.Join(dir, ".floe-"+rand.Text()+".part"), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666) //nolint:gosec // umask decides
}
