package grpcweb_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	v2 "github.com/block-vision/sui-go-sdk/pb/sui/rpc/v2"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/floe-network/floe/internal/leaktest"
	"github.com/floe-network/floe/staking/devchain/rpc/grpcweb"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

const maxMessage = 1 << 10

// chain answers some calls; the tests send the stream's messages one by one.
type chain struct {
	v2.UnimplementedLedgerServiceServer
	v2.UnimplementedSubscriptionServiceServer
	next  chan uint64
	ended chan error
}

func (c *chain) GetObject(ctx context.Context, r *v2.GetObjectRequest) (*v2.GetObjectResponse, error) {
	if r.GetVersion() == 404 {
		st, err := status.New(codes.NotFound, "no object \"ä\"\r\nx: y").WithDetails(&v2.Object{Digest: proto.String("detail")})
		if err != nil {
			return nil, err
		}
		_ = grpc.SetTrailer(ctx, metadata.Pairs("x-more", "yes"))
		return nil, st.Err()
	}
	_ = grpc.SetHeader(ctx, metadata.Pairs("x-sui-chain", "here"))
	return &v2.GetObjectResponse{Object: &v2.Object{ObjectId: r.ObjectId}}, nil
}

func (c *chain) SubscribeCheckpoints(_ *v2.SubscribeCheckpointsRequest, stream grpc.ServerStreamingServer[v2.SubscribeCheckpointsResponse]) error {
	for {
		select {
		case n, ok := <-c.next:
			if !ok {
				return status.Error(codes.Aborted, "over")
			}
			if err := stream.Send(&v2.SubscribeCheckpointsResponse{Cursor: &n}); err != nil {
				return err
			}
		case <-stream.Context().Done():
			c.ended <- stream.Context().Err()
			return stream.Context().Err()
		}
	}
}

// serve runs a server with HTTP/1.1 and HTTP/2 without TLS.
func serve(t *testing.T) (*chain, string) {
	t.Helper()
	c := &chain{next: make(chan uint64), ended: make(chan error, 1)}
	s := grpc.NewServer(grpc.MaxRecvMsgSize(maxMessage))
	v2.RegisterLedgerServiceServer(s, c)
	v2.RegisterSubscriptionServiceServer(s, c)
	h := httptest.NewUnstartedServer(grpcweb.Handler(s, maxMessage))
	h.Config.Protocols = &http.Protocols{}
	h.Config.Protocols.SetHTTP1(true)
	h.Config.Protocols.SetUnencryptedHTTP2(true)
	h.Start()
	t.Cleanup(func() { h.Close(); s.Stop() })
	return c, h.URL
}

func client(t *testing.T, http2 bool) *http.Client {
	transport := &http.Transport{Protocols: &http.Protocols{}}
	transport.Protocols.SetHTTP1(!http2)
	transport.Protocols.SetUnencryptedHTTP2(http2)
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

func frame(t *testing.T, m proto.Message) []byte {
	t.Helper()
	b, err := proto.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return append(binary.BigEndian.AppendUint32([]byte{0}, uint32(len(b))), b...)
}

func post(t *testing.T, c *http.Client, url, contentType string, body []byte) *http.Response {
	t.Helper()
	if strings.Contains(contentType, "-text") {
		body = []byte(base64.StdEncoding.EncodeToString(body))
	}
	return postRaw(t, c, url, contentType, body)
}

func postRaw(t *testing.T, c *http.Client, url, contentType string, body []byte) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", contentType)
	response, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { response.Body.Close() })
	return response
}

// readFrame reads a frame of an answer: whether it is the trailers, and what it holds.
func readFrame(t *testing.T, r io.Reader) (bool, []byte) {
	t.Helper()
	var head [5]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, binary.BigEndian.Uint32(head[1:]))
	if _, err := io.ReadFull(r, b); err != nil {
		t.Fatal(err)
	}
	return head[0] == 0x80, b
}

// unpadded joins parts in base64 that have padding each.
type unpadded struct{ r io.Reader }

func (u unpadded) Read(b []byte) (int, error) {
	if len(b) < 3 {
		return 0, errors.New("room for three bytes is needed")
	}
	var quad [4]byte
	if _, err := io.ReadFull(u.r, quad[:]); err != nil {
		return 0, err
	}
	return base64.StdEncoding.Decode(b, quad[:])
}

// body reads an answer of a format.
func body(response *http.Response) io.Reader {
	if strings.Contains(response.Header.Get("Content-Type"), "-text") {
		return &rest{r: unpadded{response.Body}}
	}
	return response.Body
}

// rest hands out small reads of pieces of up to three bytes.
type rest struct {
	r   io.Reader
	had []byte
}

func (r *rest) Read(b []byte) (int, error) {
	if len(r.had) == 0 {
		var piece [3]byte
		n, err := r.r.Read(piece[:])
		if err != nil {
			return 0, err
		}
		r.had = piece[:n]
	}
	n := copy(b, r.had)
	r.had = r.had[n:]
	return n, nil
}

var formats = []string{"application/grpc-web", "application/grpc-web+proto", "application/grpc-web-text", "application/grpc-web-text+proto"}

func everyFormat(t *testing.T, test func(t *testing.T, c *http.Client, format string)) {
	for _, http2 := range []bool{false, true} {
		for _, format := range formats {
			name := strings.TrimPrefix(format, "application/") + " over HTTP/1.1"
			if http2 {
				name = strings.TrimPrefix(format, "application/") + " over HTTP/2"
			}
			t.Run(name, func(t *testing.T) { test(t, client(t, http2), format) })
		}
	}
}

const getObject = "/sui.rpc.v2.LedgerService/GetObject"

func TestUnary(t *testing.T) {
	_, url := serve(t)
	everyFormat(t, func(t *testing.T, c *http.Client, format string) {
		response := post(t, c, url+getObject, format, frame(t, &v2.GetObjectRequest{ObjectId: proto.String("0x2")}))
		if response.StatusCode != http.StatusOK || response.Header.Get("Content-Type") != format || response.Header.Get("X-Sui-Chain") != "here" {
			t.Fatalf("status %d, headers %v", response.StatusCode, response.Header)
		}
		if response.Header.Get("Trailer") != "" {
			t.Error("HTTP trailers are announced")
		}
		r := body(response)
		last, b := readFrame(t, r)
		var answer v2.GetObjectResponse
		if err := proto.Unmarshal(b, &answer); last || err != nil || answer.Object.GetObjectId() != "0x2" {
			t.Fatalf("last is %v, %v, %v", last, err, &answer)
		}
		if last, b := readFrame(t, r); !last || string(b) != "grpc-status: 0\r\n" {
			t.Errorf("trailers %v %q", last, b)
		}
		if n, err := r.Read(make([]byte, 1)); n != 0 || !errors.Is(err, io.EOF) {
			t.Errorf("after the trailers: %d bytes, %v", n, err)
		}
	})
}

func TestError(t *testing.T) {
	_, url := serve(t)
	everyFormat(t, func(t *testing.T, c *http.Client, format string) {
		response := post(t, c, url+getObject, format, frame(t, &v2.GetObjectRequest{Version: proto.Uint64(404)}))
		last, b := readFrame(t, body(response))
		lines := strings.Split(string(b), "\r\n")
		if !last || len(lines) != 5 || lines[0] != `grpc-message: no object "%C3%A4"%0D%0Ax: y` || lines[1] != "grpc-status: 5" ||
			!strings.HasPrefix(lines[2], "grpc-status-details-bin: ") || lines[3] != "x-more: yes" || lines[4] != "" {
			t.Errorf("trailers %v %q", last, lines)
		}
	})
}

func TestStream(t *testing.T) {
	everyFormat(t, func(t *testing.T, c *http.Client, format string) {
		server, url := serve(t)
		response := make(chan *http.Response)
		go func() {
			response <- post(t, c, url+"/sui.rpc.v2.SubscriptionService/SubscribeCheckpoints", format, frame(t, &v2.SubscribeCheckpointsRequest{}))
		}()
		server.next <- 0
		r := body(<-response)
		for n := range uint64(5) {
			if n > 0 {
				server.next <- n // the one before has arrived: each is sent at once
			}
			last, b := readFrame(t, r)
			var got v2.SubscribeCheckpointsResponse
			if err := proto.Unmarshal(b, &got); last || err != nil || got.GetCursor() != n {
				t.Fatalf("message %d: last is %v, %v, %v", n, last, err, &got)
			}
		}
		close(server.next)
		if last, b := readFrame(t, r); !last || string(b) != "grpc-message: over\r\ngrpc-status: 10\r\n" {
			t.Errorf("trailers %v %q", last, b)
		}
	})
}

func TestClientThatLeaves(t *testing.T) {
	everyFormat(t, func(t *testing.T, c *http.Client, format string) {
		server, url := serve(t)
		answers := make(chan *http.Response)
		go func() {
			answers <- post(t, c, url+"/sui.rpc.v2.SubscriptionService/SubscribeCheckpoints", format, frame(t, &v2.SubscribeCheckpointsRequest{}))
		}()
		server.next <- 1
		response := <-answers
		readFrame(t, body(response))
		response.Body.Close()
		if err := <-server.ended; !errors.Is(err, context.Canceled) {
			t.Errorf("the call ended with %v", err)
		}
	})
}

// trailersOf reads an answer to its end.
func trailersOf(t *testing.T, response *http.Response) string {
	t.Helper()
	r := body(response)
	for {
		if last, b := readFrame(t, r); last {
			return string(b)
		}
	}
}

func TestBadRequests(t *testing.T) {
	_, url := serve(t)
	good := frame(t, &v2.GetObjectRequest{ObjectId: proto.String("0x2")})
	for name, c := range map[string]struct {
		format string
		body   []byte
		want   string // in the trailers
	}{
		"empty":                 {"application/grpc-web", nil, "grpc-status: 13"},
		"half a header":         {"application/grpc-web", good[:3], "grpc-status: 13"},
		"half a message":        {"application/grpc-web", good[:len(good)-1], "grpc-status: 13"},
		"no protobuf":           {"application/grpc-web", []byte{0, 0, 0, 0, 2, 0xff, 0xff}, "grpc-status: 13"},
		"trailers":              {"application/grpc-web", append([]byte{0x80}, good[1:]...), "grpc-status: 13"},
		"compressed":            {"application/grpc-web", append([]byte{1}, good[1:]...), "grpc-status: 13"},
		"longer than it may be": {"application/grpc-web", append(binary.BigEndian.AppendUint32([]byte{0}, maxMessage+1), make([]byte, maxMessage+1)...), "grpc-status: 8"},
		"4 GiB, it says":        {"application/grpc-web", []byte{0, 255, 255, 255, 255, 1}, "grpc-status: 8"},
	} {
		t.Run(name, func(t *testing.T) {
			response := postRaw(t, client(t, false), url+getObject, c.format, c.body)
			trailers := trailersOf(t, response)
			if response.StatusCode != http.StatusOK || !strings.Contains(trailers, c.want) || strings.Contains(trailers, "grpc-status: 0") {
				t.Errorf("status %d, trailers %q, want %q", response.StatusCode, trailers, c.want)
			}
		})
	}
	for _, text := range []string{"!!!!", "AAA", "AAAA=AAA"} {
		if response := postRaw(t, client(t, false), url+getObject, "application/grpc-web-text", []byte(text)); response.StatusCode != http.StatusBadRequest {
			t.Errorf("base64 %q: status %d", text, response.StatusCode)
		}
	}
	if trailers := trailersOf(t, post(t, client(t, false), url+"/no.Service/Method", formats[0], good)); !strings.Contains(trailers, "grpc-status: 12") {
		t.Errorf("unknown method: trailers %q", trailers)
	}
	if response := postRaw(t, client(t, false), url+getObject, "application/grpc-web+json", good); response.StatusCode != http.StatusUnsupportedMediaType {
		t.Errorf("JSON: status %d", response.StatusCode)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+getObject, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", formats[0])
	response, err := client(t, false).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("GET: status %d", response.StatusCode)
	}
}

// TestMoreThanAMessage: what follows the message is not read into memory.
func TestMoreThanAMessage(t *testing.T) {
	_, url := serve(t)
	endless := &countingReader{left: 1 << 30}
	message := frame(t, &v2.GetObjectRequest{ObjectId: proto.String("0x2")})
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+getObject, io.MultiReader(bytes.NewReader(message), endless))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", formats[0])
	response, err := client(t, false).Do(r)
	if err == nil {
		response.Body.Close()
	}
	if sent := 1<<30 - endless.left; sent > 64<<20 {
		t.Errorf("the server took %d bytes", sent)
	}
}

type countingReader struct{ left int }

func (c *countingReader) Read(b []byte) (int, error) {
	n := min(len(b), c.left)
	c.left -= n
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

// FuzzRequest sends any body in any format: the answer is an HTTP error, or frames of which the last are trailers.
func FuzzRequest(f *testing.F) {
	f.Add(uint8(0), []byte{0, 0, 0, 0, 0})
	f.Add(uint8(2), []byte("AAAAAAA="))
	f.Add(uint8(1), []byte{0, 0, 0, 0, 5, 10, 3, '0', 'x', '2'})
	s := grpc.NewServer(grpc.MaxRecvMsgSize(maxMessage))
	v2.RegisterLedgerServiceServer(s, &chain{})
	f.Cleanup(s.Stop)
	handler := grpcweb.Handler(s, maxMessage)
	f.Fuzz(func(t *testing.T, format uint8, b []byte) {
		r := httptest.NewRequest(http.MethodPost, getObject, bytes.NewReader(b))
		r.Header.Set("Content-Type", formats[int(format)%len(formats)])
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if w.Code == http.StatusOK && !strings.Contains(trailersOf(t, w.Result()), "grpc-status: ") {
			t.Error("no status")
		}
	})
}
