/// Ed25519 signatures.
module sui::ed25519;

/// Whether a signature of 64 bytes of a message is by a public key of 32 bytes. Wrong lengths and keys are false.
public native fun ed25519_verify(
    signature: &vector<u8>,
    public_key: &vector<u8>,
    msg: &vector<u8>,
): bool;
