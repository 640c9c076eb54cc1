// Package config is the configuration file of a storage node: TOML, with one table of every key, its default and its unit.
//
// A value comes from, in this order: an override (a command line's), the environment, the file, the default. The
// environment's names are FLOE_ and the key in capitals with '_' for '.', so storage.quota is FLOE_STORAGE_QUOTA. Relative
// paths in the file are relative to its directory, others to the working directory.
package config
