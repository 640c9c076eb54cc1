/// Holds the place of the modules to come.
module floe_reads::placeholder;

use sui::coin::Coin;
use wal::wal::WAL;

/// Twice the FROST in a coin.
public fun twice(coin: &Coin<WAL>): u64 {
    2 * floe::placeholder::value(coin)
}
