// Package node is a storage node: it takes in metadata and slivers of its own shards, verifies them, keeps them, signs
// storage confirmations, and serves all of it.
//
// A Node stands on a store and a p2p host that its caller opened and closes after it. It opens and closes everything
// else: discovery, gossip, the request server and its own goroutines.
package node
