package move

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// ErrModule says that bytes are not a compiled module of the version that Relink knows.
var ErrModule = errors.New("malformed Move module")

// Header of a compiled module: magic number, then a little-endian word with the version in its low 24 bits and above them
// the flavour (5 is Sui's), then the number of tables, and for each its kind, offset and length. Offsets count from the end
// of the headers. The tables are followed by the module's own handle.
const (
	moduleMagic    = 0xa11ceb0b
	moduleVersion  = 7
	versionMask    = 1<<24 - 1
	addressesTable = 8
)

// Relink gives a copy of a compiled module in which other modules are at other addresses: every entry of its address pool
// that is a key of replace becomes the value. Nothing else changes, because only handles of modules refer to the pool and
// addresses in code are constants. Replacing must not make two entries equal, which Sui's verifier refuses.
func Relink(module []byte, replace map[Address]Address) ([]byte, error) {
	pool, err := addressPool(module)
	if err != nil {
		return nil, err
	}
	linked := slices.Clone(module)
	seen := make(map[Address]bool, (pool.end-pool.start)/AddressSize)
	for at := pool.start; at < pool.end; at += AddressSize {
		entry := Address(module[at:])
		if to, found := replace[entry]; found {
			copy(linked[at:], to[:])
			entry = to
		}
		if seen[entry] {
			return nil, fmt.Errorf("%w: the address %s would be twice in the pool", ErrModule, entry)
		}
		seen[entry] = true
	}
	return linked, nil
}

type span struct{ start, end int }

// addressPool finds the address pool, which is empty when the module has none.
func addressPool(module []byte) (span, error) {
	if len(module) > maxModule {
		return span{}, fmt.Errorf("%w: %d bytes, at most %d", ErrModule, len(module), maxModule)
	}
	r := reader{rest: module}
	if r.word(binary.BigEndian) != moduleMagic && r.err == nil {
		return span{}, fmt.Errorf("%w: no magic number", ErrModule)
	}
	if version := r.word(binary.LittleEndian) & versionMask; version != moduleVersion && r.err == nil {
		return span{}, fmt.Errorf("%w: version %d, want %d", ErrModule, version, moduleVersion)
	}
	count := r.uleb()
	if count > maxTables {
		return span{}, fmt.Errorf("%w: %d tables, at most %d", ErrModule, count, maxTables)
	}
	var tables []span
	var pool span
	kinds := make(map[byte]bool, count)
	for range count {
		kind, start, length := r.byte(), r.uleb(), r.uleb()
		if kinds[kind] {
			return span{}, fmt.Errorf("%w: two tables of kind %d", ErrModule, kind)
		}
		kinds[kind] = true
		table := span{start, start + length}
		tables = append(tables, table)
		if kind == addressesTable {
			pool = table
		}
	}
	if r.err != nil {
		return span{}, r.err
	}
	// The tables must cover the contents without gap and overlap, as Sui's own reader demands.
	slices.SortFunc(tables, func(a, b span) int { return a.start - b.start })
	end := 0
	for _, table := range tables {
		if table.start != end || table.end > len(r.rest) {
			return span{}, fmt.Errorf("%w: table at %d to %d of %d bytes, want one at %d", ErrModule, table.start, table.end, len(r.rest), end)
		}
		end = table.end
	}
	if (pool.end-pool.start)%AddressSize != 0 {
		return span{}, fmt.Errorf("%w: address pool of %d bytes", ErrModule, pool.end-pool.start)
	}
	contents := len(module) - len(r.rest)
	return span{contents + pool.start, contents + pool.end}, nil
}

// reader takes bytes off the front. After an error it gives zeros.
type reader struct {
	rest []byte
	err  error
}

func (r *reader) take(n int) []byte {
	if r.err != nil || n > len(r.rest) {
		if r.err == nil {
			r.err = fmt.Errorf("%w: it ends inside its headers", ErrModule)
		}
		return make([]byte, n)
	}
	taken := r.rest[:n]
	r.rest = r.rest[n:]
	return taken
}

func (r *reader) byte() byte { return r.take(1)[0] }

func (r *reader) word(order binary.ByteOrder) uint32 { return order.Uint32(r.take(4)) }

// uleb reads seven bits a byte, lowest first, up to 28 bits: the format allows 32, and a module has less than 2^28 bytes.
func (r *reader) uleb() int {
	value := 0
	for shift := 0; shift < 28; shift += 7 {
		b := r.byte()
		value |= int(b&0x7f) << shift
		if b < 0x80 {
			return value
		}
	}
	if r.err == nil {
		r.err = fmt.Errorf("%w: a number of the headers is too large", ErrModule)
	}
	return 0
}
