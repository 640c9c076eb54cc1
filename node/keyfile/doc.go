// Package keyfile keeps secret keys in files: a peer's identity (ed25519), a storage node's protocol key (BLS12-381), and the
// key of a Sui account (ed25519), which it also reads as Sui's own programs keep it.
//
// A file is one PEM block. Its type names the kind of key, so one kind is never read as another. Without a passphrase the
// block holds the secret as it is; with one it holds the secret sealed with ChaCha20-Poly1305 under a key derived by
// scrypt, whose parameters stand in the block's headers and are bound to the sealed bytes.
//
// Files have mode 0600 and their directory 0700. Looser modes are refused, not repaired: whoever could read the key
// before the repair may have done so.
package keyfile
