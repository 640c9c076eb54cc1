/// Holds the place of the modules to come.
module floe::placeholder;

use sui::coin::Coin;
use wal::wal::WAL;

/// The FROST in a coin.
public fun value(coin: &Coin<WAL>): u64 {
    coin.value()
}
