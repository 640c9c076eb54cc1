// Package gossip tells the network what storage nodes hold.
//
// The topic /floe/<network>/availability/1 carries batches of "I hold the slivers of these blobs for these shards". A message is
// a libp2p signed envelope around a protobuf (pb.Availability). It is a hint for clients and for nodes that repair: it proves
// nothing but who said it. The topic is StrictNoSign: pubsub adds no author and no sequence number, and the id of a message is
// a hash of its content and the network, so the same message from two peers is one.
//
// Every message is judged before it is passed on:
//
//	what is wrong                                                           verdict
//	larger than 9,600 bytes, not an envelope, not in canonical form         REJECT
//	key not ed25519, other payload type, forged signature                   REJECT
//	another network, no blob or more than 256, blobs not ascending,
//	no shard, shards beyond the bitmap's bounds                             REJECT
//	sender not in the committee of this epoch                               REJECT
//	a shard that is not the sender's                                        REJECT
//	epoch later than ours, or earlier, or no committee known                IGNORE: cannot judge
//	sequence seen before, or more than 64 behind the newest                 IGNORE: stale
//	more than 1 message a second of one sender, after a burst of 64         IGNORE: too many
//
// REJECT lowers the score of the peer that passed the message on, since it should have judged it itself; IGNORE does
// not. A peer that passes on very many messages that are ignored, or simply very many, loses score as well, whatever they
// say. Checks go from cheap to costly; nothing is looked at before the size is known.
package gossip
