package main

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/spf13/cobra"

	"github.com/floe-network/floe/node/config"
	"github.com/floe-network/floe/node/keyfile"
	"github.com/floe-network/floe/staking/bls"
	"github.com/floe-network/floe/staking/sui/account"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// Names of a node's key files in its key directory.
const (
	peerKeyFile    = "peer.key"
	blsKeyFile     = "bls.key"
	accountKeyFile = "account.key"
)

func newKey(out *console) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "key",
		Short: "Make and show keys of storage nodes and accounts",
		Long: `A storage node has three keys: its libp2p identity (ed25519), by which peers know it, its protocol key (BLS12-381),
which signs storage confirmations, and a Sui account (ed25519), which pays and is paid. Whoever stores blobs needs an account
only. Keys are files of mode 0600, sealed with a passphrase: always for accounts unless you say --plain, and for the others when
one is given. The passphrase comes from a file, a systemd credential or the terminal, never from the command line.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newKeyNew(out), newKeyAccount(out), newKeyShow(out))
	return cmd
}

func keyFlags(cmd *cobra.Command, dir *string, pass *keyfile.Passphrase) {
	cmd.Flags().StringVar(dir, "dir", "", "directory of the key files "+peerKeyFile+", "+blsKeyFile+" and "+accountKeyFile)
	_ = cmd.MarkFlagRequired("dir") // fails only for a flag that does not exist
	passphraseFlags(cmd, pass, "the keys")
}

// nodeKeys are the keys of a storage node.
type nodeKeys struct {
	peer    crypto.PrivKey
	id      peer.ID
	bls     *bls.SecretKey
	account *account.Key
}

func newKeyNew(out *console) *cobra.Command {
	var dir string
	var pass keyfile.Passphrase
	var plain bool
	cmd := &cobra.Command{
		Use:   "new --dir DIR",
		Short: "Make the keys of a new storage node",
		Long: `Make DIR/` + peerKeyFile + `, DIR/` + blsKeyFile + ` and DIR/` + accountKeyFile + ` and print the peer id, the BLS public key and the account's address. Existing keys
are never replaced.`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			secret, err := sealing(out, pass, plain)
			if err != nil {
				return err
			}
			k, err := createKeys(dir, secret)
			if errors.Is(err, fs.ErrExist) {
				return usagef("%w; use another directory, or \"floe key show\" for the keys that are there", err)
			}
			if err != nil {
				return err
			}
			return printKeys(out, dir, k)
		},
	}
	keyFlags(cmd, &dir, &pass)
	cmd.Flags().BoolVar(&plain, "plain", false, "leave the keys unsealed, the account's included")
	return cmd
}

// createKeys makes the keys of a node, sealed when the secret is not empty.
func createKeys(dir string, secret []byte) (*nodeKeys, error) {
	if err := os.MkdirAll(filepath.Dir(filepath.Clean(dir)), 0o755); err != nil { //nolint:gosec // parents only; the key directory itself is made private
		return nil, err
	}
	var err error
	k := &nodeKeys{}
	if k.peer, err = keyfile.CreatePeer(filepath.Join(dir, peerKeyFile), secret); err != nil {
		return nil, err
	}
	if k.bls, err = keyfile.CreateBLS(filepath.Join(dir, blsKeyFile), secret); err != nil {
		return nil, err
	}
	if k.account, err = keyfile.CreateAccount(filepath.Join(dir, accountKeyFile), secret); err != nil {
		return nil, err
	}
	k.id, err = peer.IDFromPrivateKey(k.peer)
	return k, err
}

// readKeys reads the keys of a node; the account's file may be missing.
func readKeys(peerFile, blsFile, accountFile string, pass keyfile.Passphrase) (*nodeKeys, error) {
	secret, err := pass.Read()
	if err != nil {
		return nil, err
	}
	k := &nodeKeys{}
	if k.peer, err = keyfile.ReadPeer(peerFile, secret); err != nil {
		return nil, err
	}
	if k.bls, err = keyfile.ReadBLS(blsFile, secret); err != nil {
		return nil, err
	}
	k.account, err = keyfile.ReadAccount(accountFile, secret, ptb.Address{})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	k.id, err = peer.IDFromPrivateKey(k.peer)
	return k, err
}

func newKeyShow(out *console) *cobra.Command {
	var dir string
	var pass keyfile.Passphrase
	cmd := &cobra.Command{
		Use:   "show --dir DIR",
		Short: "Print the public parts of a node's keys",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			k, err := readKeys(filepath.Join(dir, peerKeyFile), filepath.Join(dir, blsKeyFile), filepath.Join(dir, accountKeyFile), pass)
			if err != nil {
				return err
			}
			return printKeys(out, dir, k)
		},
	}
	keyFlags(cmd, &dir, &pass)
	return cmd
}

func printKeys(out *console, dir string, k *nodeKeys) error {
	pub := k.bls.Public().Bytes()
	v := map[string]any{"dir": dir, "peer_id": k.id, "bls_pk": hex.EncodeToString(pub[:])}
	text := fmt.Sprintf("peer id  %s\nBLS key  0x%x\n", k.id, pub)
	if k.account != nil {
		v["address"] = k.account.Address()
		text += fmt.Sprintf("account  %s\n", k.account.Address())
	}
	return out.result(v, text+fmt.Sprintf("keys in  %s\n", dir))
}

func passphraseOf(cfg *config.Config) keyfile.Passphrase {
	return keyfile.Passphrase{File: cfg.Keys.PassphraseFile, Credential: cfg.Keys.PassphraseCredential}
}
