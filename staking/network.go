package staking

import (
	"bytes"
	"encoding/json"
	"errors"
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
	Epoch   *uint32      `json:"epoch"` // pointers tell what is missing from what is zero
	NShards int          `json:"n_shards"`
	Members []memberFile `json:"members"`
}

type memberFile struct {
	NodeID *NodeID       `json:"node_id"`
	PeerID string        `json:"peer_id"`
	BLSKey bls.PublicKey `json:"bls_pk"`
	Addrs  []string      `json:"addrs"`
	Shards []int         `json:"shards"`
}

// ReadNetwork reads and checks a network file.
func ReadNetwork(path string) (*Committee, error) {
	f, err := os.Open(path)
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

// ParseNetwork reads a network file's JSON. Unknown fields are errors, and so is a missing epoch or node id. An address may
// end in the member's own /p2p part, which is cut off.
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
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%w: something follows the JSON object", ErrInvalid)
	}
	if nf.Epoch == nil {
		return nil, fmt.Errorf(`%w: "epoch" is missing`, ErrInvalid)
	}
	if len(nf.Members) > MaxMembers {
		return nil, fmt.Errorf("%w: %d members, at most %d", ErrInvalid, len(nf.Members), MaxMembers)
	}
	members := make([]Member, len(nf.Members))
	for i := range nf.Members {
		m, err := nf.Members[i].member()
		if err != nil {
			return nil, fmt.Errorf("%w: member %d: %w", ErrInvalid, i, err)
		}
		members[i] = m
	}
	return NewCommittee(nf.Network, *nf.Epoch, nf.NShards, members)
}

func (m *memberFile) member() (Member, error) {
	if m.NodeID == nil {
		return Member{}, errors.New(`"node_id" is missing`)
	}
	id, err := peer.Decode(m.PeerID)
	if err != nil {
		return Member{}, fmt.Errorf("peer id %.80q: %w", m.PeerID, err)
	}
	if len(m.Addrs) > MaxMemberAddrs {
		return Member{}, fmt.Errorf("%d addresses, at most %d", len(m.Addrs), MaxMemberAddrs)
	}
	addrs := make([]ma.Multiaddr, len(m.Addrs))
	for j, s := range m.Addrs {
		a, err := ma.NewMultiaddr(s)
		if err != nil {
			return Member{}, fmt.Errorf("address %.120q: %w", s, err)
		}
		transport, p := peer.SplitAddr(a)
		if p != "" && p != id || len(transport) == 0 {
			return Member{}, fmt.Errorf("address %.120q does not lead to peer %s", s, id)
		}
		addrs[j] = transport
	}
	return Member{NodeID: *m.NodeID, PeerID: id, PublicKey: m.BLSKey, Addrs: addrs, Shards: m.Shards}, nil
}

// MarshalJSON gives the network file.
func (c *Committee) MarshalJSON() ([]byte, error) {
	nf := networkFile{Network: c.network, Epoch: &c.epoch, NShards: c.params.Shards(), Members: make([]memberFile, len(c.members))}
	for i := range c.members {
		m := &c.members[i]
		addrs := make([]string, len(m.Addrs))
		for j, a := range m.Addrs {
			addrs[j] = a.String()
		}
		nf.Members[i] = memberFile{NodeID: &m.NodeID, PeerID: m.PeerID.String(), BLSKey: m.PublicKey, Addrs: addrs, Shards: m.Shards}
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
