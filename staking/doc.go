// Package staking has what the chain anchors, as Go types: who is in the committee and holds which shard, the messages
// that its members sign, the certificates made of them, and what the chain says about blobs and epochs. Nothing here does I/O.
package staking
