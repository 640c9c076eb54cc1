#[test_only]
module floe_reads::placeholder_tests;

use floe_reads::placeholder;
use std::unit_test::assert_eq;
use sui::coin;
use wal::wal::WAL;

#[test]
fun twice_the_value_of_a_coin() {
    let coin = coin::mint_for_testing<WAL>(7, &mut tx_context::dummy());
    assert_eq!(placeholder::twice(&coin), 14);
    coin.burn_for_testing();
}
