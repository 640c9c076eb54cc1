// Package grpcweb lets clients that have no HTTP/2 trailers, web pages above all, call a gRPC server: it turns requests of
// the grpc-web protocol, binary or in base64, into gRPC ones and puts the trailers of the answer into a last frame. Calls
// send one message and get one or a stream.
package grpcweb

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"mime"
	"net/http"
	"sort"
	"strings"
)

const (
	prefix      = "application/grpc-web"
	grpcType    = "application/grpc+proto"
	frameHeader = 5 // flags, and the length as four bytes, big-endian
	trailerFlag = 0x80
)

// format is how a client sends and wants messages: its spelling of the type, and whether frames are in base64.
type format struct {
	contentType string
	text        bool
}

// formatOf recognizes the types of grpc-web.
func formatOf(contentType string) (format, bool) {
	base, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		return format{}, false
	}
	switch base {
	case prefix, prefix + "+proto":
		return format{base, false}, true
	case prefix + "-text", prefix + "-text+proto":
		return format{base, true}, true
	default:
		return format{}, false
	}
}

// Is says whether a request is of grpc-web, of whichever format.
func Is(r *http.Request) bool {
	return strings.HasPrefix(strings.ToLower(r.Header.Get("Content-Type")), prefix)
}

// Handler answers requests of grpc-web with what a gRPC server, as an http.Handler, says. Of a request it reads at most a
// message of maxMessage bytes with its frame.
func Handler(server http.Handler, maxMessage int) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f, ok := formatOf(r.Header.Get("Content-Type"))
		if !ok {
			http.Error(w, "the Content-Type is none of grpc-web: use application/grpc-web+proto or application/grpc-web-text", http.StatusUnsupportedMediaType)
			return
		}
		if r.Method != http.MethodPost {
			w.Header().Set("Allow", http.MethodPost)
			http.Error(w, "grpc-web calls are POST requests", http.StatusMethodNotAllowed)
			return
		}
		body, err := read(r, f, maxMessage)
		if err != nil {
			http.Error(w, fmt.Sprintf("the request is malformed, or did not come to its end: %v", err), http.StatusBadRequest)
			return
		}
		ctx, cancel := context.WithCancel(r.Context())
		defer cancel()
		answer := newAnswer(w, f, cancel)
		server.ServeHTTP(answer, translate(ctx, r, body))
		answer.finish()
	})
}

// read reads a request before it is answered: over HTTP/1.1 there is no reading any more once the answer has begun. Of a
// message that is too long it reads enough for the server to say so.
func read(r *http.Request, f format, maxMessage int) ([]byte, error) {
	body := io.Reader(r.Body)
	if f.text {
		body = base64.NewDecoder(base64.StdEncoding, body)
	}
	return io.ReadAll(io.LimitReader(body, int64(frameHeader+maxMessage)))
}

// translate makes the gRPC request of a grpc-web one.
func translate(ctx context.Context, r *http.Request, body []byte) *http.Request {
	out := r.Clone(ctx)
	out.Proto, out.ProtoMajor, out.ProtoMinor = "HTTP/2.0", 2, 0
	out.Header.Set("Content-Type", grpcType)
	out.Header.Set("Te", "trailers")
	for _, name := range []string{"Accept", "Content-Length", "X-Grpc-Web"} {
		out.Header.Del(name)
	}
	out.ContentLength = int64(len(body))
	out.Body = io.NopCloser(bytes.NewReader(body))
	return out
}

// answer is the ResponseWriter that the gRPC server writes to. The server writes headers, then frames, each followed by a
// flush, and then sets trailers as headers.
type answer struct {
	to      http.ResponseWriter
	format  format
	headers http.Header
	cancel  context.CancelFunc
	encoder io.WriteCloser // of what follows the last flush, in base64
	begun   bool
	refused bool // the server answered with an HTTP error, which is passed on as it is
	err     error
}

func newAnswer(to http.ResponseWriter, f format, cancel context.CancelFunc) *answer {
	return &answer{to: to, format: f, headers: make(http.Header), cancel: cancel}
}

// Header has the headers of the answer, and after the first write its trailers.
func (a *answer) Header() http.Header { return a.headers }

// WriteHeader sends the headers that are there.
func (a *answer) WriteHeader(code int) {
	if a.begun {
		return
	}
	a.begun, a.refused = true, code != http.StatusOK
	to := a.to.Header()
	for name, values := range a.headers {
		if name != "Trailer" && name != "Date" {
			to[name] = values
		}
	}
	a.headers = make(http.Header)
	if !a.refused {
		to.Set("Content-Type", a.format.contentType)
	}
	a.to.WriteHeader(code)
}

// Write sends a piece of a frame. When the client takes no more, the call is canceled: the server itself does not look at
// this error.
func (a *answer) Write(b []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	if a.err != nil {
		return 0, a.err
	}
	var w io.Writer = a.to
	if a.format.text && !a.refused {
		if a.encoder == nil {
			a.encoder = base64.NewEncoder(base64.StdEncoding, a.to)
		}
		w = a.encoder
	}
	n, err := w.Write(b)
	a.fail(err)
	return n, err
}

// Flush sends what was written. In base64 each part that is flushed ends with its own padding.
func (a *answer) Flush() {
	a.WriteHeader(http.StatusOK)
	if a.encoder != nil {
		a.fail(a.encoder.Close())
		a.encoder = nil
	}
	if a.err == nil {
		a.fail(http.NewResponseController(a.to).Flush())
	}
}

// Unwrap gives http.ResponseController the writer whose deadlines count.
func (a *answer) Unwrap() http.ResponseWriter { return a.to }

func (a *answer) fail(err error) {
	if err != nil && a.err == nil {
		a.err = err
		a.cancel()
	}
}

// finish sends the trailers as a frame.
func (a *answer) finish() {
	if a.refused || a.err != nil {
		return
	}
	_, _ = a.Write(trailerFrame(a.headers)) // the failure is kept, and there is nobody to tell
	a.Flush()
}

// trailerFrame has trailers as lines of an HTTP/1 header, names in lower case and in order.
func trailerFrame(trailers http.Header) []byte {
	frame := bytes.NewBuffer(make([]byte, frameHeader))
	names := make([]string, 0, len(trailers))
	for name := range trailers {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		for _, value := range trailers[name] {
			frame.WriteString(strings.ToLower(strings.TrimPrefix(name, http.TrailerPrefix)) + ": " + oneLine(value) + "\r\n")
		}
	}
	b := frame.Bytes()
	b[0] = trailerFlag
	binary.BigEndian.PutUint32(b[1:], uint32(len(b)-frameHeader))
	return b
}

// oneLine keeps a value from ending its line. (gRPC escapes messages, so that there is nothing to replace in what a server
// of ours says.)
func oneLine(value string) string {
	return strings.NewReplacer("\r", " ", "\n", " ").Replace(value)
}
