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

	registered []prometheus.Collector
	registerer prometheus.Registerer
}

// newMetrics makes and registers the metrics; a nil registerer keeps them unregistered. usage, pending and lag are read when
// the metrics are asked for.
func newMetrics(r prometheus.Registerer, usage func() store.Usage, pending func() ledger.Share, lag func() time.Duration) (*metrics, error) {
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
		expired:         counter("unconfirmed_expired_total", "Unconfirmed blobs removed for lack of progress."),
		ended:           counter("ended_blobs_removed_total", "Blobs removed because nothing on the chain keeps them."),
		contradictions:  counter("chain_contradictions_total", "Events and answers of the chain that were left out because they cannot be."),
		corrupt:         vec("corrupt_total", "Stored data found damaged.", "what"),
		announced:       counter("announced_blobs_total", "Blobs announced to the network."),
		announceDropped: counter("announce_dropped_total", "Blobs not announced because too many waited."),
		registerer:      r,
	}
	gauge := func(name, help string, f func() float64) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "floe_node_" + name, Help: help}, f)
	}
	return m, m.register(m.metadataStored, m.sliversStored, m.sliverBytes, m.refused, m.storeFull, m.verifySeconds, m.verifyFailed,
		m.confirmations, m.expired, m.ended, m.contradictions, m.corrupt, m.announced, m.announceDropped,
		gauge("chain_lag_seconds", "Age of the latest checkpoint of the chain that was seen; 0 without a chain.", func() float64 { return lag().Seconds() }),
		gauge("slivers", "Slivers held.", func() float64 { return float64(usage().Slivers) }),
		gauge("used_bytes", "Bytes that count against the quota.", func() float64 { return float64(usage().Used) }),
		gauge("quota_bytes", "Quota; 0: none.", func() float64 { return float64(usage().Quota) }),
		gauge("free_bytes", "Free space of the file system; -1: unknown.", func() float64 { return float64(usage().Free) }),
		gauge("unconfirmed_blobs", "Blobs not confirmed yet.", func() float64 { return float64(pending().Blobs) }),
		gauge("unconfirmed_bytes", "Bytes stored of unconfirmed blobs.", func() float64 { return float64(pending().Bytes) }),
	)
}

func (m *metrics) register(cs ...prometheus.Collector) error {
	if m.registerer == nil {
		return nil
	}
	for _, c := range cs {
		if err := m.registerer.Register(c); err != nil {
			m.unregister()
			return fmt.Errorf("metrics of the node: %w", err)
		}
		m.registered = append(m.registered, c)
	}
	return nil
}

// unregister lets another node use the same registerer.
func (m *metrics) unregister() {
	for _, c := range m.registered {
		m.registerer.Unregister(c)
	}
	m.registered = nil
}
