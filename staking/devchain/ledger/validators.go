package ledger

import (
	"fmt"

	"github.com/floe-network/floe/staking/devchain/checkpoint"
	"github.com/floe-network/floe/staking/devchain/genesis"
)

// The chain's committee: members of equal stake, of which one is replaced each epoch, so that whoever verifies checkpoints
// has to follow the committees.
const (
	committeeSize = 4
	memberStake   = 10_000 / committeeSize // Sui's total voting power is 10,000
)

// validators makes the keys of the committees.
type validators struct {
	seed [32]byte
	// of the epoch that was asked for last
	epoch     uint64
	committee *checkpoint.Committee
	keys      []*checkpoint.SecretKey
}

// of is the committee of an epoch with its keys. It is the writer's, after the opening.
func (v *validators) of(epoch uint64) (*checkpoint.Committee, []*checkpoint.SecretKey, error) {
	if v.committee != nil && v.epoch == epoch {
		return v.committee, v.keys, nil
	}
	c, keys, err := v.make(epoch)
	if err == nil {
		v.epoch, v.committee, v.keys = epoch, c, keys
	}
	return c, keys, err
}

func (v *validators) make(epoch uint64) (*checkpoint.Committee, []*checkpoint.SecretKey, error) {
	var keys []*checkpoint.SecretKey
	var members []checkpoint.Member
	for place := range uint64(committeeSize) {
		// In every epoch one place goes to somebody new.
		seed := genesis.Secret(v.seed, fmt.Sprintf("validator %d.%d", place, (epoch+place)/committeeSize))
		k, err := checkpoint.NewSecretKey(seed[:])
		if err != nil {
			return nil, nil, err
		}
		keys = append(keys, k)
		members = append(members, checkpoint.Member{Key: k.Public(), Stake: memberStake})
	}
	c, err := checkpoint.NewCommittee(epoch, members)
	return c, keys, err
}

// certify has the committee sign a summary. Each time another member is missing, as some always are.
func (v *validators) certify(s *checkpoint.Summary) (*checkpoint.Certificate, []byte, error) {
	c, keys, err := v.of(s.Epoch)
	if err != nil {
		return nil, nil, err
	}
	encoded, err := s.Encode()
	if err != nil {
		return nil, nil, err
	}
	missing := int(s.Sequence % committeeSize)
	cert, err := c.Certify(encoded, append(keys[:missing:missing], keys[missing+1:]...))
	return cert, encoded, err
}
