package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// progressInterval is how often long work says where it is when no terminal shows a bar: often enough to see that it
// lives, rarely enough for a log.
const progressInterval = 10 * time.Second

// console is where a command reads and prints: results on out, progress on err.
type console struct {
	in          io.Reader
	out, err    io.Writer
	json, quiet bool

	mu sync.Mutex // one line at a time
}

// result prints the outcome: v as one JSON object under --json, else the text.
func (c *console) result(v any, text string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.json {
		return json.NewEncoder(c.out).Encode(v)
	}
	_, err := io.WriteString(c.out, text)
	return err
}

// fail prints an error and returns its exit code.
func (c *console) fail(err error) int {
	code, kind := exitCode(err)
	c.mu.Lock()
	defer c.mu.Unlock()
	var known reported
	if c.json && errors.As(err, &known) {
		return code
	}
	if c.json {
		type jsonError struct {
			Kind     string `json:"kind"`
			Message  string `json:"message"`
			ExitCode int    `json:"exit_code"`
		}
		_ = json.NewEncoder(c.out).Encode(map[string]jsonError{"error": {kind, err.Error(), code}})
		return code
	}
	fmt.Fprintln(c.err, "floe:", err)
	return code
}

// note prints one step: the text, or a JSON line that has the event, the text and the fields.
func (c *console) note(event, text string, fields map[string]any) {
	if c.quiet {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.json {
		fmt.Fprintln(c.err, text)
		return
	}
	line := map[string]any{"event": event, "text": text}
	for k, v := range fields {
		line[k] = v
	}
	_ = json.NewEncoder(c.err).Encode(line) // progress only: the result does not depend on it
}

// terminal reports whether progress goes to a person's terminal.
func (c *console) terminal() bool {
	f, ok := c.err.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// progress shows how far a piece of work has come: a bar on a terminal, a line now and then elsewhere, JSON lines under
// --json. Its methods may be called from several goroutines.
type progress struct {
	c     *console
	what  string
	total int64

	mu   sync.Mutex
	done int64
	last time.Time
	bar  *progressbar.ProgressBar
}

func (c *console) progress(what string, total int64) *progress {
	p := &progress{c: c, what: what, total: total, last: time.Now()}
	if !c.quiet && !c.json && c.terminal() {
		p.bar = progressbar.NewOptions64(total,
			progressbar.OptionSetWriter(c.err), progressbar.OptionSetDescription(what), progressbar.OptionShowBytes(true),
			progressbar.OptionShowCount(), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish())
	}
	return p
}

// set says that done bytes of the total are behind us. Going backwards is ignored.
func (p *progress) set(done int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if done <= p.done {
		return
	}
	p.done = done
	if p.bar != nil {
		_ = p.bar.Set64(min(done, p.total))
		return
	}
	if now := time.Now(); now.Sub(p.last) >= progressInterval {
		p.last = now
		p.c.note("progress", fmt.Sprintf("%s: %s of %s", p.what, formatBytes(done), formatBytes(p.total)),
			map[string]any{"what": p.what, "done": done, "total": p.total})
	}
}

// close removes the bar.
func (p *progress) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bar != nil {
		_ = p.bar.Exit()
		_ = p.bar.Clear()
	}
}

// formatBytes gives a size in binary units with three or so significant digits.
func formatBytes(n int64) string {
	const unit = 1024
	if n < unit {
		return fmt.Sprintf("%d B", n)
	}
	v, i := float64(n)/unit, 0
	for ; v >= unit && i < 4; i++ {
		v /= unit
	}
	return fmt.Sprintf("%.1f %ciB", v, "KMGTP"[i])
}

// formatDuration rounds to what a person reads.
func formatDuration(d time.Duration) string {
	switch {
	case d < time.Second:
		return d.Round(time.Millisecond).String()
	case d < time.Minute:
		return d.Round(10 * time.Millisecond).String()
	default:
		return d.Round(time.Second).String()
	}
}
