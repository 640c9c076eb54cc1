// Package genesis starts networks: what a genesis file says, and the transactions that publish the contracts and share their
// objects, on whichever chain.
package genesis

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/floe-network/floe/staking"
	"github.com/floe-network/floe/staking/contract"
	"github.com/floe-network/floe/staking/contract/object"
)

// ErrConfig says that no network can start with a configuration.
var ErrConfig = errors.New("invalid genesis")

// Span is a time in whole milliseconds. Its text is that of a time.Duration, as 336h0m0s.
type Span time.Duration

// MarshalText implements encoding.TextMarshaler.
func (s Span) MarshalText() ([]byte, error) { return []byte(time.Duration(s).String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *Span) UnmarshalText(b []byte) error {
	d, err := time.ParseDuration(string(b))
	*s = Span(d)
	return err
}

func (s Span) ms() uint64 { return uint64(time.Duration(s).Milliseconds()) }

// Timing has the points and spans of an epoch. Points count from its scheduled start.
type Timing struct {
	Duration         Span `json:"duration"`
	Cutoff           Span `json:"cutoff"`            // from here on stake, votes and proposals miss the next epoch
	ChallengePoint   Span `json:"challenge_point"`   // from here on challenges may be started
	AnswerWindow     Span `json:"answer_window"`     // least time between the seed and the report window
	ReportWindow     Span `json:"report_window"`     // the last part of the epoch
	SyncDeadline     Span `json:"sync_deadline"`     // up to here receivers attest shards
	RecoveryDeadline Span `json:"recovery_deadline"` // here the change of epoch counts as done
}

// Economics has rates in basis points, and numbers of nodes.
type Economics struct {
	FloorBP      uint64 `json:"floor_bp"`
	InterestBP   uint64 `json:"interest_bp"`
	ToleranceBP  uint64 `json:"tolerance_bp"`
	MaxPenaltyBP uint64 `json:"max_penalty_bp"`
	MinNodes     uint64 `json:"min_nodes"`
	MaxNodes     uint64 `json:"max_nodes"`
}

// Penalties are in FROST per shard.
type Penalties struct {
	RecoverySender   uint64 `json:"recovery_sender"`
	RecoveryReceiver uint64 `json:"recovery_receiver"`
	FailAnswer       uint64 `json:"fail_answer"`
	FailIssue        uint64 `json:"fail_issue"`
}

// Prices are those of the first epoch: FROST for a MiB of encoded data, and the bytes of a shard.
type Prices struct {
	Storage   uint64 `json:"storage"` // and epoch
	Write     uint64 `json:"write"`
	ShardSize uint64 `json:"shard_size"`
	// WriteFactorBP is what a writer pays, deposit included, of the write price.
	WriteFactorBP uint64 `json:"write_factor_bp"`
}

// LightNodes has the rules for light nodes. A bond is held for as long as an epoch lasts after leaving.
type LightNodes struct {
	Bond   uint64 `json:"bond"` // FROST
	Blames uint64 `json:"blames"`
}

// Config is a genesis file: what a network starts with. But for prices, which nodes vote on, penalties, which members govern,
// and name, nothing of it ever changes.
type Config struct {
	// Name of the network, 1 to 32 of a-z, 0-9 and '-'. It is part of the protocols' names, not of the contracts.
	Name string `json:"name"`
	// Start is when the first epoch begins, or later, when there are enough nodes with stake.
	Start      time.Time  `json:"start"`
	Shards     uint16     `json:"shards"`
	Horizon    uint32     `json:"horizon"` // epochs that can be reserved, the present one included
	Timing     Timing     `json:"timing"`
	Economics  Economics  `json:"economics"`
	Penalties  Penalties  `json:"penalties"`
	Prices     Prices     `json:"prices"`
	LightNodes LightNodes `json:"light_nodes"`
}

// wal is FROST in a WAL.
const wal = 1_000_000_000

// Default is a Config with the contracts' defaults, to which name and start are to be added.
func Default() Config {
	const day = 24 * time.Hour
	return Config{
		Shards:  1000, // as Walrus has
		Horizon: 53,   // two years of two weeks each, and the present epoch
		Timing: Timing{
			Duration: Span(14 * day), Cutoff: Span(7 * day), ChallengePoint: Span(19 * day / 2), AnswerWindow: Span(day), ReportWindow: Span(day),
			SyncDeadline: Span(3 * day), RecoveryDeadline: Span(5 * day),
		},
		Economics: Economics{FloorBP: 500, InterestBP: 100, ToleranceBP: 500, MaxPenaltyBP: 1_000, MinNodes: 4, MaxNodes: 150},
		Penalties: Penalties{RecoverySender: 5 * wal, RecoveryReceiver: wal, FailAnswer: 5 * wal, FailIssue: wal},
		// A network's own affair: these are of the order of Walrus's. A shard of 1 TiB is one disk.
		Prices:     Prices{Storage: 100_000, Write: 20_000, ShardSize: 1 << 40, WriteFactorBP: 20_000},
		LightNodes: LightNodes{Bond: 10 * wal, Blames: 16},
	}
}

// maxConfig bounds a genesis file: it has some forty short fields.
const maxConfig = 64 << 10

// Parse reads a genesis file's JSON. What it does not say is as in Default; name and start must be there, and unknown fields
// are errors. It fails with ErrConfig.
func Parse(b []byte) (Config, error) {
	if len(b) > maxConfig {
		return Config{}, fmt.Errorf("%w: %d bytes, at most %d", ErrConfig, len(b), maxConfig)
	}
	c := Default()
	decoder := json.NewDecoder(bytes.NewReader(b))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&c); err != nil {
		return Config{}, fmt.Errorf("%w: %w", ErrConfig, err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return Config{}, fmt.Errorf("%w: something follows the JSON object", ErrConfig)
	}
	if err := c.Check(); err != nil {
		return Config{}, err
	}
	return c, nil
}

// Bounds of the contracts; the modules that have them are named.
const (
	minShards     = 4     // system
	maxShards     = 4_096 // system
	maxHorizon    = 128   // accounting: the ring of epochs
	bp            = 10_000
	maxFactorBP   = 100_000                    // system
	maxInterestBP = 1_000                      // params
	maxNodes      = 150                        // params
	maxPenalty    = 1_000_000 * wal            // params
	maxDuration   = Span(365 * 24 * time.Hour) // params
	maxPrice      = 1_000_000 * wal            // node_info
	maxShardSize  = 1 << 50                    // node_info
	maxBond       = 1_000 * wal                // light_node
	maxBlames     = 1_000                      // light_node
	maxLeave      = Span(90 * 24 * time.Hour)  // light_node
)

// latestStart keeps sums of times far from the end of 64 bits.
var latestStart = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

// rule is something that must hold.
type rule struct {
	ok   bool
	what string
}

// Check says whether the contracts will take the Config. It fails with ErrConfig.
func (c *Config) Check() error {
	if err := staking.CheckNetworkName(c.Name); err != nil {
		return fmt.Errorf("%w: %w", ErrConfig, err)
	}
	for _, list := range [...][]rule{c.general(), c.Timing.rules(), c.Economics.rules(), c.Penalties.rules(), c.Prices.rules()} {
		for _, r := range list {
			if !r.ok {
				return fmt.Errorf("%w: want %s", ErrConfig, r.what)
			}
		}
	}
	return nil
}

func (c *Config) general() []rule {
	return []rule{
		{c.Start.UnixMilli() > 0 && c.Start.Before(latestStart), "a start after 1970 and before 9999"},
		{minShards <= c.Shards && c.Shards <= maxShards, "4 to 4,096 shards"},
		{0 < c.Horizon && c.Horizon <= maxHorizon, "a horizon of 1 to 128 epochs"},
		{0 < c.LightNodes.Bond && c.LightNodes.Bond <= maxBond, "a bond of light nodes of 1 FROST to 1,000 WAL"},
		{0 < c.LightNodes.Blames && c.LightNodes.Blames <= maxBlames, "1 to 1,000 blames of a light node in an epoch"},
	}
}

func (t *Timing) rules() []rule {
	whole, bounded := true, true
	for _, s := range [...]Span{t.Duration, t.Cutoff, t.ChallengePoint, t.AnswerWindow, t.ReportWindow, t.SyncDeadline, t.RecoveryDeadline} {
		whole = whole && time.Duration(s)%time.Millisecond == 0
		bounded = bounded && s > 0 && s <= maxDuration
	}
	return []rule{
		{whole, "times in whole milliseconds"},
		{bounded, "times above zero and up to a year"},
		{t.SyncDeadline <= t.RecoveryDeadline && t.RecoveryDeadline <= t.Duration, "sync_deadline <= recovery_deadline <= duration"},
		{t.SyncDeadline <= t.Cutoff && t.Cutoff < t.Duration, "sync_deadline <= cutoff < duration"},
		{t.SyncDeadline <= t.ChallengePoint, "sync_deadline <= challenge_point"},
		{t.ChallengePoint+t.AnswerWindow+t.ReportWindow <= t.Duration, "challenge_point + answer_window + report_window <= duration"},
	}
}

func (e *Economics) rules() []rule {
	return []rule{
		{0 < e.FloorBP && e.FloorBP <= bp, "floor_bp of 1 to 10,000"},
		{e.InterestBP <= maxInterestBP, "interest_bp of at most 1,000"},
		{e.ToleranceBP <= bp && e.MaxPenaltyBP <= bp, "tolerance_bp and max_penalty_bp of at most 10,000"},
		{0 < e.MinNodes && e.MinNodes <= e.MaxNodes && e.MaxNodes <= maxNodes, "1 <= min_nodes <= max_nodes <= 150"},
	}
}

func (p *Penalties) rules() []rule {
	bounded := true
	for _, n := range [...]uint64{p.RecoverySender, p.RecoveryReceiver, p.FailAnswer, p.FailIssue} {
		bounded = bounded && 0 < n && n <= maxPenalty
	}
	return []rule{
		{bounded, "penalties of 1 FROST to 1,000,000 WAL"},
		{p.RecoverySender >= p.RecoveryReceiver && p.FailAnswer >= p.RecoveryReceiver, "recovery_sender and fail_answer of at least recovery_receiver"},
	}
}

func (p *Prices) rules() []rule {
	return []rule{
		{0 < p.Storage && p.Storage <= maxPrice && 0 < p.Write && p.Write <= maxPrice, "prices of 1 FROST to 1,000,000 WAL"},
		{0 < p.ShardSize && p.ShardSize <= maxShardSize, "a shard size of 1 byte to 1 PiB"},
		{bp <= p.WriteFactorBP && p.WriteFactorBP <= maxFactorBP, "write_factor_bp of 10,000 to 100,000"},
	}
}

// Parameters are what the contracts are given.
func (c *Config) Parameters() contract.Parameters {
	t := &c.Timing
	return contract.Parameters{
		Shards: c.Shards, FirstStartMS: uint64(c.Start.UnixMilli()), Horizon: c.Horizon, WriteFactorBP: c.Prices.WriteFactorBP,
		Timing: object.Timing{Duration: t.Duration.ms(), Cutoff: t.Cutoff.ms(), ChallengePoint: t.ChallengePoint.ms(), AnswerWindow: t.AnswerWindow.ms(),
			ReportWindow: t.ReportWindow.ms(), SyncDeadline: t.SyncDeadline.ms(), RecoveryDeadline: t.RecoveryDeadline.ms()},
		Economics: object.Economics(c.Economics),
		Penalties: object.Penalties(c.Penalties),
		Prices:    object.Votes{StoragePrice: c.Prices.Storage, WritePrice: c.Prices.Write, ShardSize: c.Prices.ShardSize},
	}
}

// leave is how long the bond of a light node is held.
func (c *Config) leave() Span { return min(c.Timing.Duration, maxLeave) }
