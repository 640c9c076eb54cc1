/// The symbols that a bounty asks for, and marks on them.
///
/// A symbol is named by a number whose four little-endian bytes are its row and its column, 16 bits each: the bytes of
/// Walrus's `SymbolId`. Asked for are all symbols of some rows and of some columns.
module floe_reads::wanted;

/// Rows and columns that one bounty may ask for. At 4,096 shards the marks then take 96 KiB of the 250 KB that Sui allows an
/// object.
const MAX_SLIVERS: u64 = 64;
/// Bits of a word of marks.
const WORD: u64 = 64;
/// Bits that the column is shifted by in a symbol's number.
const COLUMN_SHIFT: u8 = 16;

/// No rows and columns, or more than 64 in all.
const ETooManySlivers: u64 = 0;
/// A row or column is not below the number of shards.
const EOutOfRange: u64 = 1;
/// Rows, or columns, are not in strictly ascending order.
const ENotAscending: u64 = 2;
/// The symbol is neither in a row nor in a column that is asked for.
const ENotWanted: u64 = 3;

/// Rows and columns, ascending, and three sets of marks: a list of words for each row, then for each column.
public struct Wanted has drop, store {
    n: u16,
    rows: vector<u16>,
    columns: vector<u16>,
    paid: vector<vector<u64>>,
    reserved: vector<vector<u64>>,
    queued: vector<vector<u64>>,
}

/// All symbols of these rows and columns, at `n` shards, none of them marked. Aborts with `ETooManySlivers`, `EOutOfRange`
/// and `ENotAscending`.
public(package) fun new(n: u16, rows: vector<u16>, columns: vector<u16>): Wanted {
    let slivers = rows.length() + columns.length();
    assert!(slivers > 0 && slivers <= MAX_SLIVERS, ETooManySlivers);
    check_ascending(&rows, n);
    check_ascending(&columns, n);
    let mut words = vector[];
    let needed = (n as u64).divide_and_round_up(WORD);
    while (words.length() < needed) words.push_back(0);
    let mut marks = vector[];
    while (marks.length() < slivers) marks.push_back(words);
    Wanted { n, rows, columns, paid: marks, reserved: marks, queued: marks }
}

/// How many symbols there are. One that is in a row and in a column counts once.
public(package) fun size(self: &Wanted): u64 {
    let (rows, columns) = (self.rows.length(), self.columns.length());
    (rows + columns) * (self.n as u64) - rows * columns
}

/// The number of shards of the network.
public(package) fun n_shards(self: &Wanted): u16 {
    self.n
}

/// Row and column of a symbol.
public(package) fun position(symbol: u32): (u16, u16) {
    ((symbol & (std::u16::max_value!() as u32)) as u16, (symbol >> COLUMN_SHIFT) as u16)
}

/// Aborts with `ENotWanted` and `EOutOfRange` unless all of the symbols are asked for.
public(package) fun check(self: &Wanted, symbols: &vector<u32>) {
    let mut i = 0;
    while (i < symbols.length()) {
        self.place(symbols[i]);
        i = i + 1;
    }
}

/// Whether a symbol is paid for. Aborts with `ENotWanted` and `EOutOfRange`.
public(package) fun is_paid(self: &Wanted, symbol: u32): bool {
    let (sliver, bit) = self.place(symbol);
    self.paid[sliver][bit / WORD] & mask(bit) != 0
}

/// Marks a symbol as paid for: false when it was already. Aborts with `ENotWanted` and `EOutOfRange`.
public(package) fun pay(self: &mut Wanted, symbol: u32): bool {
    let (sliver, bit) = self.place(symbol);
    mark(&mut self.paid[sliver], bit)
}

/// Marks a symbol as reserved: false when it was already. Aborts with `ENotWanted` and `EOutOfRange`.
public(package) fun reserve(self: &mut Wanted, symbol: u32): bool {
    let (sliver, bit) = self.place(symbol);
    mark(&mut self.reserved[sliver], bit)
}

/// Marks a symbol as queued: false when it was already, or is paid for. Aborts with `ENotWanted` and `EOutOfRange`.
public(package) fun queue(self: &mut Wanted, symbol: u32): bool {
    let (sliver, bit) = self.place(symbol);
    self.paid[sliver][bit / WORD] & mask(bit) == 0 && mark(&mut self.queued[sliver], bit)
}

/// Where a symbol's marks are: the list and the bit. A symbol of a row and a column that both are asked for is marked in the
/// row's, so that it has one place.
fun place(self: &Wanted, symbol: u32): (u64, u64) {
    let (row, column) = position(symbol);
    assert!(row < self.n && column < self.n, EOutOfRange);
    let at = lower_bound(&self.rows, row);
    if (at < self.rows.length() && self.rows[at] == row) return (at, column as u64);
    let at = lower_bound(&self.columns, column);
    assert!(at < self.columns.length() && self.columns[at] == column, ENotWanted);
    (self.rows.length() + at, row as u64)
}

fun mark(words: &mut vector<u64>, bit: u64): bool {
    let word = &mut words[bit / WORD];
    let fresh = *word & mask(bit) == 0;
    *word = *word | mask(bit);
    fresh
}

fun mask(bit: u64): u64 {
    1 << ((bit % WORD) as u8)
}

/// The place of the first value of the ascending list that is not below `value`. A search by halves: a call looks for
/// hundreds of symbols, and instructions cost more the more of them there are.
fun lower_bound(list: &vector<u16>, value: u16): u64 {
    let (mut low, mut high) = (0, list.length());
    while (low < high) {
        let middle = (low + high) / 2;
        if (list[middle] < value) low = middle + 1 else high = middle;
    };
    low
}

fun check_ascending(list: &vector<u16>, n: u16) {
    let mut i = 0;
    while (i < list.length()) {
        assert!(list[i] < n, EOutOfRange);
        assert!(i == 0 || list[i - 1] < list[i], ENotAscending);
        i = i + 1;
    }
}
