package endpoint

import (
	"context"
	"runtime/debug"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// call answers a call of one message, when it is its turn.
func (e *Endpoint) call(ctx context.Context, request any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (response any, err error) {
	ctx, cancel := context.WithTimeout(ctx, e.config.Limits.CallTime)
	defer cancel()
	select {
	case e.calls <- struct{}{}:
		defer func() { <-e.calls }()
	case <-ctx.Done():
		return nil, status.FromContextError(ctx.Err()).Err()
	}
	defer e.recovered(info.FullMethod, &err)
	if err := grpc.SetHeader(ctx, e.config.Headers()); err != nil {
		return nil, err
	}
	response, err = handler(ctx, request)
	return response, e.status(err)
}

// stream answers a call of many messages. Reflection is one, too.
func (e *Endpoint) stream(service any, stream grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) (err error) {
	select {
	case e.streams <- struct{}{}:
		defer func() { <-e.streams }()
	default:
		return status.Errorf(codes.ResourceExhausted, "this server has %d subscriptions, as many as it may have; try again later", cap(e.streams))
	}
	defer e.recovered(info.FullMethod, &err)
	if strings.HasPrefix(info.FullMethod, "/sui.") { // at once: a client knows by them that its subscription has begun
		if err := stream.SendHeader(e.config.Headers()); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithCancel(stream.Context())
	defer cancel()
	defer context.AfterFunc(e.open, cancel)()
	err = handler(service, &ending{stream, ctx})
	if err != nil && e.open.Err() != nil { // so that a client does not take it for its own doing
		return status.Error(codes.Unavailable, "the server is closing")
	}
	return e.status(err)
}

// ending is a stream that ends when its endpoint closes.
type ending struct {
	grpc.ServerStream
	ctx context.Context
}

// Context ends with the stream and with the endpoint.
func (s *ending) Context() context.Context { return s.ctx }

func (e *Endpoint) status(err error) error {
	if err == nil {
		return nil
	}
	return e.config.Status(err)
}

// recovered makes an error of a panic, which is a mistake of ours that must not end the chain.
func (e *Endpoint) recovered(method string, err *error) {
	if p := recover(); p != nil {
		e.config.Log.Error("panic in a call", "method", method, "panic", p, "stack", string(debug.Stack()))
		*err = status.Errorf(codes.Internal, "the server made a mistake in %s", method)
	}
}
