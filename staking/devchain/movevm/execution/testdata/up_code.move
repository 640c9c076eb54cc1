/// The first version of a package that is upgraded.
module up::up;

public struct Kept has key, store { id: UID, value: u64 }
public enum Shape has copy, drop { Point, Line(u64) }
public struct Sent has copy, drop { version: u64 }

public fun make(ctx: &mut TxContext): Kept { Kept { id: object::new(ctx), value: version() } }
public fun version(): u64 { 3 }
public fun get(kept: &Kept): u64 { kept.value }
public fun point(): Shape { Shape::Point }
public fun end<T: store>(kept: Kept, other: T): T { let Kept { id, value: _ } = kept; id.delete(); other }
public fun tell() { sui::event::emit(Sent { version: version() }) }
entry fun internal() {}
public(package) fun helper() {}
