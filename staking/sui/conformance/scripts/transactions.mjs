// Transactions: some made with the library's builder, which the tests make again with another, and many at random.
import { bcs } from "@mysten/sui/bcs";
import { Inputs, Transaction, TransactionDataBuilder } from "@mysten/sui/transactions";
import { toBase64 } from "@mysten/sui/utils";
import { signers } from "./accounts.mjs";
import { Dice, address, bytes, digest, reference, version } from "./bytes.mjs";

const RANDOM = 120;

const SENDER = signers[0].toSuiAddress();

/** A transaction that pays, with a budget and a price that look like no other numbers. */
function begin() {
  const tx = new Transaction();
  tx.setSender(SENDER);
  tx.setGasPrice(1234);
  tx.setGasBudget(5_000_000_007);
  tx.setGasPayment([reference("gas 1"), reference("gas 2")]);
  return tx;
}

const shared = (text, mutable) => ({ objectId: address(text), initialSharedVersion: version(text), mutable });

const BUILT = {
  nothing() {
    return begin();
  },
  "split and transfer"() {
    const tx = begin();
    const [a, b] = tx.splitCoins(tx.gas, [1, 18446744073709551615n]);
    tx.transferObjects([a, b], address("recipient"));
    return tx;
  },
  merge() {
    const tx = begin();
    tx.mergeCoins(tx.objectRef(reference("coin 1")), [tx.objectRef(reference("coin 2")), tx.objectRef(reference("coin 3"))]);
    return tx;
  },
  "pure inputs"() {
    const tx = begin();
    tx.moveCall({
      target: `${address("package")}::pure::values`,
      arguments: [
        tx.pure.bool(true),
        tx.pure.u8(2),
        tx.pure.u16(3),
        tx.pure.u32(4),
        tx.pure.u64(5),
        tx.pure(bcs.u128().serialize((1n << 127n) + 6n)),
        tx.pure.string("text: \u00e9\u4e16"),
        tx.pure.address(address("value")),
        tx.pure.vector("u8", [1, 2, 3]),
        tx.pure.vector("u64", [7, 8]),
        tx.pure.vector("address", [address("element")]),
        tx.pure.option("u64", 9),
        tx.pure.option("u32", null),
      ],
    });
    return tx;
  },
  objects() {
    const tx = begin();
    tx.moveCall({
      target: `${address("package")}::objects::all`,
      arguments: [
        tx.objectRef(reference("owned")),
        tx.sharedObjectRef(shared("read", false)),
        tx.sharedObjectRef(shared("changed", true)),
        tx.receivingRef(reference("received")),
        tx.objectRef(reference("owned")),
      ],
    });
    return tx;
  },
  "type arguments"() {
    const tx = begin();
    tx.moveCall({
      target: "0x2::types::all",
      typeArguments: [
        ..."bool u8 u16 u32 u64 u128 u256 address signer".split(" "),
        "vector<vector<u8>>",
        "0x2::sui::SUI",
        `0x2::coin::Coin<${address("wal")}::wal::WAL>`,
        `${address("package")}::m_1::Two<u64, vector<0x2::table::Table<address, 0x1::option::Option<bool>>>>`,
      ],
    });
    return tx;
  },
  "results of results"() {
    const tx = begin();
    const made = tx.moveCall({ target: "0x2::m::make" });
    tx.moveCall({ target: "0x2::m::use", arguments: [made, made[1], tx.gas] });
    return tx;
  },
  vectors() {
    const tx = begin();
    const typed = tx.makeMoveVec({ type: "0x2::m::T", elements: [] });
    const untyped = tx.makeMoveVec({ elements: [tx.objectRef(reference("element"))] });
    tx.moveCall({ target: "0x2::m::vectors", arguments: [typed, untyped] });
    return tx;
  },
  publish() {
    const tx = begin();
    const cap = tx.publish({ modules: [[...bytes("module 1", 200)], [...bytes("module 2", 3)]], dependencies: ["0x1", "0x2"] });
    tx.transferObjects([cap], SENDER);
    return tx;
  },
  upgrade() {
    const tx = begin();
    const cap = tx.objectRef(reference("cap"));
    const ticket = tx.moveCall({ target: "0x2::package::authorize_upgrade", arguments: [cap, tx.pure.u8(0), tx.pure.vector("u8", bytes("digest", 32))] });
    const receipt = tx.upgrade({ modules: [[...bytes("module 3", 100)]], dependencies: ["0x1", "0x2", address("dependency")], package: address("package"), ticket });
    tx.moveCall({ target: "0x2::package::commit_upgrade", arguments: [cap, receipt] });
    return tx;
  },
  "another pays"() {
    const tx = begin();
    tx.setGasOwner(signers[1].toSuiAddress());
    tx.setExpiration({ Epoch: 987654321 });
    return tx;
  },
  "during a while"() {
    const tx = begin();
    tx.setGasPayment([]);
    tx.setExpiration({
      ValidDuring: { minEpoch: "11", maxEpoch: "12", minTimestamp: null, maxTimestamp: "13", chain: digest("chain"), nonce: 4000000014 },
    });
    return tx;
  },
  "from a balance"() {
    const tx = begin();
    tx.moveCall({ target: "0x2::coin::redeem_funds", typeArguments: ["0x2::sui::SUI"], arguments: [tx.withdrawal({ amount: 15 })] });
    return tx;
  },
};

function withdrawal(withdrawFrom) {
  return Inputs.FundsWithdrawal({
    reservation: { $kind: "MaxAmountU64", MaxAmountU64: "15" },
    typeArg: { $kind: "Balance", Balance: "0x2::sui::SUI" },
    withdrawFrom,
  });
}

async function golden(name, tx) {
  const built = await tx.build();
  const signatures = [];
  for (const key of signers) signatures.push((await key.signTransaction(built)).signature);
  return { name, bytes: toBase64(built), digest: await tx.getDigest(), signatures };
}

export async function transactions() {
  const list = [];
  for (const [name, make] of Object.entries(BUILT)) list.push(await golden(name, make()));
  return list;
}

/** Transactions of the form that the wire has, without regard to sense. */
export function random() {
  const list = [];
  for (let i = 0; i < RANDOM; i++) {
    const data = { V1: anything(new Dice(`transaction ${i}`)) };
    const built = bcs.TransactionData.serialize(data).toBytes();
    list.push({ bytes: toBase64(built), digest: TransactionDataBuilder.getDigestFromBytes(built) });
  }
  return list;
}

function anything(dice) {
  const u16 = () => dice.below(1 << 16);
  const u64 = () => version(dice.text());
  const maybe = (make) => (dice.below(2) ? make() : null);
  const ref = () => reference(dice.text());
  const blob = () => bytes(dice.text(), dice.below(300));
  const name = () => `n_${dice.below(1 << 30)}`;
  const tag = (depth = 0) => {
    const kinds = ["bool", "u8", "u64", "u128", "address", "signer", "u16", "u32", "u256", "vector", "struct"];
    const kind = dice.pick(depth < 4 ? kinds : kinds.slice(0, 9));
    if (kind === "vector") return { vector: tag(depth + 1) };
    if (kind === "struct") return { struct: { address: address(dice.text()), module: name(), name: name(), typeParams: dice.list(2, () => tag(depth + 1)) } };
    return { [kind]: true };
  };
  const argument = () =>
    dice.pick([() => ({ GasCoin: true }), () => ({ Input: u16() }), () => ({ Result: u16() }), () => ({ NestedResult: [u16(), u16()] })])();
  const args = () => dice.list(4, argument);
  const input = () =>
    dice.pick([
      () => ({ Pure: { bytes: blob() } }),
      () => ({ Object: { ImmOrOwnedObject: ref() } }),
      () => ({ Object: { SharedObject: { objectId: address(dice.text()), initialSharedVersion: u64(), mutable: dice.below(2) === 1 } } }),
      () => ({ Object: { Receiving: ref() } }),
      () => withdrawal(dice.pick([{ Sender: true }, { Sponsor: true }, { SenderAllowance: { funder: address(dice.text()), allowance: address(dice.text()) } }])),
    ])();
  const modules = () => dice.list(3, blob);
  const addresses = () => dice.list(3, () => address(dice.text()));
  const command = () =>
    dice.pick([
      () => ({ MoveCall: { package: address(dice.text()), module: name(), function: name(), typeArguments: dice.list(2, tag), arguments: args() } }),
      () => ({ TransferObjects: { objects: args(), address: argument() } }),
      () => ({ SplitCoins: { coin: argument(), amounts: args() } }),
      () => ({ MergeCoins: { destination: argument(), sources: args() } }),
      () => ({ Publish: { modules: modules(), dependencies: addresses() } }),
      () => ({ MakeMoveVec: { type: maybe(tag), elements: args() } }),
      () => ({ Upgrade: { modules: modules(), dependencies: addresses(), package: address(dice.text()), ticket: argument() } }),
    ])();
  const during = () => ({
    ValidDuring: { minEpoch: maybe(u64), maxEpoch: maybe(u64), minTimestamp: maybe(u64), maxTimestamp: maybe(u64), chain: digest(dice.text()), nonce: dice.below(2 ** 32) },
  });
  return {
    kind: { ProgrammableTransaction: { inputs: dice.list(6, input), commands: dice.list(6, command) } },
    sender: address(dice.text()),
    gasData: { payment: dice.list(3, ref), owner: address(dice.text()), price: u64(), budget: u64() },
    expiration: dice.pick([() => ({ None: true }), () => ({ Epoch: dice.below(1 << 30) }), during])(),
  };
}
