// Package p2p builds the libp2p host that every Floe process talks through: its transports and ports, the addresses it
// announces, its limits, and the list of peers it refuses.
//
// The host speaks TCP, QUIC, WebTransport, WebRTC-direct and WebSocket. The three on UDP share one port, TCP and the two
// WebSocket forms share another, so a router needs two forwardings at most. A relay is used for control only (to
// arrange a direct connection by hole punching); no relay service runs here, and connections over a relay are limited:
// a protocol has to ask for them explicitly, and bulk bodies never do.
//
// Who is a member of the network is not decided here: see discovery, which finds peers, and the committee, which names
// them.
package p2p
