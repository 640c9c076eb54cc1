// Package light is the client of a Floe network: it holds no shards, sends no transactions and trusts no single node.
//
// A blob goes in: [Client.Prepare] hashes the source (pass 1: metadata and blob id), [Client.Upload] regenerates its slivers
// batch by batch (pass 2) and sends to every member of the committee, in parallel, the metadata and then the slivers of the
// shards it holds. Each member that has all of them durable signs a confirmation; confirmations of a quorum of shards
// (3w >= 2n+1) make the certificate. An upload that meets a change of epoch goes on with the new committee. Buying storage for a
// blob is the business of package purchase.
//
// It comes back: [Client.Get] asks the chain whether the blob is to be read, and any node for the metadata, which proves itself
// against the blob id, collects enough slivers from the best nodes (n-2f primary or n-f secondary ones, each proving itself
// against the metadata), decodes, and checks that the blob re-encodes to what its metadata says. [Client.GetRange] fetches only
// the systematic primary slivers that a byte range covers. [Client.Status] asks who holds what.
//
// What a node says is believed only as far as it can be verified. A node is scored down for bytes that fail against
// metadata that matches the blob id; a slow, busy or empty-handed node is only asked later, and a blob that its writer
// encoded wrongly is nobody's fault among the nodes. All quorums count shards, not nodes.
package light
