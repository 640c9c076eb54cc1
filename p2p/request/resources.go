package request

import (
	rcmgr "github.com/libp2p/go-libp2p/p2p/host/resource-manager"
)

// ungoverned is a memory limit that no machine reaches, with room for what scaling adds.
const ungoverned = 1 << 50

// AddResourceLimits fits the limits of a resource manager to a Server: the library lets a stream have 16 MiB, where the
// largest sliver of 1000 shards has 42, and one peer 16 MiB of a service or protocol. What bodies take in these scopes is
// bounded by the Server's own Limits, per source and in total, so that only the limit of the whole system remains. The
// numbers of streams stay those of cfg, which must be set before.
func AddResourceLimits(cfg *rcmgr.ScalingLimitConfig, network string) {
	free := func(l rcmgr.BaseLimit) rcmgr.BaseLimit {
		l.Memory = ungoverned
		return l
	}
	cfg.StreamBaseLimit = free(cfg.StreamBaseLimit)
	cfg.PeerBaseLimit = free(cfg.PeerBaseLimit)
	cfg.AddServiceLimit(ServiceName, free(cfg.ServiceBaseLimit), cfg.ServiceLimitIncrease)
	cfg.AddServicePeerLimit(ServiceName, free(cfg.ServicePeerBaseLimit), cfg.ServicePeerLimitIncrease)
	for _, spec := range registry {
		id := spec.ProtocolID(network)
		cfg.AddProtocolLimit(id, free(cfg.ProtocolBaseLimit), cfg.ProtocolLimitIncrease)
		cfg.AddProtocolPeerLimit(id, free(cfg.ProtocolPeerBaseLimit), cfg.ProtocolPeerLimitIncrease)
	}
}
