/// The greatest of some words, found at once, and found again after one of them changed in logarithmic time.
///
/// Words are compared two by two, winners with winners, up to the root. A word holds a value and the index it belongs to, so
/// that one comparison decides about both: the greater value wins, and among equal values the lower index.
module floe::tournament;

/// Bits of a word that hold the index.
const INDEX_BITS: u8 = 16;
/// The greatest index. A word holds the distance to it, so that the lower index makes the greater word.
const LAST_INDEX: u128 = 0xFFFF;
/// The word of an index that does not take part.
const OUT: u128 = 0;

/// `words[0]` is unused, `words[1]` the greatest, and the words of the indices are the last half, in order. The children of
/// `i` are at `2i` and `2i + 1`.
public struct Tournament has drop {
    words: vector<u128>,
}

/// The word of an index that does not take part.
public(package) fun out(): u128 { OUT }

/// The word of `value` (below 2^112) at `index` (below 2^16 - 1).
public(package) fun word(value: u128, index: u64): u128 {
    (value << INDEX_BITS) | (LAST_INDEX - (index as u128))
}

/// The index in a word that takes part.
public(package) fun index(word: u128): u64 {
    (LAST_INDEX - (word & LAST_INDEX)) as u64
}

/// A tournament of one word or more. `words[i]` is a word of index i, or `out`.
public(package) fun new(words: vector<u128>): Tournament {
    let mut i = words.length();
    let mut all = vector[];
    while (all.length() < i) all.push_back(OUT);
    all.append(words);
    while (i > 1) {
        i = i - 1;
        let (left, right) = (all[2 * i], all[2 * i + 1]);
        *&mut all[i] = if (left > right) left else right;
    };
    Tournament { words: all }
}

/// The greatest word, which is `out` when no index takes part.
public(package) fun top(self: &Tournament): u128 {
    self.words[1]
}

/// Gives an index another word of its own, or `out`.
public(package) fun set(self: &mut Tournament, index: u64, word: u128) {
    let words = &mut self.words;
    let mut i = words.length() / 2 + index;
    *&mut words[i] = word;
    while (i > 1) {
        let (a, b) = (words[i], words[i ^ 1]);
        i = i / 2;
        *&mut words[i] = if (a > b) a else b;
    }
}
