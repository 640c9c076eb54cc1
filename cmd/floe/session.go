package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/floe-network/floe/light"
	"github.com/floe-network/floe/staking"
	"github.com/floe-network/floe/staking/chain"
)

// session is a client of a network, with its chain.
type session struct {
	*light.Client
	chain *chain.Chain
	// committee is the one of the session's beginning.
	committee *staking.Committee
}

// dial makes a client of a network. It listens nowhere and has a new identity every time. The chain stays the caller's.
func dial(ctx context.Context, c *chain.Chain, log *slog.Logger) (*session, error) {
	epochs, err := c.Refresh(ctx)
	if err != nil {
		return nil, err
	}
	if epochs == nil {
		return nil, fmt.Errorf("%w: the network has no committee yet; see: floe epoch", light.ErrNoCommittee)
	}
	bootstrap, err := c.Network().Peers()
	if err != nil {
		return nil, err
	}
	l, err := light.Open(ctx, light.OpenConfig{Chain: c, Bootstrap: bootstrap, Logger: log})
	if err != nil {
		return nil, err
	}
	return &session{Client: l, chain: c, committee: epochs.Current}, nil
}

// withSession runs a client command.
func withSession(ctx context.Context, file string, fn func(*session) error) (err error) {
	c, err := openChain(file)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	return onSession(ctx, c, fn)
}

// onSession runs a client command on a chain that is open.
func onSession(ctx context.Context, c *chain.Chain, fn func(*session) error) (err error) {
	s, err := dial(ctx, c, quietLogger())
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
		phase, told := light.Phase(0), light.Phase(255)
		for e := range ch {
			if e.Phase != told {
				notePhase(out, &e)
				told = e.Phase
			}
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

// notePhase tells what an operation turns to: a person, where it costs something, programs in any case.
func notePhase(out *console, e *light.Event) {
	text := ""
	switch e.Phase {
	case light.PhaseRegister:
		text = "buying storage and registering the blob, for " + formatWAL(e.Frost)
	case light.PhaseCertify:
		text = "certifying"
	case light.PhaseExtend:
		text = "extending"
	default:
	}
	if text != "" || out.json {
		out.note("phase", text, map[string]any{"phase": e.Phase})
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
