// Objects as they are hashed.
import { bcs } from "@mysten/sui/bcs";
import { toHex } from "@mysten/sui/utils";
import { address, bytes, digest } from "./bytes.mjs";

const OWNERS = {
  address: { AddressOwner: address("owner") },
  object: { ObjectOwner: address("parent") },
  shared: { Shared: { initialSharedVersion: 77 } },
  immutable: { Immutable: true },
  consensus: { ConsensusAddressOwner: { startVersion: 78, owner: address("owner") } },
};

const TYPES = {
  gas: { GasCoin: true },
  staked: { StakedSui: true },
  coin: { Coin: { struct: { address: address("wal"), module: "wal", name: "WAL", typeParams: [] } } },
  other: { Other: { address: address("floe"), module: "system", name: "System", typeParams: [{ vector: { u256: true } }] } },
};

export function objects() {
  const list = [];
  const add = (name, data, owner) => {
    const object = bcs.Object.serialize({ data, owner, previousTransaction: digest("previous"), storageRebate: 79 }).toBytes();
    list.push({ name, object: toHex(object) });
  };
  for (const [owner, form] of Object.entries(OWNERS))
    add(`owner ${owner}`, { Move: { type: TYPES.gas, hasPublicTransfer: true, version: 80, contents: bytes("contents", 40) } }, form);
  for (const [type, form] of Object.entries(TYPES))
    add(`type ${type}`, { Move: { type: form, hasPublicTransfer: false, version: 81, contents: bytes("contents", 9) } }, OWNERS.address);
  add(
    "package",
    {
      Package: {
        id: address("package"),
        version: 82,
        moduleMap: new Map([["a", bytes("a", 5)], ["longer", bytes("longer", 300)], ["zz", bytes("zz", 0)]]),
        typeOriginTable: [{ moduleName: "a", datatypeName: "T", package: address("origin") }],
        linkageTable: new Map([[address("dependency"), { upgradedId: address("upgraded"), upgradedVersion: 83 }]]),
      },
    },
    OWNERS.immutable,
  );
  return list;
}
