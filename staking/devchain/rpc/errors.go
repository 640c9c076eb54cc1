package rpc

import (
	"context"
	"errors"
	"fmt"

	v2 "github.com/block-vision/sui-go-sdk/pb/sui/rpc/v2"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/floe-network/floe/staking/devchain/ledger"
	"github.com/floe-network/floe/staking/devchain/ledger/store"
	"github.com/floe-network/floe/staking/devchain/movevm/transaction"
	"github.com/floe-network/floe/staking/devchain/rpc/draft"
	"github.com/floe-network/floe/staking/devchain/rpc/mask"
	"github.com/floe-network/floe/staking/devchain/rpc/message"
)

// status gives an error the code and message that a full node has for it.
func (a *api) status(err error) error {
	var field *message.FieldError
	var path *mask.PathError
	var refusal *transaction.Refusal
	switch {
	case err == nil:
		return nil
	case isStatus(err):
		return err
	case errors.As(err, &path):
		return badField("read_mask", v2.ErrorReason_FIELD_INVALID, path)
	case errors.Is(err, draft.ErrNoObject):
		return status.Error(codes.NotFound, err.Error())
	case errors.Is(err, draft.ErrUnsupported):
		return status.Error(codes.Unimplemented, err.Error())
	case errors.As(err, &field):
		reason := v2.ErrorReason_FIELD_INVALID
		if field.Missing {
			reason = v2.ErrorReason_FIELD_MISSING
		}
		return badField(field.Field, reason, field)
	case errors.As(err, &refusal):
		return refused(refusal)
	case errors.Is(err, ledger.ErrNotFound), errors.Is(err, ledger.ErrPruned), errors.Is(err, message.ErrAbsent):
		return status.Error(codes.NotFound, err.Error())
	case errors.Is(err, ledger.ErrBusy), errors.Is(err, ledger.ErrClosed), errors.Is(err, store.ErrFull), errors.Is(err, store.ErrBroken):
		return status.Error(codes.Unavailable, err.Error())
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return status.FromContextError(err).Err()
	default:
		a.log.Error("a call failed", "error", err)
		return status.Error(codes.Internal, err.Error())
	}
}

func isStatus(err error) bool {
	_, ok := err.(interface{ GRPCStatus() *status.Status }) //nolint:errorlint // a status that another error wraps has not its message
	return ok
}

// badField makes the status of a request with a wrong field.
func badField(field string, reason v2.ErrorReason, err error) error {
	st := status.New(codes.InvalidArgument, err.Error())
	detailed, failed := st.WithDetails(&errdetails.BadRequest{FieldViolations: []*errdetails.BadRequest_FieldViolation{
		{Field: field, Description: err.Error(), Reason: reason.String()},
	}})
	if failed != nil { // for messages that cannot be encoded
		return st.Err()
	}
	return detailed.Err()
}

// refused makes the status of a transaction that is not executed.
func refused(r *transaction.Refusal) error {
	switch r.Reason {
	case transaction.Signatures:
		return status.Error(codes.InvalidArgument, "Invalid user signature: "+r.Err.Error())
	case transaction.ObjectVersion:
		return status.Errorf(codes.InvalidArgument, "Transaction needs to be rebuilt because object %s is unavailable for consumption, current version: %d: %v",
			r.Object, r.Current, r.Err)
	default:
		return status.Errorf(codes.InvalidArgument, "Error checking transaction input objects: %v", r.Err)
	}
}

// tooBig makes the status of an answer that would have too many bytes.
func tooBig(what string, limit int) error {
	return status.Errorf(codes.ResourceExhausted, "%s has more than %d bytes: ask for less at a time, or for fewer fields", what, limit)
}

// itemStatus is the status of an item of a batch.
func (a *api) itemStatus(err error) *status.Status {
	st, _ := status.FromError(a.status(err))
	return st
}

// wrapped says of what an error is.
func wrapped(err error, format string, args ...any) error {
	return fmt.Errorf(format+": %w", append(args, err)...)
}
