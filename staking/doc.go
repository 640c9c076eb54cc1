// Package staking has what the chain anchors, as Go types: who is in the committee and holds which shard, the messages
// that its members sign, and the certificates made of them. Nothing here does I/O but reading and writing a network file.
package staking
