package keyfile

import "os"

const (
	// fileMode and dirMode let nobody but the owner in.
	fileMode os.FileMode = 0o600
	dirMode  os.FileMode = 0o700
	// maxFile bounds what is read, bytes: a sealed key takes about 400.
	maxFile = 4 << 10
	// maxAccounts bounds files of account keys, bytes: a sui.keystore has 48 for each of its keys.
	maxAccounts = 256 << 10
	// maxPassphrase bounds a passphrase, bytes.
	maxPassphrase = 1 << 10

	// scryptLog is the work of a new file, log2 of scrypt's N: 64 MiB (128 * N * r bytes) and about a quarter of a
	// second on a small machine, paid once at start.
	scryptLog = 16
	// minScryptLog and maxScryptLog bound what a file may ask for: 16 MiB is the least that scrypt's author gave for
	// interactive use, 512 MiB the most that a start may take.
	minScryptLog = 14
	maxScryptLog = 19
	scryptR      = 8
	scryptP      = 1
	saltSize     = 16 // bytes
)
