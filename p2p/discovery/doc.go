// Package discovery finds peers and connects to them.
//
// Two questions are kept apart. Who is a storage node, and which shards it holds, only the committee says. Where a peer can be
// reached, several sources say: the committee's own addresses, configured ones, those that worked before (kept on disk), and the
// network's DHT. The DHT belongs to everybody and may lie; nothing it says is believed but by trying it:
//
//   - a connection is to the peer id that was asked for, or it fails in the handshake;
//   - providers of the kind Storage that are not in the committee are dropped;
//   - what the DHT says of a committee member's addresses stays apart from the addresses in use (hints), few at a time, is
//     tried after the trusted ones, and is dropped when it fails.
//
// So a DHT made only of liars costs some time and nothing else.
//
// The DHT runs under the protocol /floe/<network>/kad/1.0.0 and holds provider records only, no values. A record says "this
// peer is one of kind K, index I" under the key of Key; a node keeps records of keys that exist in the network and
// no others, each key and all together bounded. Nothing is ever recorded for a sliver or a blob.
package discovery
