package codec

import (
	"encoding/binary"
	"fmt"

	"github.com/floe-network/floe/codec/internal/merkle"
)

// AppendGeneralRecoverySymbols appends BCS vec<GeneralRecoverySymbol>.
func AppendGeneralRecoverySymbols(b []byte, list []GeneralRecoverySymbol) []byte {
	b = binary.AppendUvarint(b, uint64(len(list)))
	for i := range list {
		b = list[i].AppendBCS(b)
	}
	return b
}

// UnmarshalGeneralRecoverySymbols reads BCS vec<GeneralRecoverySymbol> of at most limit symbols. Symbol data aliases b.
func UnmarshalGeneralRecoverySymbols(p Params, b []byte, limit int) ([]GeneralRecoverySymbol, error) {
	r := bcsReader{b: b}
	var list []GeneralRecoverySymbol
	for range r.length(limit, "recovery symbols") {
		s := r.generalRecoverySymbol(p)
		if r.err != nil {
			break
		}
		list = append(list, s)
	}
	if err := r.end(); err != nil {
		return nil, fmt.Errorf("recovery symbols: %w", err)
	}
	return list, nil
}

// GeneralRecoverySymbolsBCSLimit returns the longest BCS of count GeneralRecoverySymbols with symbols of size bytes: an
// Empty node in a proof is 32 bytes shorter than a digest.
func (p Params) GeneralRecoverySymbolsBCSLimit(count, size int) int {
	one := 1 + 2 + ulebLen(uint64(size)) + size + 2 + 1 + 33*merkle.Depth(p.n)
	return ulebLen(uint64(count)) + count*one
}
