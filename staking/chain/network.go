package chain

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/floe-network/floe/staking"
	"github.com/floe-network/floe/staking/contract"
	"github.com/floe-network/floe/staking/sui/endpoint"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// Network says how to find a network. Its JSON is the network file, which holds no secrets.
type Network struct {
	// Name is part of every protocol's name.
	Name string `json:"network"`
	// Chain is the digest of the chain's genesis checkpoint.
	Chain ptb.Digest `json:"chain"`
	// Endpoints of full nodes, in the order of preference: https://host, or http://host:port.
	Endpoints []string `json:"endpoints"`
	// Contracts of the network.
	Contracts contract.Deployment `json:"contracts"`
	// Bootstrap are multiaddrs of peers to start from, besides the committee's, each with /p2p/... at its end.
	Bootstrap []string `json:"bootstrap"`
}

// ReadNetwork reads and checks a network file. It fails with ErrNetwork, or with the file system's error.
func ReadNetwork(path string) (*Network, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("network file: %w", err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxNetworkFile+1))
	if err != nil {
		return nil, fmt.Errorf("network file %s: %w", path, err)
	}
	n, err := ParseNetwork(b)
	if err != nil {
		return nil, fmt.Errorf("network file %s: %w", path, err)
	}
	return n, nil
}

// ParseNetwork reads a network file's JSON. Unknown fields are errors. It fails with ErrNetwork.
func ParseNetwork(b []byte) (*Network, error) {
	if len(b) > maxNetworkFile {
		return nil, fmt.Errorf("%w: more than %d bytes", ErrNetwork, maxNetworkFile)
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	var n Network
	if err := d.Decode(&n); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNetwork, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%w: something follows the JSON object", ErrNetwork)
	}
	return &n, n.Check()
}

// Check says what is missing or cannot be. It fails with ErrNetwork.
func (n *Network) Check() error {
	if err := staking.CheckNetworkName(n.Name); err != nil {
		return fmt.Errorf("%w: %w", ErrNetwork, err)
	}
	if n.Chain == (ptb.Digest{}) {
		return fmt.Errorf(`%w: "chain" is missing: the digest of the chain's genesis checkpoint`, ErrNetwork)
	}
	set, err := endpoint.Open(n.Endpoints, n.Chain) // calls nobody
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNetwork, err)
	}
	if err := set.Close(); err != nil {
		return err
	}
	if err := n.Contracts.Check(); err != nil {
		return fmt.Errorf("%w: %w", ErrNetwork, err)
	}
	_, err = n.Peers()
	return err
}

// Peers are the bootstrap peers. It fails with ErrNetwork.
func (n *Network) Peers() ([]peer.AddrInfo, error) {
	if len(n.Bootstrap) > maxBootstrap {
		return nil, fmt.Errorf("%w: %d bootstrap peers, at most %d", ErrNetwork, len(n.Bootstrap), maxBootstrap)
	}
	list := make([]peer.AddrInfo, 0, len(n.Bootstrap))
	for _, s := range n.Bootstrap {
		info, err := peer.AddrInfoFromString(s)
		if err != nil {
			return nil, fmt.Errorf("%w: bootstrap peer %.120q: %w", ErrNetwork, s, err)
		}
		list = append(list, *info)
	}
	return list, nil
}

// WriteNetwork replaces a network file: readers see the old one or the new one, also after a crash.
func WriteNetwork(path string, n *Network) error {
	if err := n.Check(); err != nil {
		return err
	}
	b, err := json.MarshalIndent(n, "", "  ")
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.tmp")
	if err != nil {
		return fmt.Errorf("network file: %w", err)
	}
	defer os.Remove(f.Name()) // fails after the rename, as it should
	_, err = f.Write(append(b, '\n'))
	if err == nil {
		err = f.Chmod(0o644) // public data
	}
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("network file %s: %w", path, err)
	}
	return nil
}
