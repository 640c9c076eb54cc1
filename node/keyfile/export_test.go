package keyfile

import "encoding/pem"

// SealQuickly returns a sealed key file that takes the least work that is accepted.
func SealQuickly(kind Kind, secret, passphrase []byte) ([]byte, error) {
	block, err := seal(kind, secret, passphrase, minScryptLog)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(block), nil
}
