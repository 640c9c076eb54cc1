package node

import (
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/floe-network/floe/node/ledger"
	"github.com/floe-network/floe/node/store"
)

// metrics are what a node counts. Names begin with floe_node_.
type metrics struct {
	metadataStored  prometheus.Counter
	sliversStored   *prometheus.CounterVec // axis
	sliverBytes     prometheus.Counter
	refused         *prometheus.CounterVec // status
	storeFull       prometheus.Counter
	verifySeconds   prometheus.Histogram
	verifyFailed    prometheus.Counter
	confirmations   prometheus.Counter
	expired         prometheus.Counter
	ended           prometheus.Counter
	contradictions  prometheus.Counter
	corrupt         *prometheus.CounterVec // what
	announced       prometheus.Counter
	announceDropped prometheus.Counter

	collectors []prometheus.Collector
	registerer prometheus.Registerer // nil unless registered
}

// newMetrics makes the metrics. usage, pending and lag are read when they are gathered.
func newMetrics(usage func() store.Usage, pending func() ledger.Share, lag func() time.Duration) *metrics {
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Name: "floe_node_" + name, Help: help})
	}
	vec := func(name, help, label string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: "floe_node_" + name, Help: help}, []string{label})
	}
	m := &metrics{
		metadataStored: counter("metadata_stored_total", "Blobs whose metadata was stored."),
		sliversStored:  vec("slivers_stored_total", "Slivers stored.", "axis"),
		sliverBytes:    counter("sliver_bytes_stored_total", "Bytes of slivers stored."),
		refused:        vec("puts_refused_total", "Puts of metadata and slivers that were refused.", "status"),
		storeFull:      counter("store_full_total", "Puts for which the store had no room."),
		verifySeconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "floe_node_verify_seconds", Help: "Time to verify one sliver.",
			Buckets: prometheus.ExponentialBuckets(0.0001, 4, 9), // 0.1 ms, a tiny sliver, to 6.6 s, the largest
		}),
		verifyFailed:    counter("verify_failed_total", "Slivers that did not match the blob's metadata."),
		confirmations:   counter("confirmations_signed_total", "Storage confirmations signed."),
		expired:         counter("unconfirmed_expired_total", "Pending blobs removed for lack of progress."),
		ended:           counter("ended_blobs_removed_total", "Blobs removed because nothing on the chain keeps them."),
		contradictions:  counter("chain_contradictions_total", "Events and answers of the chain that were left out because they cannot be."),
		corrupt:         vec("corrupt_total", "Stored data found damaged.", "what"),
		announced:       counter("announced_blobs_total", "Blobs announced to the network."),
		announceDropped: counter("announce_dropped_total", "Blobs not announced because too many waited."),
	}
	gauge := func(name, help string, f func() float64) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "floe_node_" + name, Help: help}, f)
	}
	m.collectors = []prometheus.Collector{
		m.metadataStored, m.sliversStored, m.sliverBytes, m.refused, m.storeFull, m.verifySeconds, m.verifyFailed,
		m.confirmations, m.expired, m.ended, m.contradictions, m.corrupt, m.announced, m.announceDropped,
		gauge("chain_lag_seconds", "Age of the latest checkpoint of the chain that was seen.", func() float64 { return lag().Seconds() }),
		gauge("slivers", "Slivers held.", func() float64 { return float64(usage().Slivers) }),
		gauge("used_bytes", "Bytes that count against the quota.", func() float64 { return float64(usage().Used) }),
		gauge("quota_bytes", "Quota; 0: none.", func() float64 { return float64(usage().Quota) }),
		gauge("free_bytes", "Free space of the file system; -1: unknown.", func() float64 { return float64(usage().Free) }),
		gauge("unconfirmed_blobs", "Blobs that are pending: not registered, or registered long ago and not confirmed.", func() float64 { return float64(pending().Blobs) }),
		gauge("unconfirmed_bytes", "Bytes stored of pending blobs.", func() float64 { return float64(pending().Bytes) }),
	}
	return m
}

// register makes the metrics known to a registerer, all of them or none; nil: to nobody.
func (m *metrics) register(r prometheus.Registerer) error {
	if r == nil {
		return nil
	}
	for i, c := range m.collectors {
		if err := r.Register(c); err != nil {
			for _, c := range m.collectors[:i] {
				r.Unregister(c)
			}
			return fmt.Errorf("metrics of the node: %w", err)
		}
	}
	m.registerer = r
	return nil
}

// unregister lets another node use the same registerer.
func (m *metrics) unregister() {
	if m.registerer == nil {
		return
	}
	for _, c := range m.collectors {
		m.registerer.Unregister(c)
	}
	m.registerer = nil
}
