package request

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics counts requests of one side by request and outcome. A nil *metrics counts nothing.
type metrics struct {
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	bytes    *prometheus.CounterVec
	running  *prometheus.GaugeVec
}

// newMetrics registers the collectors of a side, "client" or "server"; with no registerer it returns nil. Several clients
// or servers may share a registerer, and then their counts.
func newMetrics(reg prometheus.Registerer, side string) (*metrics, error) {
	if reg == nil {
		return nil, nil
	}
	opts := func(name, help string) prometheus.Opts {
		return prometheus.Opts{Namespace: "floe", Subsystem: "request_" + side, Name: name, Help: help}
	}
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts(opts("total", "Requests by their outcome.")), []string{"request", "status"}),
		bytes:    prometheus.NewCounterVec(prometheus.CounterOpts(opts("body_bytes_total", "Bytes of bodies.")), []string{"request", "direction"}),
		running:  prometheus.NewGaugeVec(prometheus.GaugeOpts(opts("running", "Requests that are under way.")), []string{"request"}),
	}
	seconds := opts("seconds", "Time from the first byte to the last.")
	m.seconds = prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Namespace: seconds.Namespace, Subsystem: seconds.Subsystem, Name: seconds.Name, Help: seconds.Help,
		// From a look-up on a local network to the largest sliver over a poor line.
		Buckets: prometheus.ExponentialBuckets(0.001, 4, 10),
	}, []string{"request"})
	err := errors.Join(share(reg, &m.requests), share(reg, &m.bytes), share(reg, &m.running), share(reg, &m.seconds))
	if err != nil {
		return nil, err
	}
	return m, nil
}

// share registers a collector or takes the equal one that is registered already.
func share[C prometheus.Collector](reg prometheus.Registerer, c *C) error {
	err := reg.Register(*c)
	var already prometheus.AlreadyRegisteredError
	if errors.As(err, &already) {
		if existing, ok := already.ExistingCollector.(C); ok {
			*c = existing
			return nil
		}
	}
	return err
}

// begin counts a request as running until the function that it returns is called.
func (m *metrics) begin(name string) (end func()) {
	if m == nil {
		return func() {}
	}
	g := m.running.WithLabelValues(name)
	g.Inc()
	return g.Dec
}

// observe counts a request that has ended, with the bytes of bodies received and sent.
func (m *metrics) observe(name, outcome string, took time.Duration, in, out int64) {
	if m == nil {
		return
	}
	m.requests.WithLabelValues(name, outcome).Inc()
	m.seconds.WithLabelValues(name).Observe(took.Seconds())
	m.bytes.WithLabelValues(name, "in").Add(float64(in))
	m.bytes.WithLabelValues(name, "out").Add(float64(out))
}

// outcome is the label for the end of a request: a status with '_' for ' ', or what happened instead of one.
func outcome(err error) string {
	switch {
	case errors.Is(err, ErrBadAnswer):
		return "bad_answer"
	case errors.Is(err, ErrTransport):
		return "transport"
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return "canceled"
	default:
		s := StatusOf(err)
		if !s.known() {
			return "unknown"
		}
		return strings.ReplaceAll(s.String(), " ", "_")
	}
}
