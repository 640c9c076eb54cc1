/// A package that depends on another.
module user::user;

use up::up::{Self, Kept};

public fun version(): u64 { up::version() }
public fun make(ctx: &mut TxContext): Kept { up::make(ctx) }
public fun get(kept: &Kept): u64 { kept.get() }
