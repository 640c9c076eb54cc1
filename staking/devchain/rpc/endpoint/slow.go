package endpoint

import (
	"errors"
	"io"
	"net/http"
	"time"
)

// patient is a ResponseWriter that gives a client a bounded time to take each piece that is written. Between pieces there
// is no limit, so that a quiet subscription lives.
type patient struct {
	http.ResponseWriter
	control *http.ResponseController
	limit   time.Duration
}

func (p *patient) Write(b []byte) (int, error) {
	var n int
	err := p.within(func() (err error) {
		n, err = p.ResponseWriter.Write(b)
		return err
	})
	return n, err
}

// FlushError is Flush for http.ResponseController.
func (p *patient) FlushError() error { return p.within(p.control.Flush) }

// Flush sends what was written.
func (p *patient) Flush() { _ = p.FlushError() } // the next write fails too

// Unwrap is for http.ResponseController.
func (p *patient) Unwrap() http.ResponseWriter { return p.ResponseWriter }

func (p *patient) within(send func() error) error {
	if err := p.control.SetWriteDeadline(time.Now().Add(p.limit)); err != nil {
		return err
	}
	if err := send(); err != nil {

		return err
	}
	return p.control.SetWriteDeadline(time.Time{})
}

// timed is a body whose time limit ends with it.
type timed struct {
	io.ReadCloser
	control *http.ResponseController
}

func (t *timed) Read(b []byte) (int, error) {
	n, err := t.ReadCloser.Read(b)
	if errors.Is(err, io.EOF) {
		_ = t.control.SetReadDeadline(time.Time{}) // where it cannot be lifted it could not be set
	}
	return n, err
}
