package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/spf13/cobra"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/light"
	"github.com/floe-network/floe/staking"
)

// session is a client of a network.
type session struct {
	*light.Client
	committee *staking.Committee
}

// static stands in for a chain: a committee that never changes.
type static struct{ committee *staking.Committee }

func (s static) Epochs() *staking.Epochs { return &staking.Epochs{Current: s.committee} }

func (s static) Refresh(context.Context) (*staking.Epochs, error) { return s.Epochs(), nil }

func (static) BlobState(context.Context, codec.BlobID) (staking.BlobState, error) {
	return staking.BlobState{}, errors.New("this network has none")
}

// dial makes a client of the committee's network. It listens nowhere and has a new identity every time. bootstrap has peers
// to find others through, besides the members whose addresses the committee knows.
func dial(ctx context.Context, com *staking.Committee, bootstrap []peer.AddrInfo, log *slog.Logger) (*session, error) {
	c, err := light.Open(ctx, light.OpenConfig{Chain: static{com}, Bootstrap: bootstrap, Logger: log})
	if err != nil {
		return nil, err
	}
	return &session{Client: c, committee: com}, nil
}

// withSession runs a client command.
func withSession(ctx context.Context, file string, fn func(*session) error) (err error) {
	com, err := readNetwork(file)
	if err != nil {
		return err
	}
	s, err := dial(ctx, com, nil, quietLogger())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	return fn(s)
}

// quietLogger is for commands whose result says all that a person needs.
func quietLogger() *slog.Logger { return slog.New(slog.DiscardHandler) }

// follow shows an operation's events until the returned function is called. size is the blob's, if known.
func follow(out *console) (events chan<- light.Event, stop func()) {
	ch := make(chan light.Event, 256) // enough that bursts between two refreshes of a terminal are not lost
	done := make(chan struct{})
	go func() {
		defer close(done)
		var bar *progress
		var phase light.Phase
		for e := range ch {
			if e.Member != nil {
				noteMember(out, e.Member)
				continue
			}
			if e.BytesTotal == 0 {
				continue // a step that moves little is over before anybody looks
			}
			if bar == nil || e.Phase != phase {
				if bar != nil {
					bar.close()
				}
				bar, phase = out.progress(e.Phase.String(), e.BytesTotal), e.Phase
			}
			bar.set(e.Bytes)
		}
		if bar != nil {
			bar.close()
		}
	}()
	return ch, func() {
		close(ch)
		<-done
	}
}

// noteMember tells of a node that did not do its part. The others are not news.
func noteMember(out *console, m *light.MemberReport) {
	if m.Done || m.Cause == light.CauseNone {
		return
	}
	out.note("member", fmt.Sprintf("node %s (shards: %d): %s: %s", short(m.Peer), m.Shards, m.Cause, m.Problem), map[string]any{"member": m})
}

// short is the part of a peer id by which people tell peers apart.
func short(p peer.ID) string {
	s := p.String()
	return s[max(0, len(s)-8):]
}
