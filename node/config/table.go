package config

import (
	"encoding"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Key describes one key.
type Key struct {
	// Name is the section and the name, "storage.quota".
	Name string
	// Env is the environment's variable.
	Env string
	// Default as it would stand in the file.
	Default string
	// Unit, or what kind of value it is.
	Unit string
	// Doc is a sentence.
	Doc string
}

const envPrefix = "FLOE_"

// Table returns every key in the order of the file.
func Table() []Key {
	var keys []Key
	Default().walk(func(f field) {
		keys = append(keys, Key{
			Name: f.name, Env: envPrefix + strings.ToUpper(strings.ReplaceAll(f.name, ".", "_")),
			Default: f.literal(), Unit: f.unit(), Doc: f.tag.Get("doc"),
		})
	})
	return keys
}

// field is a key of one Config: its name, its description and where its value is.
type field struct {
	name  string
	tag   reflect.StructTag
	value any // a pointer
}

// walk calls fn for every key.
func (c *Config) walk(fn func(field)) {
	var visit func(prefix string, v reflect.Value)
	visit = func(prefix string, v reflect.Value) {
		for i := range v.NumField() {
			t := v.Type().Field(i)
			f := field{name: prefix + t.Tag.Get("toml"), tag: t.Tag, value: v.Field(i).Addr().Interface()}
			if _, text := f.value.(encoding.TextUnmarshaler); t.Type.Kind() == reflect.Struct && !text {
				visit(f.name+".", v.Field(i))
			} else {
				fn(f)
			}
		}
	}
	visit("", reflect.ValueOf(c).Elem())
}

func (f field) unit() string {
	_, isBool := f.value.(*bool)
	switch {
	case f.tag.Get("unit") != "":
		return f.tag.Get("unit")
	case f.tag.Get("path") != "":
		return "path"
	case isBool:
		return "true or false"
	default:
		return "text"
	}
}

// literal writes the value as TOML.
func (f field) literal() string {
	switch p := f.value.(type) {
	case fmt.Stringer:
		return strconv.Quote(p.String())
	case *string:
		return strconv.Quote(*p)
	case *[]string:
		quoted := make([]string, len(*p))
		for i, s := range *p {
			quoted[i] = strconv.Quote(s)
		}
		return "[" + strings.Join(quoted, ", ") + "]"
	default:
		return fmt.Sprint(reflect.ValueOf(p).Elem().Interface())
	}
}

// wrong says what the value should be.
func (f field) wrong(x any) error {
	return fmt.Errorf("%.80q is not right: want %s", fmt.Sprint(x), f.unit())
}

// parse sets the value from text. Lists are separated by commas.
func (f field) parse(text string) error {
	var err error
	switch p := f.value.(type) {
	case encoding.TextUnmarshaler:
		return p.UnmarshalText([]byte(text))
	case *string:
		*p = text
	case *[]string:
		*p = []string{}
		for s := range strings.SplitSeq(text, ",") {
			if s = strings.TrimSpace(s); s != "" {
				*p = append(*p, s)
			}
		}
	case *bool:
		*p, err = strconv.ParseBool(text)
	case *int:
		*p, err = strconv.Atoi(text)
	case *uint16:
		var n uint64
		n, err = strconv.ParseUint(text, 10, 16)
		*p = uint16(n)
	default:
		return errors.New("this key cannot be set from text")
	}
	if err != nil {
		return f.wrong(text)
	}
	return nil
}

// take sets the value from one of a TOML file, whose type must fit: no "7" for 7.
func (f field) take(x any) error {
	switch x := x.(type) {
	case string:
		switch f.value.(type) {
		case *string, encoding.TextUnmarshaler:
			return f.parse(x)
		}
	case bool:
		if p, ok := f.value.(*bool); ok {
			*p = x
			return nil
		}
	case int64:
		switch f.value.(type) {
		case *int, *uint16, encoding.TextUnmarshaler:
			return f.parse(strconv.FormatInt(x, 10))
		}
	case []any:
		p, ok := f.value.(*[]string)
		if !ok {
			break
		}
		list := make([]string, len(x))
		for i := range x {
			if list[i], ok = x[i].(string); !ok {
				return f.wrong(x[i])
			}
		}
		*p = list
		return nil
	}
	return f.wrong(x)
}

// Set gives a key a value in text, as a command line or the environment has it. Lists are separated by commas.
func (c *Config) Set(name, text string) error {
	err := unknownKey(name)
	c.walk(func(f field) {
		if f.name == name {
			err = f.parse(text)
		}
	})
	if err != nil {
		return fmt.Errorf("%w: %s: %w", ErrConfig, name, err)
	}
	return nil
}

// resolve makes relative paths relative to dir.
func (c *Config) resolve(dir string) {
	c.walk(func(f field) {
		if p, ok := f.value.(*string); ok && f.tag.Get("path") != "" && *p != "" && !filepath.IsAbs(*p) {
			*p = filepath.Join(dir, *p)
		}
	})
}

// Example returns a file with every key, its explanation and its default.
func Example() string {
	var b strings.Builder
	section := ""
	for _, k := range Table() {
		s, name, ok := strings.Cut(k.Name, ".")
		if !ok {
			s, name = "", k.Name
		}
		if s != section {
			fmt.Fprintf(&b, "\n[%s]\n", s)
			section = s
		}
		fmt.Fprintf(&b, "# %s (%s)\n%s = %s\n", k.Doc, k.Unit, name, k.Default)
	}
	return b.String()
}

// maxUnknown bounds the part of an unknown key that is looked at, bytes: twice the longest key.
const maxUnknown = 64

// unknownKey says that there is no such key, and which one is nearest.
func unknownKey(name string) error {
	name = name[:min(len(name), maxUnknown)]
	var names []string
	Default().walk(func(f field) {
		names = append(names, f.name)
		if section, _, ok := strings.Cut(f.name, "."); ok && !slices.Contains(names, section) {
			names = append(names, section)
		}
	})
	nearest := slices.MinFunc(names, func(a, b string) int { return distance(name, a) - distance(name, b) })
	return fmt.Errorf("unknown key; the nearest is %q", nearest)
}

// distance is the number of bytes to insert, delete or replace to make b of a.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
