package discovery

import "time"

// Bounds and times, all of them. Counts unless a unit is given.
const (
	// dials bounds peers that are being connected to at once. Each may try 8 addresses, so this is at most 128 sockets,
	// half of what a process with 256 descriptors has; a home router's table stands it too.
	dials = 16
	// upkeepDials is how many of these keep the connections to the committee; the others are for whoever waits for one.
	upkeepDials = dials / 2
	// connectTimeout ends an attempt to reach one peer by all sources: three rounds of address dials of 5 s each.
	connectTimeout = 15 * time.Second
	// headStart is how long the trusted addresses are tried before the DHT is asked as well; it starts at once when they
	// fail or there are none. Longer than one round trip to anywhere, shorter than a person notices.
	headStart = 400 * time.Millisecond
	// tablePatience is how long a lookup waits for the first peer of the DHT: connecting, identifying it and a query, over a
	// slow line. The table is looked at every tableInterval.
	tablePatience = 5 * time.Second
	tableInterval = 20 * time.Millisecond
	// backoffMin and backoffMax bound how long a peer is left alone after an attempt failed; it doubles each time. The
	// maximum is what a person waits for a node that is back.
	backoffMin = time.Second
	backoffMax = 30 * time.Second
	// maxBackoffs bounds peers in back-off that are remembered; a committee has at most 1,024 members.
	maxBackoffs = 4096

	// maxKnown bounds trusted addresses of one peer that are tried: 16 of the committee, some configured, 8 that worked.
	maxKnown = 32
	// maxHints bounds addresses that the DHT gives for a committee member: twice what an honest node has (5 transports, some
	// over IPv6), because liars may have given the others.
	maxHints = 16
	// maxMessageAddrs bounds addresses taken from one record of a DHT message; an honest node announces fewer.
	maxMessageAddrs = 16

	// maxCached bounds peers whose working addresses are kept on disk; the ones seen last stay.
	maxCached = 1024
	// maxCachedAddrs bounds their addresses: the one that worked and what the peer said of itself.
	maxCachedAddrs = 8
	// cacheRefresh is how old an unchanged entry gets before it is written again with the new time.
	cacheRefresh = 24 * time.Hour

	// bootstrapPeers is how many peers are dialled at once while the routing table is empty.
	bootstrapPeers = 4
	// retryMin and retryMax bound the wait between bootstrap attempts, and between attempts to advertise; it doubles.
	retryMin = time.Second
	retryMax = time.Minute
	// upkeep is the period of looking after connections to the committee, records and the cache. It is also how late a
	// change of the committee is noticed.
	upkeep = 15 * time.Second

	// advertiseEvery is how often a record is provided again. Three attempts fit in its life.
	advertiseEvery = 8 * time.Hour
	// recordLife is how long a record is kept by others: a node that left is forgotten within a day.
	recordLife = 24 * time.Hour
	// recordSweep is how often expired records are removed; reads check their age anyway.
	recordSweep = time.Hour
	// provideTimeout ends one advertisement: a lookup (at most about 10 s) and 20 messages at once.
	provideTimeout = time.Minute
	// maxAdvertised bounds what one node advertises: its storage bucket, a gateway, and light-node buckets.
	maxAdvertised = 64

	// maxRecords bounds all provider records that a node keeps, about 200 bytes each: 3 MiB.
	maxRecords = 16_384
	// maxKeyRecords bounds those of one key: twice the members that can share a storage bucket.
	maxKeyRecords = 2 * ShardsPerIndex
	// maxFound bounds what Find returns.
	maxFound = 256

	// lookupChecks bounds concurrent checks of peers that want into the routing table.
	lookupChecks = 32
)
