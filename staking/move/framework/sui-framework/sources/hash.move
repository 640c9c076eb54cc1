/// Hashes that Sui adds to those of the language.
module sui::hash;

/// BLAKE2b of 32 bytes.
public native fun blake2b256(data: &vector<u8>): vector<u8>;

/// Keccak-256.
public native fun keccak256(data: &vector<u8>): vector<u8>;
