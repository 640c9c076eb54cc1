// Package node is a storage node: it takes in metadata and slivers of its own shards, verifies them, keeps them, signs
// storage confirmations, and serves all of it, as long as the chain wants a blob stored.
//
// A Node stands on a store, a p2p host and a Chain that its caller opened and closes after it. It opens and closes
// everything else: discovery, gossip, the request server, the follower of the chain and its own goroutines.
package node
