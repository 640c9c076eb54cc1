// Package request is what peers ask each other for over plain libp2p streams: metadata, slivers, symbols, storage
// confirmations and status. One stream carries one request: a delimited Request, for a put its raw body, a delimited Header
// with a typed status, the raw bytes it announces, and the end of the stream. The messages are in pb/request.proto.
//
// One registry (registry.go) describes every request: its protocol id, the bounds of its bodies in both directions, its
// time, its streams and what it costs. Client, Server, metrics and the table in docs/protocol-requests.md all come from it.
// To add a request: a case in pb/request.proto, one file with its parsing, its serving and its client method, one entry in
// the registry.
//
// Every length is known before a byte is read: sizes follow from the number of shards and the symbol size, never from what
// the other side says. Neither side trusts the other: the Server answers each request under a budget of bytes, CPU, memory
// and streams per source and in total, and resets streams that are slow; the Client takes exactly what it asked for.
package request
