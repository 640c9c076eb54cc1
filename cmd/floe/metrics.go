package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metricsTimeout bounds reading a request for metrics, and writing the answer.
const metricsTimeout = 10 * time.Second

// metricsServer serves /metrics for Prometheus. Whether its address may be other than loopback is for the configuration to say.
type metricsServer struct {
	server *http.Server
	done   chan error
}

func serveMetrics(ctx context.Context, addr string, registry *prometheus.Registry, log *slog.Logger) (*metricsServer, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("metrics.listen: %w", err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	m := &metricsServer{
		server: &http.Server{Handler: mux, ReadTimeout: metricsTimeout, WriteTimeout: metricsTimeout, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn)},
		done:   make(chan error, 1),
	}
	go func() { m.done <- m.server.Serve(l) }()
	log.Info("metrics", "url", "http://"+l.Addr().String()+"/metrics")
	return m, nil
}

// Close stops the server and waits for it.
func (m *metricsServer) Close() error {
	err := m.server.Close()
	if serr := <-m.done; !errors.Is(serr, http.ErrServerClosed) {
		err = errors.Join(err, serr)
	}
	return err
}
