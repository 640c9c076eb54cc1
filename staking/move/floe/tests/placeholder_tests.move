#[test_only]
module floe::placeholder_tests;

use floe::placeholder;
use std::unit_test::assert_eq;
use sui::coin;
use wal::wal::WAL;

#[test]
fun value_of_a_coin() {
    let coin = coin::mint_for_testing<WAL>(7, &mut tx_context::dummy());
    assert_eq!(placeholder::value(&coin), 7);
    coin.burn_for_testing();
}
