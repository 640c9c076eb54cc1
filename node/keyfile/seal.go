package keyfile

import (
	"crypto/cipher"
	"crypto/rand"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"strconv"

	"golang.org/x/crypto/chacha20poly1305"
	"golang.org/x/crypto/scrypt"
)

// Headers of a sealed block. All of them must be there, and no others.
const (
	headerCipher = "Cipher"
	headerWork   = "Scrypt-Log-N"
	headerSalt   = "Scrypt-Salt"

	cipherName = "scrypt-chacha20poly1305"
)

// seal encrypts a secret under a key that takes 2^work steps to derive. That key is used once, for one file with its own
// salt, so the nonce may be zero.
func seal(kind Kind, secret, passphrase []byte, work int) (*pem.Block, error) {
	salt := make([]byte, saltSize)
	if _, err := rand.Read(salt); err != nil {
		return nil, err
	}
	block := &pem.Block{Type: string(kind), Headers: map[string]string{
		headerCipher: cipherName, headerWork: strconv.Itoa(work), headerSalt: hex.EncodeToString(salt),
	}}
	aead, err := derive(passphrase, salt, work)
	if err != nil {
		return nil, err
	}
	block.Bytes = aead.Seal(nil, make([]byte, aead.NonceSize()), secret, bound(block))
	return block, nil
}

// open decrypts a sealed block. Work is spent only on parameters within bounds.
func open(block *pem.Block, passphrase []byte) ([]byte, error) {
	if len(block.Headers) != 3 || block.Headers[headerCipher] != cipherName {
		return nil, fmt.Errorf("%w: unknown headers, want %s: %s", ErrFormat, headerCipher, cipherName)
	}
	work, err := strconv.Atoi(block.Headers[headerWork])
	if err != nil || work < minScryptLog || work > maxScryptLog {
		return nil, fmt.Errorf("%w: %s %.20q, want %d to %d", ErrFormat, headerWork, block.Headers[headerWork], minScryptLog, maxScryptLog)
	}
	salt, err := hex.DecodeString(block.Headers[headerSalt])
	if err != nil || len(salt) != saltSize {
		return nil, fmt.Errorf("%w: %s: want %d bytes in hexadecimal", ErrFormat, headerSalt, saltSize)
	}
	if len(passphrase) == 0 {
		return nil, fmt.Errorf("%w: the key is sealed; name a passphrase file or credential", ErrPassphrase)
	}
	aead, err := derive(passphrase, salt, work)
	if err != nil {
		return nil, err
	}
	secret, err := aead.Open(nil, make([]byte, aead.NonceSize()), block.Bytes, bound(block))
	if err != nil {
		return nil, fmt.Errorf("%w, or the file is damaged", ErrPassphrase)
	}
	return secret, nil
}

// bound returns what the seal covers besides the secret: the kind and the headers.
func bound(block *pem.Block) []byte {
	return fmt.Appendf(nil, "%s\n%s\n%s\n%s", block.Type, block.Headers[headerCipher], block.Headers[headerWork], block.Headers[headerSalt])
}

func derive(passphrase, salt []byte, work int) (cipher.AEAD, error) {
	key, err := scrypt.Key(passphrase, salt, 1<<work, scryptR, scryptP, chacha20poly1305.KeySize)
	if err != nil {
		return nil, err
	}
	return chacha20poly1305.New(key)
}
