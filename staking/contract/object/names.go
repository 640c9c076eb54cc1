package object

import "reflect"

// Known are the types of which there are objects.
type Known interface {
	Storage | Blob | SharedBlob | StakedWal | DueWal | NodeCap | GenesisCap | EmergencyUpgradeCap | UpgradeManager | System | Ledger | Staking |
		LightNodesCap | LightNodes | Bounty | UpgradeCap
}

// names has their Move structs.
var names = map[reflect.Type]Name{
	reflect.TypeFor[Storage]():             {"floe", "storage_resource", "Storage"},
	reflect.TypeFor[Blob]():                {"floe", "blob", "Blob"},
	reflect.TypeFor[SharedBlob]():          {"floe", "shared_blob", "SharedBlob"},
	reflect.TypeFor[StakedWal]():           {"floe", "staked_wal", "StakedWal"},
	reflect.TypeFor[DueWal]():              {"floe", "due_wal", "DueWal"},
	reflect.TypeFor[NodeCap]():             {"floe", "node_cap", "NodeCap"},
	reflect.TypeFor[GenesisCap]():          {"floe", "genesis", "GenesisCap"},
	reflect.TypeFor[EmergencyUpgradeCap](): {"floe", "upgrade", "EmergencyUpgradeCap"},
	reflect.TypeFor[UpgradeManager]():      {"floe", "upgrade", "UpgradeManager"},
	reflect.TypeFor[System]():              {"floe", "system", "System"},
	reflect.TypeFor[Ledger]():              {"floe", "ledger", "Ledger"},
	reflect.TypeFor[Staking]():             {"floe", "staking", "Staking"},
	reflect.TypeFor[LightNodesCap]():       {"floe_reads", "light_node", "LightNodesCap"},
	reflect.TypeFor[LightNodes]():          {"floe_reads", "light_node", "LightNodes"},
	reflect.TypeFor[Bounty]():              {"floe_reads", "bounty", "Bounty"},
	reflect.TypeFor[UpgradeCap]():          {"sui-framework", "package", "UpgradeCap"},
}

// NameOf is the name of T's Move struct.
func NameOf[T Known]() Name { return names[reflect.TypeFor[T]()] }
