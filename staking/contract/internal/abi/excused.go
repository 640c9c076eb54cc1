package abi

import "strings"

// excused are the functions of which no transaction and no simulation needs a call, with the reason: those of a module, or
// single ones.
var excused = map[string]string{
	"floe::bft::":                          "package staking computes it",
	"floe::encoding::":                     "package codec computes it",
	"floe::peer::":                         "contract.PeerMessage is the message, and the check is part of the calls",
	"floe::roster::":                       "a part of object.Roster",
	"floe::active_set::":                   "no transaction gets at one, but for votes, which are part of object.NodeInfo",
	"floe::challenge::":                    "a part of object.Challenge",
	"floe::committee::":                    "a part of object.Committee",
	"floe::transfers::":                    "a part of object.Transfers",
	"floe::node_info::":                    "a part of object.NodeInfo",
	"floe::node_cap::":                     "a part of object.NodeCap",
	"floe::governance::":                   "a part of object.Governance",
	"floe::selection::":                    "no transaction gets at one",
	"floe_reads::symbol_proof::check":      "part of bounty::reveal",
	"floe_reads::bounty::receipt_message":  "contract.ReceiptMessage",
	"floe_reads::light_node::call_message": "contract has the messages of light nodes",
}

// getters are the modules of whose functions that only look no simulation needs a call, but of those that package view has:
// they give a field of what package object has.
var getters = []string{"floe::blob::", "floe::storage_resource::", "floe::shared_blob::", "floe::staked_wal::", "floe::due_wal::", "floe::params::", "floe::pool::"}

// Excused says whether there needs to be no call of a function.
func Excused(name string) bool {
	for prefix := range excused {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// Getter says whether a function gives a field of what package object has.
func Getter(name string) bool {
	for _, prefix := range getters {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}
