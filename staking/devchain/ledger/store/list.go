package store

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/floe-network/floe/staking/sui/ptb"
)

// Page is a part of a list.
type Page struct {
	After []byte // where the page before ended, nil for the first
	Limit int    // entries, 1 to MostListed; others count as MostListed
}

func (p Page) limit() int {
	if p.Limit < 1 || p.Limit > MostListed {
		return MostListed
	}
	return p.Limit
}

// list collects the keys with a prefix, without it, from where the page begins. Next is nil when the list ends with the
// page, else what the next page comes after.
func (r Reader) list(prefix []byte, p Page, fn func(rest, value []byte) error) (next []byte, err error) {
	lower := prefix
	if p.After != nil {
		lower = append(append(bytes.Clone(prefix), p.After...), 0)
	}
	count := 0
	var last []byte
	err = r.v.Each(lower, after(prefix), func(k, v []byte) (bool, error) {
		if count == p.limit() {
			next = last
			return false, nil
		}
		count++
		last = append(last[:0], k[len(prefix):]...)
		return true, fn(k[len(prefix):], v)
	})
	return next, err
}

// Owned lists the objects of an account, by type; coins of a type by descending balance. The filter is empty for all, or the
// beginning of a type up to the package, the module, the name, or all of it: what it leaves out may be anything.
func (r Reader) Owned(owner ptb.Address, filter string, p Page) (ids []ptb.Address, next []byte, err error) {
	base := key(tableOwned, owner[:])
	var last []byte
	for _, ending := range endings(filter) {
		within := []byte(filter + ending)
		lower := append(bytes.Clone(base), within...)
		switch {
		case bytes.Compare(p.After, within) < 0: // the page before ended before all of these
		case bytes.HasPrefix(p.After, within):
			lower = append(append(bytes.Clone(base), p.After...), 0)
		default: // it ended after them
			continue
		}
		err := r.v.Each(lower, after(append(bytes.Clone(base), within...)), func(k, _ []byte) (bool, error) {
			if len(ids) == p.limit() {
				next = last
				return false, nil
			}
			if len(k) < len(base)+len(owner) {
				return false, fmt.Errorf("%w: an object of %s", ErrCorrupt, owner)
			}
			ids = append(ids, ptb.Address(k[len(k)-len(owner):]))
			last = bytes.Clone(k[len(base):])
			return true, nil
		})
		if err != nil || next != nil {
			return ids, next, err
		}
	}
	return ids, nil, nil
}

// endings are what may follow a filter, ascending. Names that begin alike are told apart by what ends them: that of a
// package or module by "::", that of a type by its arguments or by the zero byte.
func endings(filter string) []string {
	switch colons := strings.Count(filter, "::"); {
	case filter == "":
		return []string{""}
	case strings.HasSuffix(filter, ">"):
		return []string{"\x00"}
	case colons < 2:
		return []string{"::"}
	default:
		return []string{"\x00", "<"}
	}
}

// Fields lists the dynamic fields of an object: ids of objects of the type sui::dynamic_field::Field, ascending.
func (r Reader) Fields(parent ptb.Address, p Page) (ids []ptb.Address, next []byte, err error) {
	next, err = r.list(key(tableField, parent[:]), p, func(rest, _ []byte) error {
		if len(rest) != len(ptb.Address{}) {
			return fmt.Errorf("%w: a field of %s", ErrCorrupt, parent)
		}
		ids = append(ids, ptb.Address(rest))
		return nil
	})
	return ids, next, err
}

// Balance is what an account has of a currency in coins.
type Balance struct {
	CoinType string
	Amount   uint64
}

// Balances lists what an account has in coins, by type.
func (r Reader) Balances(owner ptb.Address, p Page) (list []Balance, next []byte, err error) {
	next, err = r.list(key(tableBalance, owner[:]), p, func(rest, value []byte) error {
		if len(value) != 8 {
			return fmt.Errorf("%w: balance of %s", ErrCorrupt, owner)
		}
		list = append(list, Balance{string(rest), binary.BigEndian.Uint64(value)})
		return nil
	})
	return list, next, err
}

// PackageVersion is a version of a package.
type PackageVersion struct {
	ID      ptb.Address
	Version uint64
}

// Packages lists the versions of a package, ascending.
func (r Reader) Packages(original ptb.Address, p Page) (list []PackageVersion, next []byte, err error) {
	next, err = r.list(key(tablePackage, original[:]), p, func(rest, value []byte) error {
		if len(rest) != 8 || len(value) != len(ptb.Address{}) {
			return fmt.Errorf("%w: versions of package %s", ErrCorrupt, original)
		}
		list = append(list, PackageVersion{ptb.Address(value), binary.BigEndian.Uint64(rest)})
		return nil
	})
	return list, next, err
}
