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
)

// Names of a node's key files in its key directory.
const (
	peerKeyFile = "peer.key"
	blsKeyFile  = "bls.key"
)

func newKey(out *console) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "key",
		Short: "Make and show a storage node's keys",
		Long: `A storage node has two keys: its libp2p identity (ed25519), by which peers know it, and its protocol key (BLS12-381),
which signs storage confirmations. They are files of mode 0600, sealed with a passphrase if one is given. The passphrase comes
from a file or a systemd credential, never from the command line.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newKeyNew(out), newKeyShow(out))
	return cmd
}

func keyFlags(cmd *cobra.Command, dir *string, pass *keyfile.Passphrase) {
	cmd.Flags().StringVar(dir, "dir", "", "directory of the key files "+peerKeyFile+" and "+blsKeyFile)
	_ = cmd.MarkFlagRequired("dir") // fails only for a flag that does not exist
	cmd.Flags().StringVar(&pass.File, "passphrase-file", "", "file whose first line seals the keys, mode 0600")
	cmd.Flags().StringVar(&pass.Credential, "passphrase-credential", "", "systemd credential that seals the keys")
	cmd.MarkFlagsMutuallyExclusive("passphrase-file", "passphrase-credential")
}

// nodeKeys are the two keys of a storage node.
type nodeKeys struct {
	peer crypto.PrivKey
	id   peer.ID
	bls  *bls.SecretKey
}

func newKeyNew(out *console) *cobra.Command {
	var dir string
	var pass keyfile.Passphrase
	cmd := &cobra.Command{
		Use:   "new --dir DIR",
		Short: "Make the keys of a new storage node",
		Long:  `Make DIR/` + peerKeyFile + ` and DIR/` + blsKeyFile + ` and print the peer id and the BLS public key. Existing keys are never replaced.`,
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			k, err := createKeys(dir, pass)
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
	return cmd
}

func createKeys(dir string, pass keyfile.Passphrase) (*nodeKeys, error) {
	secret, err := pass.Read()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(filepath.Clean(dir)), 0o755); err != nil { //nolint:gosec // parents only; the key directory itself is made private
		return nil, err
	}
	k := &nodeKeys{}
	if k.peer, err = keyfile.CreatePeer(filepath.Join(dir, peerKeyFile), secret); err != nil {
		return nil, err
	}
	if k.bls, err = keyfile.CreateBLS(filepath.Join(dir, blsKeyFile), secret); err != nil {
		return nil, err
	}
	k.id, err = peer.IDFromPrivateKey(k.peer)
	return k, err
}

func readKeys(peerFile, blsFile string, pass keyfile.Passphrase) (*nodeKeys, error) {
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
			k, err := readKeys(filepath.Join(dir, peerKeyFile), filepath.Join(dir, blsKeyFile), pass)
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
	return out.result(map[string]any{"dir": dir, "peer_id": k.id, "bls_pk": hex.EncodeToString(pub[:])},
		fmt.Sprintf("peer id  %s\nBLS key  0x%x\nkeys in  %s\n", k.id, pub, dir))
}

func passphraseOf(cfg *config.Config) keyfile.Passphrase {
	return keyfile.Passphrase{File: cfg.Keys.PassphraseFile, Credential: cfg.Keys.PassphraseCredential}
}
