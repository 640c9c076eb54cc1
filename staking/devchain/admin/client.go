package admin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/floe-network/floe/staking/sui/ptb"
)

// ErrNotRunning says that no chain runs in a directory.
var ErrNotRunning = errors.New("no development chain runs in the directory")

// maxAnswer bounds an answer, in bytes.
const maxAnswer = 1 << 20

// Client rules a chain that runs in another process, or in this one.
type Client struct {
	dir  string
	http *http.Client
}

// NewClient makes a Client of the chain in a directory.
func NewClient(dir string) (*Client, error) {
	path, err := Socket(dir)
	if err != nil {
		return nil, err
	}
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", path)
	}
	return &Client{dir: dir, http: &http.Client{Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true}}}, nil
}

// Status asks how the chain is. Like all others it fails with ErrNotRunning, and with what the chain says is wrong.
func (c *Client) Status(ctx context.Context) (*Status, error) {
	return ask[Status](ctx, c, http.MethodGet, pathStatus, none{})
}

// Give has the faucet send SUI, in MIST, and WAL, in FROST, to an address.
func (c *Client) Give(ctx context.Context, to ptb.Address, sui, wal uint64) (*Given, error) {
	return ask[Given](ctx, c, http.MethodPost, pathFaucet, Gift{Address: to.String(), Sui: sui, Wal: wal})
}

// Advance sets the chain's clock ahead.
func (c *Client) Advance(ctx context.Context, by time.Duration) (*Sealed, error) {
	if by < 0 {
		return nil, fmt.Errorf("the clock cannot go back, by %s", by)
	}
	return ask[Sealed](ctx, c, http.MethodPost, pathClock, Clock{AdvanceMs: uint64(by.Milliseconds())})
}

// Seal has the chain make a checkpoint now.
func (c *Client) Seal(ctx context.Context) (*Sealed, error) {
	return ask[Sealed](ctx, c, http.MethodPost, pathCheckpoint, none{})
}

func ask[Out any](ctx context.Context, c *Client, method, path string, in any) (*Out, error) {
	body, err := json.Marshal(in)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, method, "http://admin"+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	response, err := c.http.Do(r)
	if err != nil {
		var dial *net.OpError
		if errors.As(err, &dial) && dial.Op == "dial" {
			// The cause is told and not wrapped: that there is no socket does not mean that the caller named no file.
			return nil, fmt.Errorf("%w %s: start it with \"floe devchain --dir %s\" (%s)", ErrNotRunning, c.dir, c.dir, dial.Err.Error())
		}
		return nil, err
	}
	defer response.Body.Close()
	answer := json.NewDecoder(io.LimitReader(response.Body, maxAnswer))
	if response.StatusCode != http.StatusOK {
		var failure Failure
		if err := answer.Decode(&failure); err != nil || failure.Error == "" {
			return nil, fmt.Errorf("the chain answered %s", response.Status)
		}
		return nil, errors.New(failure.Error)
	}
	out := new(Out)
	if err := answer.Decode(out); err != nil {
		return nil, fmt.Errorf("the answer of the chain: %w", err)
	}
	return out, nil
}
