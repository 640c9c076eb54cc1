package sui

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	v2 "github.com/block-vision/sui-go-sdk/pb/sui/rpc/v2"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/floe-network/floe/staking/sui/endpoint"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// Executed is what a transaction did.
type Executed struct {
	Digest     ptb.Digest
	Epoch      uint64
	Checkpoint *uint64   // nil where it is in none yet, as far as the endpoint knows
	Time       time.Time // of the checkpoint
	Gas        Gas
	Changes    []Change
	Events     []Event
	Failure    *Failure // nil where it succeeded
}

// Err is the Failure as an error, nil where there is none.
func (e *Executed) Err() error {
	if e.Failure == nil {
		return nil
	}
	return e.Failure
}

// Gas is what a transaction cost, in MIST.
type Gas struct{ Computation, Storage, Rebate, NonRefundable uint64 }

// Net is what the account paid, below zero where it got more back.
func (g Gas) Net() int64 { return int64(g.Computation+g.Storage) - int64(g.Rebate) }

// Change is an object that a transaction made, changed or ended.
type Change struct {
	ID      ptb.Address
	Before  *ptb.ObjectRef // nil where it was not, or was inside another object
	After   *ptb.ObjectRef // nil where it is not, or is inside another object
	Owner   ptb.Owner      // of After
	Type    string         // "package" for packages
	Created bool           // the identity is new
}

// Event is what code told the world.
type Event struct {
	Package  ptb.Address
	Module   string
	Sender   ptb.Address
	Type     ptb.StructTag
	Contents []byte // BCS
}

// executedFields are what is asked for of a transaction.
var executedFields = []string{"digest", "checkpoint", "timestamp", "effects.status", "effects.epoch", "effects.gas_used",
	"effects.lamport_version", "effects.changed_objects", "events.events"}

// Execute sends a signed transaction, which is the BCS of a TransactionData. Sending the same again, here or to another
// endpoint, does nothing new. It fails with ErrRefused where the chain will not execute it, also with ErrStale where that
// is because of newer versions of objects; with other errors it may have been executed or be executed yet. What was sent
// before, and may be under way, does not count: it is for the caller to know.
func (c *Client) Execute(ctx context.Context, transaction []byte, signatures ...[]byte) (*Executed, error) {
	request := &v2.ExecuteTransactionRequest{Transaction: &v2.Transaction{Bcs: &v2.Bcs{Value: transaction}}, ReadMask: mask(executedFields...)}
	for _, s := range signatures {
		request.Signatures = append(request.Signatures, &v2.UserSignature{Bcs: &v2.Bcs{Value: s}})
	}
	var done *Executed
	tried := 0
	err := c.set.Do(ctx, endpoint.SubmitLimit, func(ctx context.Context, conn grpc.ClientConnInterface) error {
		tried++
		answer, err := v2.NewTransactionExecutionServiceClient(conn).ExecuteTransaction(ctx, request)
		if err != nil {
			return err
		}
		done, err = readExecuted(answer.GetTransaction())
		if want := ptb.TransactionDigest(transaction); err == nil && done.Digest != want {
			err = fmt.Errorf("%w: transaction %s in place of %s", endpoint.ErrGarbage, done.Digest, want)
		}
		return err
	})
	if tried > 1 && err != nil {
		// One that failed may have passed it on, and what another says is then about the time after.
		return nil, fmt.Errorf("one of %d endpoints may have the transaction: %w", tried, err)
	}
	return done, refused(err)
}

// staleWords are in the messages of full nodes about objects that have changed, or that the node does not have yet. There is
// no status of its own for that.
var staleWords = []string{"unavailable for consumption", "needs to be rebuilt", "provided version doesn't match",
	"could not find the referenced object"}

// retriableWords are in the messages about transactions that may be executed yet when they are sent again.
const retriableWords = "(retriable"

// refused makes ErrRefused and ErrStale of statuses.
func refused(err error) error {
	s, ok := status.FromError(err)
	if err == nil || !ok || errors.Is(err, endpoint.ErrUnreachable) {
		return err
	}
	switch s.Code() {
	case codes.InvalidArgument, codes.FailedPrecondition, codes.NotFound, codes.OutOfRange, codes.Aborted, codes.AlreadyExists:
	default:
		return err
	}
	message := strings.ToLower(s.Message())
	switch {
	case slices.ContainsFunc(staleWords, func(w string) bool { return strings.Contains(message, w) }):
		return fmt.Errorf("%w: %w: %w", ErrRefused, ErrStale, err)
	case strings.Contains(message, retriableWords):
		return err
	default:
		return fmt.Errorf("%w: %w", ErrRefused, err)
	}
}

// Transaction asks for a transaction that was executed. It fails with ErrNotFound.
func (c *Client) Transaction(ctx context.Context, digest ptb.Digest) (*Executed, error) {
	var done *Executed
	err := c.read(ctx, func(ctx context.Context, conn grpc.ClientConnInterface) error {
		answer, err := v2.NewLedgerServiceClient(conn).GetTransaction(ctx, &v2.GetTransactionRequest{
			Digest: proto.String(digest.String()), ReadMask: mask(executedFields...)})
		if err != nil {
			return err
		}
		done, err = readExecuted(answer.GetTransaction())
		if err == nil && done.Digest != digest {
			err = fmt.Errorf("%w: transaction %s in place of %s", endpoint.ErrGarbage, done.Digest, digest)
		}
		return err
	})
	return done, err
}

// Await waits until a transaction is in a checkpoint of an endpoint, so that reads there show what it did, and gives it.
func (c *Client) Await(ctx context.Context, digest ptb.Digest) (*Executed, error) {
	ticker := time.NewTicker(awaitInterval)
	defer ticker.Stop()
	for {
		done, err := c.Transaction(ctx, digest)
		switch {
		case err == nil && done.Checkpoint != nil:
			return done, nil
		case err != nil && !errors.Is(err, ErrNotFound):
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-ticker.C:
		}
	}
}

func readExecuted(from *v2.ExecutedTransaction) (*Executed, error) {
	effects, gas := from.GetEffects(), from.GetEffects().GetGasUsed()
	digest, err := ptb.ParseDigest(from.GetDigest())
	if err != nil {
		return nil, fmt.Errorf("%w: %w", endpoint.ErrGarbage, err)
	}
	if effects.GetStatus() == nil {
		return nil, fmt.Errorf("%w: transaction %s has no status", endpoint.ErrGarbage, digest)
	}
	done := &Executed{Digest: digest, Epoch: effects.GetEpoch(), Checkpoint: from.Checkpoint, Gas: Gas{gas.GetComputationCost(),
		gas.GetStorageCost(), gas.GetStorageRebate(), gas.GetNonRefundableStorageFee()}}
	if from.GetTimestamp() != nil {
		done.Time = from.GetTimestamp().AsTime()
	}
	if !effects.GetStatus().GetSuccess() {
		done.Failure = readFailure(effects.GetStatus().GetError())
	}
	for _, o := range effects.GetChangedObjects() {
		c, err := readChange(o, effects.GetLamportVersion())
		if err != nil {
			return nil, err
		}
		done.Changes = append(done.Changes, c)
	}
	for _, e := range from.GetEvents().GetEvents() {
		event, err := readEvent(e)
		if err != nil {
			return nil, err
		}
		done.Events = append(done.Events, event)
	}
	return done, nil
}

func readChange(from *v2.ChangedObject, version uint64) (Change, error) {
	id, err := ptb.ParseAddress(from.GetObjectId())
	if err != nil {
		return Change{}, fmt.Errorf("%w: %w", endpoint.ErrGarbage, err)
	}
	c := Change{ID: id, Type: from.GetObjectType(), Created: from.GetIdOperation() == v2.ChangedObject_CREATED}
	if from.GetInputState() == v2.ChangedObject_INPUT_OBJECT_STATE_EXISTS {
		ref, err := readRef(from.GetObjectId(), from.GetInputVersion(), from.GetInputDigest())
		if err != nil {
			return Change{}, err
		}
		c.Before = &ref
	}
	switch from.GetOutputState() {
	case v2.ChangedObject_OUTPUT_OBJECT_STATE_OBJECT_WRITE, v2.ChangedObject_OUTPUT_OBJECT_STATE_PACKAGE_WRITE:
	default:
		return c, nil
	}
	if from.OutputVersion != nil { // packages have versions of their own
		version = from.GetOutputVersion()
	}
	ref, err := readRef(from.GetObjectId(), version, from.GetOutputDigest())
	if err != nil {
		return Change{}, err
	}
	c.After = &ref
	if c.Owner, err = readOwner(from.GetOutputOwner()); err != nil {
		return Change{}, fmt.Errorf("%w: object %s: %w", endpoint.ErrGarbage, id, err)
	}
	return c, nil
}

func readEvent(from *v2.Event) (Event, error) {
	e := Event{Module: from.GetModule(), Contents: from.GetContents().GetValue()}
	var err error
	if e.Package, err = ptb.ParseAddress(from.GetPackageId()); err == nil {
		if e.Sender, err = ptb.ParseAddress(from.GetSender()); err == nil {
			e.Type, err = ptb.ParseStructTag(from.GetEventType())
		}
	}
	if err != nil {
		return Event{}, fmt.Errorf("%w: an event: %w", endpoint.ErrGarbage, err)
	}
	return e, nil
}
