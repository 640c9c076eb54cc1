package registry

import "time"

const (
	// maxEnds bounds the different epochs in which something ends for one blob. Storage is sold for at most 128 epochs ahead,
	// so there are no more than that to come, and two more in which uncertified objects end.
	maxEnds = 160
	// refundEpochs is how many epochs an uncertified object keeps its blob, that of the registration included: those in which
	// a certificate gives back the writer's deposit.
	refundEpochs = 2
	// saveEvery is how often the cursor alone is made durable, when nothing happens: repeating some minutes of empty
	// checkpoints after a crash costs seconds.
	saveEvery = time.Minute
	// sweepPage is how many blobs that are due are read at once, 40 bytes each.
	sweepPage = 256
	// settlePage is how many objects leave the books in one write, 150 bytes each with their keys. A blob has one or two;
	// whoever pays for thousands makes a few more rounds.
	settlePage = 1024
	// buckets is the number of groups that blobs are listed in, each of them at one moment: of ten million blobs 2,500, which
	// takes seconds when the chain is asked about each, so that the index is not held back for longer.
	buckets = 4096
)
