package work

import "time"

// busyRetry is the advice to a peer whose queue is full: a queue of small slivers is gone by then.
const busyRetry = time.Second
