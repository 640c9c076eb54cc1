package object

import (
	"fmt"

	"github.com/floe-network/floe/staking/sui/ptb"
)

// Timing has the points and spans of an epoch in milliseconds. Points count from the scheduled start of the epoch.
type Timing struct {
	Duration         uint64 // of an epoch
	Cutoff           uint64 // from here on stake, votes and proposals miss the next epoch
	ChallengePoint   uint64 // from here on challenges may be started
	AnswerWindow     uint64 // least time between the seed and the report window
	ReportWindow     uint64 // the last part of the epoch
	SyncDeadline     uint64 // up to here receivers attest shards
	RecoveryDeadline uint64 // here the change of epoch counts as done
}

// Economics has rates in basis points, and numbers of nodes.
type Economics struct {
	FloorBP      uint64 // of the principal that redemption always returns
	InterestBP   uint64 // on debt, an epoch
	ToleranceBP  uint64 // of stake per shard, before a shard moves
	MaxPenaltyBP uint64 // of the average stake per shard
	MinNodes     uint64 // of a committee
	MaxNodes     uint64 // of the active set
}

// Penalties are the governed penalties, in FROST per shard.
type Penalties struct {
	RecoverySender   uint64
	RecoveryReceiver uint64
	FailAnswer       uint64
	FailIssue        uint64
}

// Votes are what a node wants of prices (FROST per MiB; storage: and epoch) and of the size of a shard.
type Votes struct {
	StoragePrice uint64
	WritePrice   uint64
	ShardSize    uint64
}

// NodeInfo is what a node says of itself.
type NodeInfo struct {
	Name      string
	PeerKey   []byte   // ed25519
	Addresses []string // multiaddrs
	Key       []byte   // BLS, an uncompressed point of 96 bytes
	Payout    ptb.Address
	Votes     Votes
	Halted    bool // takes no new stake
	Withdrawn bool // left
	Suspended bool // failed its challenges too often
}

// RosterMember is a node with shards.
type RosterMember struct {
	NodeID ptb.Address
	Stake  uint64
	Key    []byte   // BLS, an uncompressed point of 96 bytes
	Shards []uint16 // ascending
}

// Roster is a committee with stake and shards. Members ascend by node id.
type Roster struct {
	Members []RosterMember
}

// CommitteeMember is a member as the System knows it.
type CommitteeMember struct {
	NodeID ptb.Address
	Key    []byte // BLS, an uncompressed point of 96 bytes
	Weight uint16 // shards
}

// Committee is the present committee. Members ascend by node id, which is the order of bitmaps.
type Committee struct {
	Epoch    uint32
	NShards  uint16
	Members  []CommitteeMember
	TotalKey []byte // the sum of all keys, a compressed point of 48 bytes
}

// Line is what an epoch brought a member.
type Line struct {
	NodeID    ptb.Address
	Shards    uint16
	Reward    uint64
	Penalty   uint64
	Suspended bool
}

// RecordState says what became of a record of Transfers.
type RecordState uint8

// The states.
const (
	Waiting  RecordState = iota // the receiver has said nothing
	Failed                      // the receiver says that the sender fails; it may still attest
	Attested                    // the receiver has the shards
	Expired                     // the deadline passed without that
)

func (s RecordState) String() string {
	names := [...]string{"waiting", "failed", "attested", "expired"}
	if int(s) < len(names) {
		return names[s]
	}
	return fmt.Sprintf("state %d", uint8(s))
}

// Record is shards that move from one node to another.
type Record struct {
	Sender    uint16 // number in the roster of the epoch before
	Receiver  uint16 // number in the present roster
	Shards    []uint16
	Inherited bool   // the shards were in recovery when they moved
	Owed      uint64 // shards for which the sender owes when the record expires
	State     RecordState
}

// Shard is what is known of a shard.
type Shard struct {
	Owner    uint16 // number in the present roster
	Incoming bool   // it moved with this change and is not in its owner's hands yet
	Since    uint32 // the epoch in which its recovery began, or 0
	Excused  uint32 // the last epoch for whose challenge it was excused, or 0
	Lost     bool   // its owner asked for its recovery in this epoch
}

// Transfers is the state of the latest change of epoch, and of all shards.
type Transfers struct {
	Epoch              uint32
	DeadlineMS         uint64
	RecoveryDeadlineMS uint64
	Records            []Record
	Open               uint64 // records that are waiting or failed
	Cursor             uint64 // all records before this one are settled
	Shards             []Shard
	Missing            []uint16 // incoming shards that are not in their owner's hands, by member
	Ready              uint16   // shards of the members that miss none
	Done               bool
}

// Challenge is the challenge of an epoch. Lists go by member.
type Challenge struct {
	Seed      []byte // 32 bytes; empty before the start
	Blobs     uint64 // blob ids that had been certified at the start
	Excused   []uint16
	Certified []bool
	Reported  []bool
	Reporters uint16 // shards of those who reported
	Passes    []uint16
	Issues    []uint16
	Strikes   []uint8 // epochs running of failed challenges
}

// Proposal is penalties, and the stake in favour of them.
type Proposal struct {
	Penalties Penalties
	Stake     uint64
}

// Governance has the proposals of an epoch. Lists of booleans go by member.
type Governance struct {
	Proposals []Proposal
	Proposed  []bool
	Voted     []bool
	Cast      uint64     // stake of all who voted
	Adopted   *Penalties `bcs:"optional"`
}
