// Package follower keeps a node's registry abreast of the chain: it applies events in order, starts again when the chain
// was away, and asks about blobs where the events leave something open.
package follower
