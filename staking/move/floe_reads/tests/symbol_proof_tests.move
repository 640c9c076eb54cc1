/// Proofs made from the slivers of real blobs, and what must not pass for one.
#[test_only]
module floe_reads::symbol_proof_tests;

use floe::encoding;
use floe_reads::fixture;
use floe_reads::samples;
use floe_reads::symbol_proof;

#[test]
fun every_symbol_is_proved_by_its_row_and_by_its_column() {
    let (id, _, n) = fixture::seven();
    7u16.do!(|row| 7u16.do!(|column| {
        let symbol = samples::seven(row, column);
        samples::seven_proof(0, row, column).check(id, n, row, column, &symbol);
        samples::seven_proof(1, row, column).check(id, n, row, column, &symbol);
    }));
}

#[test]
fun trees_without_padding() {
    let (id, size, n) = fixture::four();
    16u64.do!(|i| {
        let (row, column) = ((i / 4) as u16, (i % 4) as u16);
        let symbols = fixture::four_symbols();
        let symbol = vector::tabulate!(18, |j| symbols[i * 18 + j]);
        samples::proof(&fixture::four_by_row(), i, 2, 0, size).check(id, n, row, column, &symbol);
        samples::proof(&fixture::four_by_column(), i, 2, 1, size).check(id, n, row, column, &symbol);
    });
}

#[test]
fun symbols_of_the_largest_size() {
    let (id, size, n) = fixture::large();
    let symbol = samples::zeros(65_534);
    samples::proof(&fixture::large_by_row(), 15, 2, 0, size).check(id, n, 3, 3, &symbol);
    samples::proof(&fixture::large_by_column(), 0, 2, 1, size).check(id, n, 0, 0, &symbol);
}

#[test]
fun a_thousand_shards() {
    let (id, size, n) = fixture::wide();
    let symbol = samples::zeros(2);
    let (rows, columns) = (vector[0, 999, 500], vector[999, 0, 667]);
    3u64.do!(|i| {
        let (row, column) = (rows[i], columns[i]);
        samples::proof(&fixture::wide_by_row(), i, 10, 0, size).check(id, n, row, column, &symbol);
        samples::proof(&fixture::wide_by_column(), i, 10, 1, size).check(id, n, row, column, &symbol);
    });
}

/// Checks the proof of row 1, column 2 of the blob of seven shards with something changed.
fun check(id: u256, n: u16, row: u16, column: u16, symbol: vector<u8>) {
    samples::seven_proof(0, 1, 2).check(id, n, row, column, &symbol)
}

fun id(): u256 {
    let (id, _, _) = fixture::seven();
    id
}

#[test, expected_failure(abort_code = symbol_proof::EAxis, location = symbol_proof)]
fun no_third_axis() {
    symbol_proof::new(2, vector[], vector[], vector[], 0);
}

#[test, expected_failure(abort_code = symbol_proof::EOutOfRange, location = symbol_proof)]
fun row_out_of_range() {
    check(id(), 7, 7, 2, samples::seven(1, 2))
}

#[test, expected_failure(abort_code = symbol_proof::EOutOfRange, location = symbol_proof)]
fun column_out_of_range() {
    check(id(), 7, 1, 7, samples::seven(1, 2))
}

#[test, expected_failure(abort_code = symbol_proof::EWrongBlob, location = symbol_proof)]
fun another_row() {
    check(id(), 7, 2, 2, samples::seven(1, 2))
}

#[test, expected_failure(abort_code = symbol_proof::EWrongBlob, location = symbol_proof)]
fun another_column() {
    check(id(), 7, 1, 3, samples::seven(1, 2))
}

#[test, expected_failure(abort_code = symbol_proof::EWrongBlob, location = symbol_proof)]
fun another_symbol() {
    check(id(), 7, 1, 2, samples::seven(2, 1))
}

#[test, expected_failure(abort_code = symbol_proof::EWrongBlob, location = symbol_proof)]
fun another_blob() {
    check(id() + 1, 7, 1, 2, samples::seven(1, 2))
}

#[test, expected_failure(abort_code = symbol_proof::EWrongBlob, location = symbol_proof)]
fun the_path_of_a_row_is_not_that_of_a_column() {
    let (path, twin, pair_path) = samples::parts(&fixture::seven_by_row(), 9, 3);
    symbol_proof::new(1, path, twin, pair_path, 100).check(id(), 7, 1, 2, &samples::seven(1, 2));
}

#[test, expected_failure(abort_code = symbol_proof::EWrongBlob, location = symbol_proof)]
fun another_twin() {
    let (path, _, pair_path) = samples::parts(&fixture::seven_by_row(), 9, 3);
    symbol_proof::new(0, path, samples::zeros(32), pair_path, 100).check(id(), 7, 1, 2, &samples::seven(1, 2));
}

#[test, expected_failure(abort_code = symbol_proof::EWrongBlob, location = symbol_proof)]
fun another_size_with_symbols_as_large() {
    let (path, twin, pair_path) = samples::parts(&fixture::seven_by_row(), 9, 3);
    symbol_proof::new(0, path, twin, pair_path, 101).check(id(), 7, 1, 2, &samples::seven(1, 2));
}

#[test, expected_failure(abort_code = symbol_proof::ESymbolSize, location = symbol_proof)]
fun another_size() {
    let (path, twin, pair_path) = samples::parts(&fixture::seven_by_row(), 9, 3);
    symbol_proof::new(0, path, twin, pair_path, 121).check(id(), 7, 1, 2, &samples::seven(1, 2));
}

#[test, expected_failure(abort_code = encoding::ETooLarge, location = encoding)]
fun a_size_that_no_blob_has() {
    let (path, twin, pair_path) = samples::parts(&fixture::seven_by_row(), 9, 3);
    symbol_proof::new(0, path, twin, pair_path, std::u64::max_value!()).check(id(), 7, 1, 2, &samples::seven(1, 2));
}

#[test, expected_failure(abort_code = symbol_proof::ESymbolSize, location = symbol_proof)]
fun a_longer_symbol() {
    let mut symbol = samples::seven(1, 2);
    symbol.push_back(0);
    check(id(), 7, 1, 2, symbol)
}

#[test, expected_failure(abort_code = symbol_proof::ESymbolSize, location = symbol_proof)]
fun a_shorter_symbol() {
    let mut symbol = samples::seven(1, 2);
    symbol.pop_back();
    check(id(), 7, 1, 2, symbol)
}

#[test, expected_failure(abort_code = symbol_proof::ESymbolSize, location = symbol_proof)]
fun other_shards_make_other_symbols() {
    check(id(), 8, 1, 2, samples::seven(1, 2))
}

#[test, expected_failure(abort_code = symbol_proof::EPathLength, location = symbol_proof)]
fun a_path_that_is_too_short() {
    let (mut path, twin, pair_path) = samples::parts(&fixture::seven_by_row(), 9, 3);
    path.pop_back();
    symbol_proof::new(0, path, twin, pair_path, 100).check(id(), 7, 1, 2, &samples::seven(1, 2));
}

#[test, expected_failure(abort_code = symbol_proof::EPathLength, location = symbol_proof)]
fun a_path_of_pairs_that_is_too_long() {
    let (path, twin, mut pair_path) = samples::parts(&fixture::seven_by_row(), 9, 3);
    pair_path.push_back(samples::zeros(32));
    symbol_proof::new(0, path, twin, pair_path, 100).check(id(), 7, 1, 2, &samples::seven(1, 2));
}

#[test, expected_failure(abort_code = symbol_proof::EDigestLength, location = symbol_proof)]
fun a_digest_that_is_too_long() {
    let (mut path, twin, pair_path) = samples::parts(&fixture::seven_by_row(), 9, 3);
    path[2].push_back(0);
    symbol_proof::new(0, path, twin, pair_path, 100).check(id(), 7, 1, 2, &samples::seven(1, 2));
}

#[test, expected_failure(abort_code = symbol_proof::EDigestLength, location = symbol_proof)]
fun a_twin_that_is_too_short() {
    let (path, mut twin, pair_path) = samples::parts(&fixture::seven_by_row(), 9, 3);
    twin.pop_back();
    symbol_proof::new(0, path, twin, pair_path, 100).check(id(), 7, 1, 2, &samples::seven(1, 2));
}
