package follower

import "time"

const (
	// maxLag is how old the picture of the chain may be for the node to be sure that an epoch that could be over is not. The
	// chain is heard at least every half minute; clocks that are half a minute apart do no harm.
	maxLag = time.Minute
	// minBackoff and maxBackoff are the first and the longest pause after the chain could not be followed or asked, twice as
	// long each time: a restart of an endpoint is hardly noticed, and one that is down for days costs nothing.
	minBackoff = time.Second
	maxBackoff = time.Minute
	// lossTries is how often in a row the chain has to say that history is gone, with pauses of seconds in which another
	// endpoint may have the word: asking about every blob takes long, and is hardly ever needed.
	lossTries = 3
	// askers is how many questions about blobs are under way at once; an answer takes some ten milliseconds, and endpoints
	// limit what they answer.
	askers = 8
	// askPage is how many blobs that the chain is to be asked about are listed at once, 32 bytes each.
	askPage = 1024
)
