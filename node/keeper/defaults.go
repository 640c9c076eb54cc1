package keeper

import "time"

const (
	// DefaultStagger is how long each node gives the one before it: a transaction of a busy chain takes a second or two, and
	// ten nodes that fail one after the other delay an epoch by half a minute.
	DefaultStagger = 3 * time.Second
	// firstPause and longestPause are between attempts while the chain cannot be asked.
	firstPause   = time.Second
	longestPause = time.Minute
	// longestWait is how long the Keeper sleeps at most before it looks again: the chain may be pushed from an unforeseen
	// side, its clock may run differently, and members may have everything early.
	longestWait = time.Minute
	// firstNodes is how many turns there are before the first committee: a network begins with few nodes.
	firstNodes = 8
)
