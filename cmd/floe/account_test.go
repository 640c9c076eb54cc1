package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/floe-network/floe/staking/contract/genesis"
)

// The commands about what an account has, one after the other, as somebody would use them.
func TestAccountCommands(t *testing.T) {
	t.Parallel()
	net := startDevnet(t, filepath.Join(t.TempDir(), "net"), "--nodes", "4", "--shards", "10")
	cmd := func(code int, args ...string) outcome {
		t.Helper()
		at := 1
		if args[0] == "blob" || args[0] == "storage" || len(args) > 1 && args[1] == "ls" {
			at = 2
		}
		return floe(t, nil, append(append(append([]string{}, args[:at]...), "--json", "--network", net.network, "--account", net.account), args[at:]...)...).want(t, code)
	}
	look := func(code int, args ...string) outcome {
		t.Helper()
		return floe(t, nil, append(args, "--json", "--network", net.network)...).want(t, code)
	}
	file, _ := randomFile(t, 100_000, 9)
	var put struct {
		Blob   string
		Object string
		End    uint32 `json:"end_epoch"`
	}
	cmd(0, "put", "--epochs", "2", "--deletable", file).json(t, &put)

	var extended struct {
		End  uint32 `json:"end_epoch"`
		Cost uint64 `json:"cost_frost"`
	}
	cmd(exitFailure, "blob", "extend", put.Blob, "--epochs", "2", "--max", "1frost")
	cmd(0, "blob", "extend", put.Blob, "--epochs", "2").json(t, &extended)
	if extended.End != put.End+2 || extended.Cost == 0 {
		t.Errorf("extended %+v, put %+v", extended, put)
	}
	cmd(0, "blob", "set-attr", put.Object, "content-type", "image/jpeg")
	cmd(exitNotFound, "blob", "set-attr", "0x5", "content-type", "image/jpeg")
	cmd(exitUsage, "blob", "delete", "neither")
	var shown struct {
		End    uint32 `json:"end_epoch"`
		Stored bool
	}
	look(0, "blob", "show", put.Blob).json(t, &shown)
	if shown.End != extended.End || !shown.Stored {
		t.Errorf("shown %+v", shown)
	}
	look(exitNotFound, "status", oneByte)
	cmd(0, "blob", "delete", put.Blob)
	look(exitNotFound, "get", "--out", filepath.Join(t.TempDir(), "gone"), put.Blob)

	// What came back is cut in three, put together again, and serves the next blob.
	type storage struct {
		Object     string
		Size       uint64 `json:"encoded_size"`
		Start, End uint32
	}
	list := func() []storage {
		t.Helper()
		var s struct {
			Storage []struct {
				Object string
				Size   uint64 `json:"encoded_size"`
				Start  uint32 `json:"start_epoch"`
				End    uint32 `json:"end_epoch"`
			}
		}
		cmd(0, "storage", "ls").json(t, &s)
		var all []storage
		for _, x := range s.Storage {
			all = append(all, storage(x))
		}
		return all
	}
	whole := list()
	if len(whole) != 1 || whole[0].End != extended.End {
		t.Fatalf("storage %+v", whole)
	}
	cmd(0, "storage", "split", whole[0].Object, "--epoch", "3")
	cmd(0, "storage", "split", whole[0].Object, "--size", "100KiB")
	cmd(exitUsage, "storage", "split", whole[0].Object)
	parts := list()
	if len(parts) != 3 {
		t.Fatalf("after two cuts: %+v", parts)
	}
	var sizes, later string // of the same epochs, and of the later ones
	for _, p := range parts {
		switch {
		case p.Object == whole[0].Object:
		case p.Start == whole[0].Start:
			sizes = p.Object
		default:
			later = p.Object
		}
	}
	cmd(0, "storage", "merge", whole[0].Object, sizes, later)
	if again := list(); len(again) != 1 || again[0] != whole[0] {
		t.Errorf("put together again: %+v, before: %+v", again, whole)
	}
	var reused struct {
		Paid struct{ Storage uint64 }
	}
	cmd(0, "put", "--epochs", "3", file).json(t, &reused)
	if reused.Paid.Storage != 0 {
		t.Errorf("storage was bought although there was some: %+v", reused)
	}

	// A stake that never counted comes back; so does none that is not there.
	var committee struct {
		Members []memberJSON `json:"members"`
	}
	look(0, "committee").json(t, &committee)
	look(exitNotFound, "committee", "--of", "previous")
	look(exitUsage, "committee", "--of", "yesterday")
	if len(committee.Members) != 4 {
		t.Fatalf("committee %+v", committee)
	}
	node := committee.Members[0].NodeID.String()
	var stake struct{ Stake string }
	cmd(0, "stake", node, "12.5").json(t, &stake)
	cmd(exitUsage, "stake", node, "much")
	cmd(exitFailure, "stake", node, "1000000")
	var stakes struct {
		Stakes []struct {
			Stake     string
			Principal uint64 `json:"principal_frost"`
		}
	}
	cmd(0, "stake", "ls").json(t, &stakes)
	if len(stakes.Stakes) != 1 || stakes.Stakes[0].Stake != stake.Stake || stakes.Stakes[0].Principal != 12_500_000_000 {
		t.Errorf("stakes %+v", stakes)
	}
	cmd(exitFailure, "redeem", stake.Stake)
	var unstaked struct {
		Back bool `json:"taken_back"`
	}
	cmd(0, "unstake", stake.Stake).json(t, &unstaked)
	if !unstaked.Back {
		t.Errorf("unstaked %+v", unstaked)
	}

	var epoch struct {
		Epoch   uint32
		Members int
	}
	look(0, "epoch").json(t, &epoch)
	if epoch.Epoch != 1 || epoch.Members != 4 {
		t.Errorf("epoch %+v", epoch)
	}
	// Sharing is for good.
	var shared struct{ Shared string }
	cmd(0, "blob", "share", put.Blob, "--funds", "0.5").json(t, &shared)
	if !strings.HasPrefix(shared.Shared, "0x") {
		t.Errorf("shared %+v", shared)
	}
	cmd(exitNotFound, "blob", "burn", put.Blob)
}

// A network of one's own from nothing: chain, contracts, one node, registered, staked and run by commands alone.
func TestNetworkOfOnesOwn(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var up struct {
		Endpoint string
		Wal      string `json:"wal_package"`
		Treasury string `json:"wal_treasury"`
	}
	launch(t, &up, "devchain", "--json", "--interval", "50ms", "--listen", "127.0.0.1:0", "--dir", filepath.Join(dir, "c"))
	file := func(name string) string { return filepath.Join(dir, name) }
	network, account := file("network.json"), filepath.Join(dir, "me", "account.key")

	var made struct{ Address string }
	floe(t, nil, "key", "account", "--json", "--plain", "--out", account).want(t, 0).json(t, &made)
	floe(t, nil, "devchain", "faucet", "--dir", file("c"), made.Address, "--sui", "10", "--wal", "100").want(t, 0)

	text := floe(t, nil, "chain", "genesis", "--name", "own", "--in", "0s").want(t, 0).stdout
	config, err := genesis.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	config.Shards, config.Economics.MinNodes = 4, 1
	b, err := json.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file("genesis.json"), b, 0o600); err != nil {
		t.Fatal(err)
	}
	publish := []string{"chain", "publish", "--account", account, "--genesis", file("genesis.json"), "--endpoint", up.Endpoint,
		"--coin", up.Wal, "--treasury", up.Treasury, "--out", network}
	floe(t, nil, publish...).want(t, 0)
	floe(t, nil, publish...).want(t, exitUsage) // a network is published once

	node := filepath.Join(dir, "node", nodeConfigName)
	var keys struct{ Address string }
	floe(t, nil, "key", "new", "--json", "--plain", "--dir", filepath.Join(dir, "node", "keys")).want(t, 0).json(t, &keys)
	ports, err := freePorts(1)
	if err != nil {
		t.Fatal(err)
	}
	if err := writeNodeConfig(node, ports[0], 0); err != nil {
		t.Fatal(err)
	}
	floe(t, nil, "node", "register", "--config", node, "--name", "mine").want(t, exitFailure) // nothing to pay with
	floe(t, nil, "devchain", "faucet", "--dir", file("c"), keys.Address, "--sui", "10", "--wal", "50").want(t, 0)
	floe(t, nil, "node", "stake", "--config", node, "10").want(t, exitNotFound) // not registered
	floe(t, nil, "node", "register", "--config", node, "--name", "mine", "--commission", "500").want(t, 0)
	floe(t, nil, "node", "register", "--config", node, "--name", "mine").want(t, exitUsage) // twice
	floe(t, nil, "node", "vote", "--config", node, "--write-price", "0.001").want(t, 0)
	floe(t, nil, "epoch", "--network", network).want(t, 0)
	floe(t, nil, "put", "--network", network, "--account", account, file("genesis.json")).want(t, exitUnavailable) // no committee
	floe(t, nil, "node", "stake", "--config", node, "40").want(t, 0)
	floe(t, nil, "chain", "push", "--network", network, "--account", account).want(t, 0)

	var status struct {
		Shards     []int
		Epoch      uint32
		Own        uint64 `json:"own_capital_frost"`
		Commission uint64 `json:"commission_bp"`
	}
	floe(t, nil, "node", "status", "--json", "--config", node).want(t, 0).json(t, &status)
	if status.Epoch != 1 || len(status.Shards) != 4 || status.Own != 40*frostPerWAL || status.Commission != 500 {
		t.Errorf("status %+v", status)
	}
	var peer struct {
		ID string `json:"peer_id"`
	}
	launch(t, &peer, "node", "--json", "--config", node)
	// The network file has no peers to start from: this one is the first.
	n, err := readNetwork(network)
	if err != nil {
		t.Fatal(err)
	}
	n.Bootstrap = []string{"/ip4/127.0.0.1/tcp/" + strconv.Itoa(int(ports[0])) + "/p2p/" + peer.ID}
	if b, err = json.Marshal(n); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(network, b, 0o600); err != nil {
		t.Fatal(err)
	}
	blob := strings.TrimSpace(floe(t, nil, "put", "--network", network, "--account", account, file("genesis.json")).want(t, 0).stdout)
	floe(t, nil, "get", "--network", network, blob, "-o", file("back")).want(t, 0)
	floe(t, nil, "node", "withdraw", "--config", node).want(t, 0)
	floe(t, nil, "node", "reapply", "--config", node).want(t, 0)
}

// launch runs a command that goes on, at most until the test ends, and reads the first thing that it says.
func launch(t *testing.T, said any, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(program, args...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill() //nolint:errcheck // it may have ended
		cmd.Wait()         //nolint:errcheck // killed
	})
	hang := time.AfterFunc(testTimeout, func() { cmd.Process.Kill() }) //nolint:errcheck // it may have ended
	defer hang.Stop()
	if err := json.NewDecoder(out).Decode(said); err != nil {
		t.Fatalf("%s did not come up: %v", args[0], err)
	}
	return cmd
}
