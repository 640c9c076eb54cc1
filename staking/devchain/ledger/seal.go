package ledger

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"golang.org/x/crypto/blake2b"

	"github.com/floe-network/floe/staking/devchain/checkpoint"
	"github.com/floe-network/floe/staking/devchain/genesis"
	"github.com/floe-network/floe/staking/devchain/ledger/store"
	"github.com/floe-network/floe/staking/devchain/movevm/transaction"
	"github.com/floe-network/floe/staking/sui/bcs"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// Objects of the chain itself.
var (
	clock  = ptb.ShortAddress(6)
	random = ptb.ShortAddress(8)
)

// systemVersion is the version at which the objects of the chain itself were shared.
const systemVersion = 1

// open begins a checkpoint: it sets the clock and brings randomness.
func (w *writer) open() error {
	w.head.Open, w.head.First = true, w.head.Next
	now := w.options.Clock().UnixMilli()
	w.head.Time = max(w.head.Time+1, uint64(max(now, 0))+w.head.Ahead)
	commit := ptb.Hash("floe commit::", append(binary.LittleEndian.AppendUint64(nil, w.head.Time), w.head.Last[:]...))
	prologue := &ptb.PrologueV3{Epoch: w.head.Epoch, Round: w.head.Sequence, Timestamp: w.head.Time, Commit: commit, Assignments: ptb.NoAssignments()}
	var program system
	program.call("clock", "consensus_commit_prologue", clock, u64(w.head.Time))
	if err := w.execute(ptb.TransactionKind{PrologueV3: prologue}, program.Program); err != nil {
		return fmt.Errorf("clock: %w", err)
	}
	update := &ptb.RandomnessStateUpdate{Epoch: w.head.Epoch, Round: w.head.Round, Bytes: w.randomness(), InitialVersion: systemVersion}
	program = system{}
	program.call("random", "update_randomness_state", random, u64(update.Round), append([]byte{byte(len(update.Bytes))}, update.Bytes...))
	if err := w.execute(ptb.TransactionKind{RandomnessStateUpdate: update}, program.Program); err != nil {
		return fmt.Errorf("randomness: %w", err)
	}
	w.head.Round++
	return nil
}

// randomness is that of the checkpoint that begins. Nobody can foretell it who does not know the seed.
func (w *writer) randomness() []byte {
	secret := genesis.Secret(w.parameters.Seed, "randomness")
	b := binary.LittleEndian.AppendUint64(secret[:], w.head.Sequence)
	digest := blake2b.Sum256(append(b, w.head.Last[:]...))
	return digest[:]
}

// system is a program of the chain itself.
type system struct{ ptb.Program }

// call adds a call of the framework with a shared object and bytes.
func (s *system) call(module, function string, object ptb.Address, pure ...[]byte) {
	c := &ptb.MoveCall{Package: ptb.ShortAddress(2), Module: module, Function: function, Arguments: []ptb.Argument{ptb.Input(0)}}
	s.Inputs = append(s.Inputs, ptb.CallArg{Object: &ptb.ObjectArg{Shared: &ptb.SharedRef{ID: object, InitialVersion: systemVersion, Mutable: true}}})
	for i := range pure {
		s.Inputs = append(s.Inputs, ptb.CallArg{Pure: &pure[i]})
		c.Arguments = append(c.Arguments, ptb.Input(uint16(i+1)))
	}
	s.Commands = append(s.Commands, ptb.Command{MoveCall: c})
}

func u64(n uint64) []byte { return binary.LittleEndian.AppendUint64(nil, n) }

// execute executes a transaction of the chain itself, which cannot fail.
func (w *writer) execute(kind ptb.TransactionKind, program ptb.Program) error {
	data := ptb.SystemTransaction(kind)
	encoded, err := data.Encode()
	if err != nil {
		return err
	}
	tx := &admitted{digest: ptb.TransactionDigest(encoded), data: data, bytes: encoded}
	out, err := w.executor.On(w.batch).Execute(context.Background(), w.epoch(&w.head),
		&transaction.Transaction{Digest: tx.digest, Program: program, Mode: transaction.System})
	if err != nil {
		return systemError(err)
	}
	if f := out.Effects.Failure; f != nil {
		return systemError(f)
	}
	_, err = w.record(tx, out)
	return err
}

// systemError makes an error that is nobody's refusal.
func systemError(err error) error {
	return fmt.Errorf("%w: a transaction of the chain itself: %v", store.ErrCorrupt, err) //nolint:errorlint // it must not be taken for a user's
}

// seal ends the open checkpoint, or an empty one, and with it the epoch if that is old enough.
func (w *writer) seal() error {
	if !w.head.Open {
		if err := w.open(); err != nil {
			return err
		}
	}
	h := &w.head
	ends := h.Time-h.EpochStart >= uint64(w.options.Epoch.Milliseconds())
	if ends {
		change := &ptb.ChangeEpoch{Epoch: h.Epoch + 1, ProtocolVersion: ProtocolVersion, StorageCharge: h.Gas.Storage,
			ComputationCharge: h.Gas.Computation, StorageRebate: h.Gas.Rebate, NonRefundableStorageFee: h.Gas.NonRefundable,
			StartTimestamp: h.Time, SystemPackages: []ptb.SystemPackage{}}
		if err := w.execute(ptb.TransactionKind{ChangeEpoch: change}, ptb.Program{}); err != nil {
			return fmt.Errorf("change of epoch: %w", err)
		}
	}
	c, err := w.certified(ends)
	if err != nil {
		return err
	}
	if err := w.batch.AddCheckpoint(c); err != nil {
		return err
	}
	h.Open, h.Last = false, c.Digest
	h.Sequence++
	w.contents, w.users = checkpoint.Contents{}, 0
	if ends {
		if err := w.nextEpoch(); err != nil {
			return err
		}
	}
	return w.prune()
}

// certified makes the checkpoint of what is listed.
func (w *writer) certified(ends bool) (*store.Checkpoint, error) {
	h := &w.head
	contents, err := w.contents.Encode()
	if err != nil {
		return nil, err
	}
	extra, err := bcs.Marshal(checkpoint.Extra{V1: &checkpoint.ExtraV1{RandomnessRounds: []uint64{h.Round - 1}}})
	if err != nil {
		return nil, err
	}
	last := h.Last
	s := checkpoint.Summary{Epoch: h.Epoch, Sequence: h.Sequence, Transactions: h.Next, Contents: checkpoint.ContentsDigest(contents),
		Previous: &last, Gas: h.Gas, Timestamp: h.Time, Extra: extra}
	if ends {
		next, _, err := w.validators.make(h.Epoch + 1)
		if err != nil {
			return nil, err
		}
		s.EndOfEpoch = &checkpoint.EndOfEpoch{Committee: next.Members(), ProtocolVersion: ProtocolVersion}
	}
	return w.validators.seal(s, w.contents, h.First)
}

// seal certifies a summary.
func (v *validators) seal(s checkpoint.Summary, contents checkpoint.Contents, first uint64) (*store.Checkpoint, error) {
	cert, encoded, err := v.certify(&s)
	if err != nil {
		return nil, err
	}
	return &store.Checkpoint{Certified: checkpoint.Certified{Summary: s, Certificate: *cert}, Digest: checkpoint.Digest(encoded),
		Contents: contents, First: first}, nil
}

// nextEpoch begins an epoch.
func (w *writer) nextEpoch() error {
	h := &w.head
	old, err := w.db.Epoch(h.Epoch)
	if err != nil {
		return err
	}
	if old == nil {
		return missing("epoch", h.Epoch)
	}
	old.Ended, old.End, old.Last, old.Gas = true, h.Time, h.Sequence-1, h.Gas
	h.Epoch++
	h.EpochStart, h.EpochFirst, h.Gas, h.Round = h.Time, h.Sequence, checkpoint.Gas{}, 0
	c, _, err := w.validators.of(h.Epoch)
	if err != nil {
		return err
	}
	return errors.Join(w.batch.SetEpoch(old), w.batch.SetEpoch(&store.Epoch{Number: h.Epoch, Start: h.EpochStart, First: h.EpochFirst,
		ReferenceGasPrice: w.GasPrice(), Committee: c.Members()}))
}

// prune drops the oldest checkpoints.
func (w *writer) prune() error {
	for range pruneAtOnce {
		if w.head.Sequence-w.head.Lowest <= w.options.Retain {
			return nil
		}
		if err := w.batch.Prune(w.head.Lowest); err != nil {
			return err
		}
		w.head.Lowest++
	}
	return nil
}

// create begins a chain in an empty directory.
func (l *Ledger) create(ctx context.Context, p genesis.Parameters) (*store.Head, error) {
	state, err := genesis.New(ctx, p)
	if err != nil {
		return nil, err
	}
	encoded, err := p.Encode()
	if err != nil {
		return nil, err
	}
	l.parameters, l.validators = p, &validators{seed: p.Seed}
	t := state.Transaction
	contents := checkpoint.Contents{Transactions: []checkpoint.Execution{{Transaction: t.Digest, Effects: t.EffectsDigest}},
		Signatures: [][][]byte{{}}}
	list, err := contents.Encode()
	if err != nil {
		return nil, err
	}
	now := uint64(max(l.options.Clock().UnixMilli(), 0))
	c, err := l.validators.seal(checkpoint.Summary{Transactions: 1, Contents: checkpoint.ContentsDigest(list), Timestamp: now}, contents, 0)
	if err != nil {
		return nil, err
	}
	committee, _, err := l.validators.of(0)
	if err != nil {
		return nil, err
	}
	head := &store.Head{Chain: c.Digest, Last: c.Digest, Next: 1, Sequence: 1, EpochStart: now, Time: now}
	b := l.db.Batch()
	for _, o := range state.Objects {
		err = errors.Join(err, b.Put(o))
	}
	err = errors.Join(err, b.AddTransaction(t), b.AddCheckpoint(c), b.SetHead(head), b.SetParameters(encoded),
		b.SetEpoch(&store.Epoch{Start: now, ReferenceGasPrice: l.GasPrice(), Committee: committee.Members()}))
	if err != nil {
		return nil, errors.Join(err, b.Discard())
	}
	return head, b.Commit()
}
