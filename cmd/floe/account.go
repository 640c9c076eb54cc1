package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/floe-network/floe/node/keyfile"
)

// passphraseFileEnv names the variable that stands in for --passphrase-file.
const passphraseFileEnv = "FLOE_PASSPHRASE_FILE"

// passphraseFlags adds the flags that say where a passphrase comes from. The passphrase itself is never on a command line.
func passphraseFlags(cmd *cobra.Command, pass *keyfile.Passphrase, of string) {
	cmd.Flags().StringVar(&pass.File, "passphrase-file", os.Getenv(passphraseFileEnv), "file whose first line seals "+of+", mode 0600; default: $"+passphraseFileEnv)
	cmd.Flags().StringVar(&pass.Credential, "passphrase-credential", "", "systemd credential that seals "+of)
	cmd.MarkFlagsMutuallyExclusive("passphrase-file", "passphrase-credential")
}

// sealing reads the passphrase that seals a new key of an account. Such a key is left unsealed only when asked to.
func sealing(out *console, pass keyfile.Passphrase, plain bool) ([]byte, error) {
	secret, err := pass.Read()
	switch {
	case err != nil || secret != nil && !plain:
		return secret, err
	case plain && secret != nil:
		return nil, usagef("--plain leaves the key unsealed: leave out the passphrase, or --plain")
	case plain:
		return nil, nil
	case !out.person():
		return nil, usagef("the key of an account is money: give a passphrase to seal it with (--passphrase-file FILE), or say --plain to leave it readable for whoever reads the disk")
	}
	secret, err = out.askSecret("passphrase for the new key")
	if err != nil {
		return nil, err
	}
	if len(secret) == 0 {
		return nil, usagef("no passphrase: say --plain to leave the key readable for whoever reads the disk")
	}
	again, err := out.askSecret("the same again")
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(secret, again) {
		return nil, usagef("the two passphrases differ")
	}
	return secret, nil
}

// person reports whether somebody can be asked.
func (c *console) person() bool {
	f, ok := c.in.(*os.File)
	return ok && !c.json && term.IsTerminal(int(f.Fd())) && c.terminal()
}

// askSecret asks for a line that is not shown.
func (c *console) askSecret(what string) ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	fmt.Fprintf(c.err, "%s: ", what)
	defer fmt.Fprintln(c.err)
	f, ok := c.in.(*os.File)
	if !ok {
		return nil, errors.New("nobody can be asked for a passphrase")
	}
	return term.ReadPassword(int(f.Fd()))
}

func newKeyAccount(out *console) *cobra.Command {
	var file string
	var pass keyfile.Passphrase
	var plain bool
	cmd := &cobra.Command{
		Use:   "account --out FILE",
		Short: "Make the key of an account that pays",
		Long: `Make the key of a Sui account in a new FILE and print its address. The key is sealed with a passphrase, for which you are
asked unless a file or credential has it. Send SUI for gas and WAL for storage to the address.

Accounts that Sui's own programs made work as well: give their sui.keystore, or a file with an exported key (suiprivkey1...),
to --account of other commands.`,
		Example: "  floe key account --out account/me.key",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			secret, err := sealing(out, pass, plain)
			if err != nil {
				return err
			}
			key, err := keyfile.CreateAccount(file, secret)
			if errors.Is(err, fs.ErrExist) {
				return usagef("%w; keys are never replaced", err)
			}
			if err != nil {
				return err
			}
			return out.result(map[string]any{"address": key.Address(), "file": file, "sealed": secret != nil},
				fmt.Sprintf("%s\n", key.Address()))
		},
	}
	cmd.Flags().StringVar(&file, "out", "", "file to make")
	_ = cmd.MarkFlagRequired("out") // fails only for a flag that does not exist
	cmd.Flags().BoolVar(&plain, "plain", false, "leave the key unsealed")
	passphraseFlags(cmd, &pass, "the key")
	return cmd
}
