// Keys of all plain schemes: how they are exported and kept, and what they sign.
import { toBase64, toHex } from "@mysten/sui/utils";
import { decodeSuiPrivateKey } from "@mysten/sui/cryptography";
import { Ed25519Keypair } from "@mysten/sui/keypairs/ed25519";
import { Secp256k1Keypair } from "@mysten/sui/keypairs/secp256k1";
import { Secp256r1Keypair } from "@mysten/sui/keypairs/secp256r1";
import { bytes } from "./bytes.mjs";

const KEYS_OF_A_SCHEME = 3;
const LENGTHS = [0, 1, 32, 300]; // of what is signed

const SCHEMES = [
  { flag: 0, Keypair: Ed25519Keypair },
  { flag: 1, Keypair: Secp256k1Keypair },
  { flag: 2, Keypair: Secp256r1Keypair },
];

/** One key of each scheme, the same every time. */
export const signers = SCHEMES.map(({ Keypair }, i) => Keypair.fromSecretKey(bytes(`signer ${i}`, 32)));

/** Keys of each scheme, and what they sign. */
export async function accounts() {
  const list = [];
  for (const { Keypair } of SCHEMES)
    for (let i = 0; i < KEYS_OF_A_SCHEME; i++) list.push(await describe(Keypair.fromSecretKey(bytes(`key ${Keypair.name} ${i}`, 32))));
  return list;
}

/** The keys that sign transactions. */
export const describeSigners = () => Promise.all(signers.map(describe));

async function describe(key) {
  const { flag } = SCHEMES.find(({ Keypair }) => key instanceof Keypair);
  const exported = key.getSecretKey();
  const { secretKey } = decodeSuiPrivateKey(exported);
  const signed = [];
  for (const length of LENGTHS) {
    const message = bytes(`message ${length}`, length);
    signed.push({ message: toBase64(message), signature: (await key.signTransaction(message)).signature });
  }
  return {
    scheme: flag,
    secret: toHex(secretKey),
    exported,
    kept: toBase64(Uint8Array.of(flag, ...secretKey)), // an entry of sui.keystore
    public: toHex(key.getPublicKey().toRawBytes()),
    address: key.toSuiAddress(),
    signed,
  };
}
