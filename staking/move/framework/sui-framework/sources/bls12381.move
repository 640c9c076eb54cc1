/// BLS signatures and the groups of the curve BLS12-381. Public keys of min-pk are in G1 (48 bytes), its signatures in G2
/// (96 bytes), messages are hashed to the curve with the ciphersuites of the IETF draft (`..._NUL_`).
module sui::bls12381;

use sui::group_ops::{Self, Element};

/// Numbers of the groups, as the natives know them.
const SCALAR_TYPE: u8 = 0;
const G1_TYPE: u8 = 1;
const G2_TYPE: u8 = 2;
const UNCOMPRESSED_G1_TYPE: u8 = 4;

const SCALAR_ZERO_BYTES: vector<u8> =
    x"0000000000000000000000000000000000000000000000000000000000000000";
const SCALAR_ONE_BYTES: vector<u8> =
    x"0000000000000000000000000000000000000000000000000000000000000001";
/// The point at infinity and the standard generators, in compressed form.
const G1_IDENTITY_BYTES: vector<u8> =
    x"c00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000";
const G1_GENERATOR_BYTES: vector<u8> =
    x"97f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb";
const G2_IDENTITY_BYTES: vector<u8> =
    x"c00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000";
const G2_GENERATOR_BYTES: vector<u8> =
    x"93e02b6052719f607dacd3a088274f65596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8";

/// The field of the scalars: 32 bytes, big-endian.
public struct Scalar {}
/// The first group: 48 bytes, compressed.
public struct G1 {}
/// The second group: 96 bytes, compressed.
public struct G2 {}
/// The first group, uncompressed: 96 bytes. Sums of many elements are cheap in this form.
public struct UncompressedG1 {}

/// Whether a signature in G1 of a message is by a public key in G2.
public native fun bls12381_min_sig_verify(
    signature: &vector<u8>,
    public_key: &vector<u8>,
    msg: &vector<u8>,
): bool;

/// Whether a signature in G2 of a message is by a public key in G1.
public native fun bls12381_min_pk_verify(
    signature: &vector<u8>,
    public_key: &vector<u8>,
    msg: &vector<u8>,
): bool;

/// The scalar of the bytes. Aborts in `sui::group_ops` when they are none.
public fun scalar_from_bytes(bytes: &vector<u8>): Element<Scalar> {
    group_ops::from_bytes(SCALAR_TYPE, bytes, false)
}

/// The number as a scalar.
public fun scalar_from_u64(x: u64): Element<Scalar> {
    let mut bytes = SCALAR_ZERO_BYTES;
    group_ops::set_as_prefix(x, true, &mut bytes);
    group_ops::from_bytes(SCALAR_TYPE, &bytes, true)
}

/// Zero.
public fun scalar_zero(): Element<Scalar> {
    let bytes = SCALAR_ZERO_BYTES;
    group_ops::from_bytes(SCALAR_TYPE, &bytes, true)
}

/// One.
public fun scalar_one(): Element<Scalar> {
    let bytes = SCALAR_ONE_BYTES;
    group_ops::from_bytes(SCALAR_TYPE, &bytes, true)
}

/// The sum.
public fun scalar_add(e1: &Element<Scalar>, e2: &Element<Scalar>): Element<Scalar> {
    group_ops::add(SCALAR_TYPE, e1, e2)
}

/// The difference.
public fun scalar_sub(e1: &Element<Scalar>, e2: &Element<Scalar>): Element<Scalar> {
    group_ops::sub(SCALAR_TYPE, e1, e2)
}

/// The product.
public fun scalar_mul(e1: &Element<Scalar>, e2: &Element<Scalar>): Element<Scalar> {
    group_ops::mul(SCALAR_TYPE, e1, e2)
}

/// The element of the bytes. Aborts in `sui::group_ops` when they are none.
public fun g1_from_bytes(bytes: &vector<u8>): Element<G1> {
    group_ops::from_bytes(G1_TYPE, bytes, false)
}

/// The point at infinity.
public fun g1_identity(): Element<G1> {
    let bytes = G1_IDENTITY_BYTES;
    group_ops::from_bytes(G1_TYPE, &bytes, true)
}

/// The standard generator.
public fun g1_generator(): Element<G1> {
    let bytes = G1_GENERATOR_BYTES;
    group_ops::from_bytes(G1_TYPE, &bytes, true)
}

/// The sum.
public fun g1_add(e1: &Element<G1>, e2: &Element<G1>): Element<G1> {
    group_ops::add(G1_TYPE, e1, e2)
}

/// The difference.
public fun g1_sub(e1: &Element<G1>, e2: &Element<G1>): Element<G1> {
    group_ops::sub(G1_TYPE, e1, e2)
}

/// The element as many times as the scalar says.
public fun g1_mul(e1: &Element<Scalar>, e2: &Element<G1>): Element<G1> {
    group_ops::mul(G1_TYPE, e1, e2)
}

/// The inverse.
public fun g1_neg(e: &Element<G1>): Element<G1> {
    g1_sub(&g1_identity(), e)
}

/// The element, uncompressed.
public fun g1_to_uncompressed_g1(e: &Element<G1>): Element<UncompressedG1> {
    group_ops::convert(G1_TYPE, UNCOMPRESSED_G1_TYPE, e)
}

/// The element, compressed.
public fun uncompressed_g1_to_g1(e: &Element<UncompressedG1>): Element<G1> {
    group_ops::convert(UNCOMPRESSED_G1_TYPE, G1_TYPE, e)
}

/// The sum of all elements, of which Sui allows 1,200.
public fun uncompressed_g1_sum(terms: &vector<Element<UncompressedG1>>): Element<UncompressedG1> {
    group_ops::sum(UNCOMPRESSED_G1_TYPE, terms)
}

/// The element of the bytes. Aborts in `sui::group_ops` when they are none.
public fun g2_from_bytes(bytes: &vector<u8>): Element<G2> {
    group_ops::from_bytes(G2_TYPE, bytes, false)
}

/// The point at infinity.
public fun g2_identity(): Element<G2> {
    let bytes = G2_IDENTITY_BYTES;
    group_ops::from_bytes(G2_TYPE, &bytes, true)
}

/// The standard generator.
public fun g2_generator(): Element<G2> {
    let bytes = G2_GENERATOR_BYTES;
    group_ops::from_bytes(G2_TYPE, &bytes, true)
}

/// The sum.
public fun g2_add(e1: &Element<G2>, e2: &Element<G2>): Element<G2> {
    group_ops::add(G2_TYPE, e1, e2)
}

/// The difference.
public fun g2_sub(e1: &Element<G2>, e2: &Element<G2>): Element<G2> {
    group_ops::sub(G2_TYPE, e1, e2)
}

/// The element as many times as the scalar says.
public fun g2_mul(e1: &Element<Scalar>, e2: &Element<G2>): Element<G2> {
    group_ops::mul(G2_TYPE, e1, e2)
}
