package light

import "time"

// Every choice of a number in this package. Zero fields of Limits take theirs.
const (
	// defaultInFlight bounds the bodies under way, in bytes over all operations of a client. A quarter of it covers 1 Gbit/s
	// at 250 ms of round trip; the rest lets three of the largest slivers of 1000 shards (44 MB) travel at a time.
	defaultInFlight = 128 << 20
	// defaultStreams bounds the requests to one peer at a time. Small slivers wait for a round trip and a write to disk each,
	// 0.1 s together: eight at a time send the 500 slivers of a large node in six seconds. Nodes allow 32.
	defaultStreams = 8

	// defaultGrace is what members that could be spared get once all others are done with a step. A find over the DHT and
	// a dial through a slow path take two to three seconds.
	defaultGrace = 5 * time.Second
	// stragglerFactor times what a typical member needed for as many bytes is what a spared member may take, if that is
	// more than the grace: home lines differ by about this factor.
	stragglerFactor = 4
	// stragglerRate is a rate at which no member is a straggler, in bytes a second: 32 Mbit/s. It also allows for the
	// members that have their slivers already and seem to take them at any rate.
	stragglerRate = 4 << 20
	// floorRate is the slowest transfer that is still waited for, in bytes a second: 512 kbit/s, a poor uplink.
	floorRate = 64 << 10

	// putRounds is how often a put goes through all members that did not confirm while there is no quorum, with roundPause,
	// doubling, between two rounds. With the time that dialling takes, that outlasts the restart of a node; a longer outage
	// is for the caller to wait for.
	putRounds  = 3
	roundPause = 2 * time.Second
	// followRounds is the same while a quorum is missed only because members are in another epoch or have not heard of the
	// registration, and followTries how often a client looks whether it has heard of an epoch itself. With pauses up to
	// roundPauseMax both last more than half a minute: in that time whoever follows the chain has given up an endpoint that
	// does not answer and caught up through another.
	followRounds  = 6
	followTries   = 9
	roundPauseMax = 8 * time.Second
	// requestTries is how often a request to one member is sent before it counts as failed; between two tries passes
	// retryPause, doubling, or what the node asked for, at most retryPauseMax: 0.25 + 0.5 + 1 s outlast a lost connection
	// and a full queue.
	requestTries  = 4
	retryPause    = 250 * time.Millisecond
	retryPauseMax = 10 * time.Second

	// metadataHedge is when as many nodes again are asked for metadata as have not answered: a slow round trip with
	// connection set-up takes half a second.
	metadataHedge = 500 * time.Millisecond
	// notFoundGrace is what silent nodes get when nodes with a validity quorum of shards have said that they do not know a
	// blob, before it counts as not found.
	notFoundGrace = 3 * time.Second

	// rangeTimeout plus the body at floorRate is what the one holder of a sliver of a range may take.
	rangeTimeout = 10 * time.Second

	// hedgeFirst plus the body at hedgeRate is when a sliver counts as late and another is asked for in its place, as long
	// as nothing is known of this get; it includes finding and dialling. hedgeRate in bytes a second is 8 Mbit/s.
	hedgeFirst = 1500 * time.Millisecond
	hedgeRate  = 1 << 20
	// hedgeFactor times the median of the last hedgeSamples slivers is when one counts as late afterwards, at least
	// hedgeMin. Waiting three times as long as usual asks for few slivers in vain.
	hedgeFactor = 3
	hedgeMin    = 250 * time.Millisecond
	// hedgeDoublings bounds how often patience doubles while nothing comes and late requests make room for others.
	hedgeDoublings = 8
	hedgeSamples   = 16
	// strikesOut is after how many failures in a row a node is not asked again in one get; the pause after each is
	// retryPause, doubling.
	strikesOut = 3
	// hopelessAfter plus a body at floorRate is the time after which a node that has not delivered anything is not given a
	// second chance: requests that hang end after ten seconds or more.
	hopelessAfter = 8 * time.Second

	// Peer records. newcomerLatency ranks an unknown peer behind good ones and before failing ones. Bodies of largeBody
	// bytes and more measure a rate, smaller ones a latency. recordWeight is the weight of the newest value.
	newcomerLatency = 200 * time.Millisecond
	largeBody       = 64 << 10
	recordWeight    = 0.25
	// costSpread is the chance in an estimate, so that equals share the load.
	costSpread = 0.2
	// failureCost is what each failure in a row adds to an estimate while it is younger than failureMemory: failing nodes
	// come behind any working one, and get another chance after a restart's time.
	failureCost   = 10 * time.Second
	failureMemory = 2 * time.Minute
	// lieMemory is how long a peer that sent bytes that do not verify is asked last. A damaged disk is not repaired
	// sooner.
	lieMemory = 30 * time.Minute
	// maxRecords bounds the records: the largest committee and the one before it.
	maxRecords = 2048
)
