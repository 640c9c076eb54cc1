package request

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/floe-network/floe/codec"
)

var update = flag.Bool("update", false, "write docs/protocol-requests.md")

const document = "../../docs/protocol-requests.md"

// TestDocumentation keeps the table of requests in the documentation equal to the registry:
// go test ./p2p/request -run TestDocumentation -update writes it.
func TestDocumentation(t *testing.T) {
	want := documentation(t)
	if *update {
		if err := os.WriteFile(document, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Error("docs/protocol-requests.md is not what the registry says: go test ./p2p/request -run TestDocumentation -update")
	}
}

func documentation(t *testing.T) string {
	t.Helper()
	p, err := codec.NewParams(1000)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString(`# Requests

Written by a test from the registry in ` + "`p2p/request`" + `; the messages are in ` + "`p2p/request/pb/request.proto`" + `.

One request a stream. The caller sends a varint length and a ` + "`Request`" + `, for a put then exactly the declared number of raw
bytes, and closes its side. The server sends a varint length and a ` + "`Header`" + ` {status, total, offset, length, message,
retry_after_ms}, then exactly ` + "`length`" + ` raw bytes, and closes. Lengths are minimal varints. The caller of a put need not wait
before it sends the body; a header that comes earlier ends the put. Bodies have the BCS layout of Walrus, offsets count bytes
of it. Bodies and their bounds are for 1000 shards.

| request | protocol | what | body there | body back | over a relay | time | at once, one source / all | cost |
|---|---|---|---|---|---|---|---|---|
`)
	for _, s := range Registry() {
		relay := "no"
		if s.Relayed > 0 {
			relay = fmt.Sprintf("to %d B", s.Relayed)
		}
		fmt.Fprintf(&b, "| %s | `%s` | %s | %s | %s | %s | %s | %d / %d | %s |\n", s.Name, s.ProtocolID("<net>"), s.Summary,
			size(s.requestBody(p)), size(s.answerBody(p)), relay, s.Timeout, s.SourceStreams, s.TotalStreams, s.Cost)
	}
	b.WriteString("\n## Statuses\n\n| value | status | what the caller had better do |\n|---|---|---|\n")
	for s := range Status(len(statuses)) {
		if s == OK {
			fmt.Fprintf(&b, "| %d | %s | - |\n", uint32(s), s)
		} else if s.known() {
			fmt.Fprintf(&b, "| %d | %s | %s |\n", uint32(s), s, s.Advice())
		}
	}
	l, err := Limits{TotalCPU: 1}.resolve(p)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(&b, `
## Limits

| what | bound |
|---|---|
| Request, without its length | %d B |
| Header, without its length | %d B |
| text of a refusal | %d B |
| symbols in one symbol.get | %d |
| time for the Request to arrive | %s |
| time for the header | the request's time + %s + the body there at %d KiB/s |
| time for a body | %s + the body at %d KiB/s |
| memory for bodies, one source / all | %d MiB / %d MiB |
| bytes, one source | %d MiB/s, %d MiB ahead |
| bytes, all | %d MiB/s, %d MiB ahead |
| CPU, one source | %.2g s/s, %s ahead |
| CPU, all | three quarters of the cores, %s ahead |
| retry_after | at most %s |

A source is an IPv4 address, an IPv6 /64, or a peer id on a relayed connection and on loopback. On loopback only the budgets
of bytes and CPU for all apply. The budgets are configurable; these are the defaults.
`, requestLimit, headerLimit, maxMessage, MaxSymbols, requestTimeout, baseTimeout, minRate>>10, baseTimeout, minRate>>10,
		l.SourceMemory>>20, l.Memory>>20, l.SourceBytes>>20, l.SourceBytesBurst>>20, l.TotalBytes>>20, l.TotalBytesBurst>>20,
		l.SourceCPU, l.SourceCPUBurst, l.TotalCPUBurst, maxRetryAfter)
	return b.String()
}

// size is a bound for the table.
func size(n int64) string {
	if n == 0 {
		return "-"
	}
	return fmt.Sprintf("%d B", n)
}
