package endpoint

import "time"

// Limits bound what clients, of which any may be hostile, cost.
type Limits struct {
	Connections   int // open at the same time; more wait to be accepted
	Requests      int // that are being read, answered or streamed, of all connections
	Calls         int // that are being answered; more wait
	Streams       int // subscriptions
	PerConnection int // requests on one HTTP/2 connection

	RequestBytes  int // of a message from a client
	ResponseBytes int // of a message to a client
	HeaderBytes   int // of all headers of a request

	HeaderTime  time.Duration // for the headers of a request
	RequestTime time.Duration // for the rest of it
	CallTime    time.Duration // for the answer to be made; subscriptions have no end
	WriteTime   time.Duration // for a client to take a piece of an answer
	IdleTime    time.Duration // of a connection without requests
	PingAfter   time.Duration // of silence on an HTTP/2 connection
	PingTime    time.Duration // for the answer to a ping
	CloseTime   time.Duration // for answers that are being written when the endpoint closes
}

// DefaultLimits are meant for a chain at home: a few programs and some web pages.
func DefaultLimits() Limits {
	return Limits{
		Connections:   512,              // a browser opens six to a host, a Go client one
		Requests:      512,              // of RequestBytes each: 256 MiB at worst
		Calls:         64,               // of ResponseBytes each: 1 GiB at worst, and what makes them is one writer and some reads
		Streams:       256,              // each has a message at most, while it is being sent
		PerConnection: 100,              // what net/http says at least, and gRPC's servers say by default
		RequestBytes:  512 << 10,        // a transaction has 128 KiB, and as fields not four times that
		ResponseBytes: 16 << 20,         // a checkpoint with thousands of transactions; the API's own clients take 4 MiB unless told otherwise
		HeaderBytes:   16 << 10,         // as gRPC's servers
		HeaderTime:    10 * time.Second, // a client that is slower holds a place
		RequestTime:   30 * time.Second, // 512 KiB at 140 kbit/s
		CallTime:      30 * time.Second, // the longest call executes a transaction that waits for its turn
		WriteTime:     30 * time.Second, // as long as the request
		IdleTime:      time.Hour,        // quiet clients are welcome; dead ones are found by pings
		PingAfter:     time.Minute,      // a client of ours sends pings itself after 30 seconds
		PingTime:      20 * time.Second, // as gRPC's servers
		CloseTime:     5 * time.Second,  // people wait for it
	}
}
