package staking

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"

	"github.com/floe-network/floe/staking/bls"
)

// maxNetworkFile bounds a network file: MaxMembers members with addresses and 4096 shard numbers fit in a tenth of it.
const maxNetworkFile = 16 << 20

// networkFile is the JSON form of a committee.
type networkFile struct {
	Network string       `json:"network"`
	Epoch   uint32       `json:"epoch"`
	NShards int          `json:"n_shards"`
	Members []memberFile `json:"members"`
}

type memberFile struct {
	NodeID NodeID        `json:"node_id"`
	PeerID string        `json:"peer_id"`
	BLSKey bls.PublicKey `json:"bls_pk"`
	Addrs  []string      `json:"addrs"`
	Shards []int         `json:"shards"`
}

// ReadNetwork reads and checks a network file.
func ReadNetwork(path string) (*Committee, error) {
	f, err := os.Open(path) //nolint:gosec // the user names the file
	if err != nil {
		return nil, fmt.Errorf("network file: %w", err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxNetworkFile+1))
	if err != nil {
		return nil, fmt.Errorf("network file %s: %w", path, err)
	}
	c, err := ParseNetwork(b)
	if err != nil {
		return nil, fmt.Errorf("network file %s: %w", path, err)
	}
	return c, nil
}

// ParseNetwork reads a network file's JSON. Unknown fields are errors.
func ParseNetwork(b []byte) (*Committee, error) {
	if len(b) > maxNetworkFile {
		return nil, fmt.Errorf("%w: more than %d bytes", ErrInvalid, maxNetworkFile)
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	var nf networkFile
	if err := d.Decode(&nf); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	if d.More() {
		return nil, fmt.Errorf("%w: more than one JSON value", ErrInvalid)
	}
	members := make([]Member, len(nf.Members))
	for i, m := range nf.Members {
		id, err := peer.Decode(m.PeerID)
		if err != nil {
			return nil, fmt.Errorf("%w: member %d: peer id %.80q: %w", ErrInvalid, i, m.PeerID, err)
		}
		if len(m.Addrs) > MaxMemberAddrs {
			return nil, fmt.Errorf("%w: member %d has %d addresses, at most %d", ErrInvalid, i, len(m.Addrs), MaxMemberAddrs)
		}
		addrs := make([]ma.Multiaddr, len(m.Addrs))
		for j, s := range m.Addrs {
			if addrs[j], err = ma.NewMultiaddr(s); err != nil {
				return nil, fmt.Errorf("%w: member %d: address %.120q: %w", ErrInvalid, i, s, err)
			}
		}
		members[i] = Member{NodeID: m.NodeID, PeerID: id, PublicKey: m.BLSKey, Addrs: addrs, Shards: m.Shards}
	}
	return NewCommittee(nf.Network, nf.Epoch, nf.NShards, members)
}

// MarshalJSON gives the network file.
func (c *Committee) MarshalJSON() ([]byte, error) {
	nf := networkFile{Network: c.network, Epoch: c.epoch, NShards: c.params.Shards(), Members: make([]memberFile, len(c.members))}
	for i := range c.members {
		m := &c.members[i]
		addrs := make([]string, len(m.Addrs))
		for j, a := range m.Addrs {
			addrs[j] = a.String()
		}
		nf.Members[i] = memberFile{NodeID: m.NodeID, PeerID: m.PeerID.String(), BLSKey: m.PublicKey, Addrs: addrs, Shards: m.Shards}
	}
	return json.Marshal(nf)
}

// WriteNetwork replaces a network file: readers see the old one or the new one, also after a crash.
func WriteNetwork(path string, c *Committee) error {
	b, err := json.MarshalIndent(c, "", "  ")
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
