package genesis_test

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/floe-network/floe/internal/leaktest"
	"github.com/floe-network/floe/staking/contract"
	"github.com/floe-network/floe/staking/contract/contracttest"
	"github.com/floe-network/floe/staking/contract/genesis"
	"github.com/floe-network/floe/staking/contract/object"
	"github.com/floe-network/floe/staking/contract/view"
	"github.com/floe-network/floe/staking/move"
	"github.com/floe-network/floe/staking/sui/ptb"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

// valid is a Config that can start.
func valid() genesis.Config {
	c := genesis.Default()
	c.Name, c.Start = "floe-test", time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	return c
}

func TestConfigAsJSON(t *testing.T) {
	c := valid()
	encoded, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := genesis.Parse(encoded); err != nil || got != c {
		t.Errorf("%+v, %v", got, err)
	}
	got, err := genesis.Parse([]byte(`{"name": "floe-test", "start": "2030-01-02T03:04:05Z", "shards": 100, "timing": {"cutoff": "100h"}}`))
	c.Shards, c.Timing.Cutoff = 100, genesis.Span(100*time.Hour)
	if err != nil || got != c {
		t.Errorf("%+v, %v", got, err)
	}
	text := string(encoded)
	for name, wrong := range map[string]string{
		"nothing": "", "a rest": text + "{}", "too much": text + strings.Repeat(" ", 64<<10), "no name": `{"start": "2030-01-02T03:04:05Z"}`,
		"no start": `{"name": "floe"}`, "an unknown field": `{"names": "floe"}`, "no time": strings.Replace(text, "336h0m0s", "336", 1),
		"too many shards": strings.Replace(text, `"shards":1000`, `"shards":4097`, 1), "parts of a millisecond": strings.Replace(text, "336h0m0s", "336h0m0.0001s", 1),
	} {
		if _, err := genesis.Parse([]byte(wrong)); !errors.Is(err, genesis.ErrConfig) || wrong == text {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestDocumentation reads the example of the documentation, which says that it has the defaults.
func TestDocumentation(t *testing.T) {
	text, err := os.ReadFile("../../../docs/contracts.md")
	if err != nil {
		t.Fatal(err)
	}
	example := regexp.MustCompile(`(?s)    \{\n      "name".*?\n    \}\n`).Find(text)
	example = regexp.MustCompile(`(?m)([,{])  +\w.*$`).ReplaceAll(example, []byte("$1")) // remarks
	got, err := genesis.Parse(example)
	want := genesis.Default()
	want.Name, want.Start = "floe-example", got.Start
	if err != nil || got != want {
		t.Errorf("%+v, %v, from %s", got, err, example)
	}
}

func TestDefaultsAreTheContracts(t *testing.T) {
	n := contracttest.Start(t, contracttest.Config(10))
	c := genesis.Default()
	p := c.Parameters()
	if got := contracttest.Look(n.Chain, view.DefaultTiming); got != p.Timing {
		t.Errorf("%+v, %+v", got, p.Timing)
	}
	if got := contracttest.Look(n.Chain, view.DefaultEconomics); got != p.Economics {
		t.Errorf("%+v, %+v", got, p.Economics)
	}
	if got := contracttest.Look(n.Chain, view.DefaultPenalties); got != p.Penalties {
		t.Errorf("%+v, %+v", got, p.Penalties)
	}
}

// edges are numbers around which bounds are likely.
func edge(r *rand.Rand, bounds ...uint64) uint64 {
	n := bounds[r.IntN(len(bounds))]
	switch r.IntN(4) {
	case 0:
		return n + 1
	case 1:
		return max(n, 1) - 1
	default:
		return n
	}
}

// TestCheckIsWhatTheContractsCheck asks the contracts about parameters at the edges of what is allowed.
func TestCheckIsWhatTheContractsCheck(t *testing.T) {
	n := contracttest.Start(t, contracttest.Config(10))
	r := rand.New(rand.NewPCG(5, 6))
	year, good := uint64(365*24*3600_000), 0
	for range 300 {
		duration := edge(r, 1000, year)
		c := valid()
		span := func(ms uint64) genesis.Span { return genesis.Span(time.Duration(ms) * time.Millisecond) }
		c.Timing = genesis.Timing{Duration: span(duration), Cutoff: span(edge(r, duration/2, duration, 100)), ChallengePoint: span(edge(r, duration/2, 100)),
			AnswerWindow: span(edge(r, duration/4, 0)), ReportWindow: span(edge(r, duration/4, 50)), SyncDeadline: span(edge(r, 100, 0, duration/2)),
			RecoveryDeadline: span(edge(r, 100, duration, duration/2))}
		c.Economics = genesis.Economics{FloorBP: edge(r, 0, 10_000, 500), InterestBP: edge(r, 1000, 100), ToleranceBP: edge(r, 10_000, 500),
			MaxPenaltyBP: edge(r, 10_000, 500), MinNodes: edge(r, 0, 4, 150), MaxNodes: edge(r, 150, 4)}
		const most = 1_000_000_000_000_000
		c.Penalties = genesis.Penalties{RecoverySender: edge(r, 5, most), RecoveryReceiver: edge(r, 5, 0, 1), FailAnswer: edge(r, 5, most), FailIssue: edge(r, 5, 0, most)}
		for part, set := range map[string]func(*genesis.Config){
			"new_timing":    func(v *genesis.Config) { v.Timing = c.Timing },
			"new_economics": func(v *genesis.Config) { v.Economics = c.Economics },
			"new_penalties": func(v *genesis.Config) { v.Penalties = c.Penalties },
		} {
			one := valid()
			set(&one)
			ours, theirs := one.Check(), ask(n, part, one.Parameters())
			if (ours == nil) != (theirs == nil) {
				t.Fatalf("%s of %+v: %v, %v", part, one, ours, theirs)
			}
			if ours == nil {
				good++
			} else if !errors.Is(ours, genesis.ErrConfig) {
				t.Fatal(ours)
			}
		}
	}
	if good < 50 || good > 850 {
		t.Errorf("%d of 900 are allowed: the test is about nothing", good)
	}
}

// ask makes parameters by the contracts.
func ask(n *contracttest.Network, part string, p contract.Parameters) error {
	var err error
	d := n.Deployment
	call := func(b *ptb.Builder, list ...uint64) ptb.Argument {
		var args []ptb.Argument
		for _, x := range list {
			args = append(args, b.U64(x))
		}
		return d.Floe(b, "params", part, args...)
	}
	switch part {
	case "new_timing":
		v := p.Timing
		_, err = contracttest.TryLook(n.Chain, func(_ *contract.Deployment, b *ptb.Builder) view.View[object.Timing] {
			return view.Of[object.Timing](part, call(b, v.Duration, v.Cutoff, v.ChallengePoint, v.AnswerWindow, v.ReportWindow, v.SyncDeadline, v.RecoveryDeadline))
		})
	case "new_economics":
		v := p.Economics
		_, err = contracttest.TryLook(n.Chain, func(_ *contract.Deployment, b *ptb.Builder) view.View[object.Economics] {
			return view.Of[object.Economics](part, call(b, v.FloorBP, v.InterestBP, v.ToleranceBP, v.MaxPenaltyBP, v.MinNodes, v.MaxNodes))
		})
	case "new_penalties":
		v := p.Penalties
		_, err = contracttest.TryLook(n.Chain, func(_ *contract.Deployment, b *ptb.Builder) view.View[object.Penalties] {
			return view.Of[object.Penalties](part, call(b, v.RecoverySender, v.RecoveryReceiver, v.FailAnswer, v.FailIssue))
		})
	}
	return err
}

func TestBoundsOfTheRest(t *testing.T) {
	for name, change := range map[string]func(*genesis.Config){
		"name":         func(c *genesis.Config) { c.Name = "Floe" },
		"start":        func(c *genesis.Config) { c.Start = time.Unix(0, 0) },
		"late start":   func(c *genesis.Config) { c.Start = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC) },
		"few shards":   func(c *genesis.Config) { c.Shards = 3 },
		"no horizon":   func(c *genesis.Config) { c.Horizon = 0 },
		"far horizon":  func(c *genesis.Config) { c.Horizon = 129 },
		"no price":     func(c *genesis.Config) { c.Prices.Storage = 0 },
		"high price":   func(c *genesis.Config) { c.Prices.Write = 1_000_000_000_000_001 },
		"large shards": func(c *genesis.Config) { c.Prices.ShardSize = 1<<50 + 1 },
		"low factor":   func(c *genesis.Config) { c.Prices.WriteFactorBP = 9_999 },
		"high factor":  func(c *genesis.Config) { c.Prices.WriteFactorBP = 100_001 },
		"no bond":      func(c *genesis.Config) { c.LightNodes.Bond = 0 },
		"high bond":    func(c *genesis.Config) { c.LightNodes.Bond = 1_000_000_000_001 },
		"no blames":    func(c *genesis.Config) { c.LightNodes.Blames = 0 },
		"many blames":  func(c *genesis.Config) { c.LightNodes.Blames = 1_001 },
	} {
		c := valid()
		if err := c.Check(); err != nil {
			t.Fatal(err)
		}
		if change(&c); !errors.Is(c.Check(), genesis.ErrConfig) {
			t.Errorf("%s: %v", name, c.Check())
		}
		if p, err := genesis.New(c, ptb.ShortAddress(1), genesis.Chain{}); !errors.Is(err, genesis.ErrConfig) || p != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestPublication(t *testing.T) {
	c := contracttest.NewChain(t)
	by := contracttest.Key(3)
	o := c.Deployment.Objects
	p, err := genesis.New(contracttest.Config(10), by.Address(), genesis.Chain{Clock: o.Clock, Random: o.Random})
	if err != nil {
		t.Fatal(err)
	}
	steps := 0
	for p.Step != genesis.Done {
		if err := p.Executed(nil); !errors.Is(err, genesis.ErrMissing) || !strings.Contains(err.Error(), p.Step.String()) {
			t.Fatalf("to %s: %v", p.Step, err)
		}
		// Interrupted between steps, it goes on from its JSON.
		encoded, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		p = new(genesis.Publication)
		if err := json.Unmarshal(encoded, p); err != nil {
			t.Fatal(err)
		}
		program, err := p.Program(c.Set)
		if err != nil {
			t.Fatal(err)
		}
		r, err := c.TryProgram(by, program)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Executed(r.Made()); err != nil {
			t.Fatal(err)
		}
		steps++
	}
	if err := p.Deployment.Check(); err != nil || steps != 5 {
		t.Errorf("%d steps, %v", steps, err)
	}
	if _, err := p.Program(c.Set); !errors.Is(err, genesis.ErrMissing) || !errors.Is(p.Executed(nil), genesis.ErrMissing) {
		t.Errorf("after the last step: %v", err)
	}
	// A second network on the same chain takes the coin that is there.
	second, err := genesis.New(contracttest.Config(10), by.Address(), genesis.Chain{Clock: o.Clock, Random: o.Random,
		Coin: &genesis.Coin{Package: p.Deployment.Packages.Wal, Treasury: p.Deployment.Objects.Treasury}})
	if err != nil || second.Step != genesis.PublishContracts {
		t.Fatalf("%+v, %v", second, err)
	}
	if _, err := second.Program(c.Set); err != nil {
		t.Error(err)
	}
	lost := genesis.Publication{Step: genesis.PublishReads}
	if _, err := lost.Program(&move.Set{}); !errors.Is(err, move.ErrNoPackage) {
		t.Error(err)
	}
}
