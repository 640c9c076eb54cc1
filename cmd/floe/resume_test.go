package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/floe-network/floe/light"
)

// A put that is killed at any of its steps is finished by the same put, and paid once.
func TestPutKilledAtEachStep(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "net")
	net := startDevnet(t, dir, "--nodes", "4", "--shards", "10")
	frost := func() uint64 {
		var w struct {
			Frost uint64 `json:"wal_frost"`
		}
		floe(t, nil, "wallet", "--json", "--network", net.network, "--account", net.account).want(t, 0).json(t, &w)
		return w.Frost
	}
	for i, phase := range []light.Phase{light.PhaseQuote, light.PhaseRegister, light.PhaseContact, light.PhaseStore, light.PhaseConfirm, light.PhaseCertify} {
		file, data := randomFile(t, 500_000, byte(100+i))
		before := frost()
		killPut(t, net, file, phase)
		var res struct{ Blob string }
		o := floe(t, nil, "put", "--json", "--network", net.network, "--account", net.account, file).want(t, 0)
		o.json(t, &res)
		// The same put once more finds it there.
		floe(t, nil, "put", "--network", net.network, "--account", net.account, file).want(t, 0)
		back := filepath.Join(t.TempDir(), "back")
		floe(t, nil, "get", "--network", net.network, res.Blob, "-o", back).want(t, 0)
		wantFile(t, back, data)
		var price struct {
			Price struct{ Storage, Write, Deposit uint64 }
		}
		floe(t, nil, "price", "--json", "--network", net.network, "500000B").want(t, 0).json(t, &price)
		// All nodes are up and sign, so that the deposit comes back.
		if spent, want := before-frost(), price.Price.Storage+price.Price.Write; spent != want {
			t.Errorf("killed at %s: %d FROST were spent, a put costs %d", phase, spent, want)
		}
		var list struct {
			Blobs []struct {
				Blob      string  `json:"blob_id"`
				Certified *uint32 `json:"certified_epoch"`
			}
		}
		floe(t, nil, "blob", "ls", "--json", "--network", net.network, "--account", net.account).want(t, 0).json(t, &list)
		if len(list.Blobs) != i+1 {
			t.Errorf("killed at %s: the account has %d objects, want %d", phase, len(list.Blobs), i+1)
		}
		for _, b := range list.Blobs {
			if b.Certified == nil {
				t.Errorf("killed at %s: blob %s is not certified", phase, b.Blob)
			}
		}
	}
}

// killPut runs a put and kills it when it comes to a phase.
func killPut(t *testing.T, net *devnet, file string, phase light.Phase) {
	t.Helper()
	cmd := exec.Command(program, "put", "--json", "--network", net.network, "--account", net.account, file)
	progress, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	cmd.Stdout = &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	hang := time.AfterFunc(testTimeout, func() { cmd.Process.Kill() }) //nolint:errcheck // it may have ended
	defer hang.Stop()
	reached := false
	for lines := bufio.NewScanner(progress); lines.Scan(); {
		var line struct{ Event, Phase string }
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			t.Fatalf("progress %q: %v", lines.Text(), err)
		}
		if line.Event == "phase" && line.Phase == phase.String() {
			reached = true
			cmd.Process.Kill() //nolint:errcheck // running
		}
	}
	cmd.Wait() //nolint:errcheck // killed
	if !reached {
		t.Fatalf("put did not come to %s: %s", phase, strings.TrimSpace(out.String()))
	}
}
