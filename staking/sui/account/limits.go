package account

import "errors"

// Sizes of keys and signatures, bytes.
const (
	seedSize       = 32
	signatureSize  = 64 // of each scheme
	ed25519Size    = 32 // of a public key
	compressedSize = 33 // of a public key on a curve of ECDSA
)

// Bounds on what is read.
const (
	// maxKeystore is the most bytes of a file of keys, which takes 50 a key.
	maxKeystore = 1 << 20
	// maxBech32 is the most characters that the format's checksum is made for.
	maxBech32 = 90
)

// Errors that callers ask for. What exists on Sui and is not implemented here, as keys of other schemes and zkLogin, is
// bcs.ErrUnsupported.
var (
	// ErrKey: not a private key.
	ErrKey = errors.New("malformed private key")
	// ErrKeystore: not the contents of a file of keys.
	ErrKeystore = errors.New("malformed keystore")
	// ErrNoKey: the keystore does not have the key of an address.
	ErrNoKey = errors.New("no key of this address")
	// ErrSignature: malformed, or not a signature of this message by its public key.
	ErrSignature = errors.New("invalid signature")
)
