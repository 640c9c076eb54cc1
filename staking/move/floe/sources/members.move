/// Vectors and bitmaps that go by member of a committee.
module floe::members;

/// A bitmap is longer than the committee, or has bits beyond it.
const EBitmap: u64 = 0;

/// The value once for every member.
public(package) fun fill<T: copy + drop>(value: T, members: u64): vector<T> {
    let mut all = vector[];
    while (all.length() < members) all.push_back(value);
    all
}

/// Aborts with `EBitmap` unless the bitmap (lowest bit of the first byte first; missing bytes are zeros) fits the committee.
public(package) fun check(bitmap: &vector<u8>, members: u64) {
    let bytes = bitmap.length();
    assert!(bytes <= (members + 7) / 8, EBitmap);
    if (8 * bytes > members) assert!(bitmap[bytes - 1] >> ((8 - (8 * bytes - members)) as u8) == 0, EBitmap);
}

/// Whether the bitmap has member number `i`.
public(package) fun has(bitmap: &vector<u8>, i: u64): bool {
    i / 8 < bitmap.length() && (bitmap[i / 8] >> ((i % 8) as u8)) & 1 == 1
}
