// Package admin is how the owner of a development chain rules it: HTTP with JSON on a Unix socket in the chain's directory,
// which only the owner of the directory can open. Nothing of it is reachable through the chain's public port.
package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/floe-network/floe/staking/devchain/faucet"
	"github.com/floe-network/floe/staking/devchain/ledger"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// socketName is the socket's name in the chain's directory.
const socketName = "admin.sock"

// Limits. Those who can open the socket own the chain; the bounds are there so that a mistake does not go far.
const (
	maxRequest    = 4 << 10          // bytes; a request has an address and a number
	maxPath       = 103              // bytes of the socket's path: systems take 107, and while it is made it has four more
	requestTime   = time.Minute      // of a request, with the transaction that it makes
	closeTime     = 5 * time.Second  // for answers that are being written when the server closes
	maxConnection = 10 * time.Minute // without requests
)

// Socket is the path of the admin socket of a chain in a directory. It fails where the path is too long for one.
func Socket(dir string) (string, error) {
	path, err := filepath.Abs(filepath.Join(dir, socketName))
	if err != nil {
		return "", err
	}
	if len(path) > maxPath {
		return "", fmt.Errorf("admin socket %s: the path has %d bytes, at most %d are possible; use a directory with a shorter name", path, len(path), maxPath)
	}
	return path, nil
}

// Status is how a chain is.
type Status struct {
	Chain    string `json:"chain"`    // digest of the genesis checkpoint
	Endpoint string `json:"endpoint"` // address of the public port
	Epoch    uint64 `json:"epoch"`
	// Checkpoint is the last one, LowestCheckpoint the first that is kept.
	Checkpoint       uint64 `json:"checkpoint"`
	LowestCheckpoint uint64 `json:"lowest_checkpoint"`
	Transactions     uint64 `json:"transactions"` // since the genesis
	TimeMs           uint64 `json:"time_ms"`      // of the chain's clock, since 1970
	AheadMs          uint64 `json:"ahead_ms"`     // of the host's clock
	GasPrice         uint64 `json:"gas_price"`    // MIST
	DiskBytes        uint64 `json:"disk_bytes"`
	Faucet           string `json:"faucet"`       // address
	WalPackage       string `json:"wal_package"`  // address
	WalTreasury      string `json:"wal_treasury"` // object id
}

// Gift is what the faucet is asked for.
type Gift struct {
	Address string `json:"address"`
	Sui     uint64 `json:"sui"` // MIST
	Wal     uint64 `json:"wal"` // FROST
}

// Given is what the faucet gave.
type Given struct {
	Transactions []string `json:"transactions"` // digests
}

// Clock is by how much the clock is to be set ahead.
type Clock struct {
	AdvanceMs uint64 `json:"advance_ms"`
}

// Sealed says which checkpoint was sealed.
type Sealed struct {
	Checkpoint uint64 `json:"checkpoint"`
	TimeMs     uint64 `json:"time_ms"`
}

// Failure is the answer to a request that failed.
type Failure struct {
	Error string `json:"error"`
}

// Paths of requests.
const (
	pathStatus     = "/status"     // GET: Status
	pathFaucet     = "/faucet"     // POST Gift: Given
	pathClock      = "/clock"      // POST Clock: Sealed
	pathCheckpoint = "/checkpoint" // POST: Sealed
)

// Server answers on the socket. It must be closed.
type Server struct {
	chain    *ledger.Ledger
	faucet   *faucet.Faucet
	endpoint string
	http     *http.Server
	listener net.Listener
	done     chan struct{}
}

// New opens the socket of a chain in a directory and serves it. endpoint is the address of the chain's public port. A
// socket that is left from a process that ended is replaced: the directory is locked by the ledger.
func New(chain *ledger.Ledger, f *faucet.Faucet, dir, endpoint string, log *slog.Logger) (*Server, error) {
	path, err := Socket(dir)
	if err != nil {
		return nil, err
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("admin socket: %w", err)
	}
	l, err := listen(path)
	if err != nil {
		return nil, fmt.Errorf("admin socket: %w", err)
	}
	s := &Server{chain: chain, faucet: f, endpoint: endpoint, listener: l, done: make(chan struct{})}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+pathStatus, answer(s.status))
	mux.HandleFunc("POST "+pathFaucet, answer(s.give))
	mux.HandleFunc("POST "+pathClock, answer(s.advance))
	mux.HandleFunc("POST "+pathCheckpoint, answer(s.seal))
	s.http = &http.Server{
		Handler: http.TimeoutHandler(http.MaxBytesHandler(mux, maxRequest), requestTime, ""), ReadTimeout: requestTime, WriteTimeout: 2 * requestTime,
		IdleTimeout: maxConnection, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	go func() {
		defer close(s.done)
		if err := s.http.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			log.Error("the admin socket ended", "error", err)
		}
	}()
	return s, nil
}

// Close ends the server and removes the socket.
func (s *Server) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), closeTime)
	defer cancel()
	err := s.http.Shutdown(ctx)
	if err != nil {
		err = s.http.Close()
	}
	<-s.done
	return err
}

// answer makes a handler that reads an In from the body of a POST and writes an Out.
func answer[In, Out any](do func(context.Context, In) (Out, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var in In
		if r.Method == http.MethodPost {
			d := json.NewDecoder(r.Body)
			d.DisallowUnknownFields()
			if err := d.Decode(&in); err != nil {
				write(w, http.StatusBadRequest, Failure{"the request: " + err.Error()})
				return
			}
		}
		out, err := do(r.Context(), in)
		if err != nil {
			write(w, http.StatusUnprocessableEntity, Failure{err.Error()})
			return
		}
		write(w, http.StatusOK, out)
	}
}

func write(w http.ResponseWriter, code int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(v) // the reader is gone otherwise
}

// none is the body of requests that say nothing.
type none struct{}

func (s *Server) status(context.Context, none) (*Status, error) {
	head := s.chain.Head()
	return &Status{
		Chain: s.chain.Chain().String(), Endpoint: s.endpoint, Epoch: head.Epoch, Checkpoint: head.Sequence - 1, LowestCheckpoint: head.Lowest,
		Transactions: head.Next, TimeMs: head.Time, AheadMs: head.Ahead, GasPrice: s.chain.GasPrice(), DiskBytes: s.chain.Size(),
		Faucet: s.faucet.Address().String(), WalPackage: s.faucet.Wal().Package.String(), WalTreasury: s.faucet.Wal().Treasury.String(),
	}, nil
}

func (s *Server) give(ctx context.Context, g Gift) (*Given, error) {
	to, err := ptb.ParseAddress(g.Address)
	if err != nil {
		return nil, err
	}
	if g.Sui == 0 && g.Wal == 0 {
		return nil, errors.New("nothing was asked for: say how much SUI or WAL")
	}
	given := &Given{}
	if g.Sui > 0 {
		t, err := s.faucet.Sui(ctx, to, g.Sui)
		if err != nil {
			return nil, err
		}
		given.Transactions = append(given.Transactions, t.Digest.String())
	}
	if g.Wal > 0 {
		t, err := s.faucet.WAL(ctx, to, g.Wal)
		if err != nil {
			return nil, err
		}
		given.Transactions = append(given.Transactions, t.Digest.String())
	}
	return given, nil
}

func (s *Server) advance(ctx context.Context, c Clock) (*Sealed, error) {
	const most = uint64(1<<63-1) / uint64(time.Millisecond)
	if c.AdvanceMs > most {
		return nil, fmt.Errorf("%w: by %d ms", ledger.ErrClock, c.AdvanceMs)
	}
	sequence, err := s.chain.Advance(ctx, time.Duration(c.AdvanceMs)*time.Millisecond)
	if err != nil {
		return nil, err
	}
	return s.sealed(sequence)
}

func (s *Server) seal(ctx context.Context, _ none) (*Sealed, error) {
	sequence, err := s.chain.Seal(ctx)
	if err != nil {
		return nil, err
	}
	return s.sealed(sequence)
}

func (s *Server) sealed(sequence uint64) (*Sealed, error) {
	c, err := s.chain.Checkpoint(sequence)
	if err != nil {
		return nil, err
	}
	return &Sealed{Checkpoint: sequence, TimeMs: c.Summary.Timestamp}, nil
}
