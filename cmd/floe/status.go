package main

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/light"
	"github.com/floe-network/floe/staking"
)

// maxChainLag is how far behind the chain a node may be before it is pointed out: nodes hear of it at least every half minute,
// and one that has not for a minute confirms nothing once its epoch may be over.
const maxChainLag = time.Minute

func newStatus(out *console) *cobra.Command {
	var network string
	cmd := &cobra.Command{
		Use:   "status --network NET [ID]",
		Short: "Show the network's nodes, or who holds a blob",
		Long: `Ask every node of the network how it is, and with a blob ID what it holds of that blob. LAG is how old the latest of the
chain is that a node has seen; nodes that are more than a minute behind are pointed out. Exit code 4 if fewer nodes answer
than a write needs (without ID) or than reading the blob needs (with ID), 3 if nobody knows the blob.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return withSession(cmd.Context(), network, func(s *session) error { return networkStatus(cmd.Context(), out, s) })
			}
			id, err := codec.ParseBlobID(args[0])
			if err != nil {
				return err
			}
			return withSession(cmd.Context(), network, func(s *session) error { return blobStatus(cmd.Context(), out, s, id) })
		},
	}
	networkFlag(cmd, &network)
	return cmd
}

// networkStatus asks every node how it is.
func networkStatus(ctx context.Context, out *console, s *session) error {
	members, err := s.Nodes(ctx)
	if err != nil {
		return err
	}
	com := s.committee
	reachable, accepting := 0, 0
	table := newTable("NODE", "SHARDS", "EPOCH", "VERSION", "UPTIME", "USED", "LAG", "PUTS", "LATENCY")
	var notes strings.Builder
	for i := range members {
		m := &members[i]
		if !m.Reachable {
			table.row(short(m.Peer), m.Shards, "-", "-", "-", "-", "-", m.Cause, "-")
			continue
		}
		notes.WriteString(chainNote(m))
		reachable += m.Shards
		puts := "accepted"
		if m.Node.AcceptsPuts {
			accepting += m.Shards
		} else {
			puts = m.Node.PutsRefused
		}
		used := formatBytes(int64(m.Node.UsedBytes))
		if m.Node.QuotaBytes > 0 {
			used += " of " + formatBytes(int64(m.Node.QuotaBytes))
		}
		table.row(short(m.Peer), m.Shards, m.Node.Epoch, m.Node.Version, formatDuration(m.Node.Uptime), used, formatDuration(m.Node.ChainLag), puts, formatDuration(m.Took))
	}
	text := fmt.Sprintf("network %s, epoch %d, %d shards on %d nodes\n%s%s%d of %d shards answer, %d accept puts (a put needs %d, a get %d)\n",
		com.Network(), com.Epoch(), com.Params().Shards(), com.Size(), table, &notes, reachable, com.Params().Shards(), accepting, com.QuorumWeight(), com.Params().Rows())
	err = out.result(map[string]any{
		"network": com.Network(), "epoch": com.Epoch(), "shards": com.Params().Shards(), "reachable": reachable, "accepting_puts": accepting, "members": members,
	}, text)
	if err == nil && !com.Quorum(reachable) {
		err = reported{fmt.Errorf("%w: %d of %d shards answer, a put needs %d", light.ErrUnavailable, reachable, com.Params().Shards(), com.QuorumWeight())}
	}
	return err
}

// chainNote says in a line how far a node is behind the chain, and why if it knows; empty when it follows.
func chainNote(m *light.MemberStatus) string {
	var note string
	switch lag, problem := m.Node.ChainLag, m.Node.ChainProblem; {
	case lag > maxChainLag && problem != "":
		note = fmt.Sprintf("is %s behind the chain: %s", formatDuration(lag), problem)
	case lag > maxChainLag:
		note = fmt.Sprintf("is %s behind the chain", formatDuration(lag))
	case problem != "":
		note = "does not follow the chain: " + problem
	default:
		return ""
	}
	return fmt.Sprintf("node %s %s\n", short(m.Peer), note)
}

// blobStatus asks the chain about a blob, and every node what it holds of it.
func blobStatus(ctx context.Context, out *console, s *session, id codec.BlobID) error {
	state, err := s.chain.BlobState(ctx, id)
	if err != nil {
		return err
	}
	st, err := s.Status(ctx, id, light.StatusOptions{})
	if err != nil {
		return err
	}
	table := newTable("NODE", "SHARDS", "METADATA", "PRIMARY", "SECONDARY", "REGISTERED", "NOTE")
	for i := range st.Members {
		m := &st.Members[i]
		if !m.Reachable {
			table.row(short(m.Peer), m.Shards, "-", "-", "-", "-", fmt.Sprint(m.Cause))
			continue
		}
		table.row(short(m.Peer), m.Shards, yesNo(m.Blob.Metadata), m.Blob.PrimaryHeld, m.Blob.SecondaryHeld, yesNo(m.Blob.Registered), m.Problem)
	}
	text := fmt.Sprintf("blob %s, epoch %d: %s\n%sreadable: %s (%d of %d primary slivers; %d are needed)\n",
		id, st.Epoch, onChain(state), table, yesNo(st.Readable), st.Primary, st.Total, s.committee.Params().Rows())
	if err := out.result(struct {
		*light.Status
		Chain blobStateJSON `json:"chain"`
	}{st, newBlobStateJSON(state)}, text); err != nil {
		return err
	}
	switch {
	case !st.Known:
		return reported{fmt.Errorf("%w: no node knows blob %s", light.ErrNotFound, id)}
	case !st.Readable:
		return reported{fmt.Errorf("%w: the nodes that answer hold %d primary slivers of blob %s, a get needs %d", light.ErrUnavailable, st.Primary, id, s.committee.Params().Rows())}
	default:
		return nil
	}
}

// onChain says in a few words what the chain says about a blob.
func onChain(s staking.BlobState) string {
	switch {
	case s.Barred != staking.NotBarred:
		return "barred, " + s.Barred.String()
	case s.Size == 0 && s.Certified == 0:
		return "never certified"
	case s.End == 0:
		return fmt.Sprintf("certified since epoch %d, not stored any more", s.Certified)
	default:
		return fmt.Sprintf("certified since epoch %d, stored until epoch %d", s.Certified, s.End)
	}
}

// blobStateJSON is what the chain says about a blob, as commands print it.
type blobStateJSON struct {
	Size      uint64 `json:"size"`
	Index     uint64 `json:"index"`
	Certified uint32 `json:"certified_epoch"`
	End       uint32 `json:"end_epoch"`
	Barred    string `json:"barred"`
	Stored    bool   `json:"stored"`
}

func newBlobStateJSON(s staking.BlobState) blobStateJSON {
	return blobStateJSON{s.Size, s.Index, s.Certified, s.End, s.Barred.String(), s.Stored()}
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// table lines up columns of text.
type table struct {
	b strings.Builder
	w *tabwriter.Writer
}

func newTable(columns ...any) *table {
	t := &table{}
	t.w = tabwriter.NewWriter(&t.b, 0, 0, 2, ' ', 0)
	t.row(columns...)
	return t
}

func (t *table) row(cells ...any) {
	for i, c := range cells {
		if i > 0 {
			fmt.Fprint(t.w, "\t")
		}
		fmt.Fprint(t.w, c)
	}
	fmt.Fprintln(t.w)
}

// String returns the table; it ends with a new line.
func (t *table) String() string {
	_ = t.w.Flush() // a strings.Builder does not fail
	return t.b.String()
}
