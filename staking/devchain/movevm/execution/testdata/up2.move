/// The second version of a package that is upgraded.
module up::up;

public struct Kept has key, store { id: UID, value: u64 }
public enum Shape has copy, drop { Point, Line(u64) }
public struct Sent has copy, drop { version: u64 }

public fun make(ctx: &mut TxContext): Kept { Kept { id: object::new(ctx), value: version() } }
public fun version(): u64 { 2 }
public fun get(kept: &Kept): u64 { kept.value }
public fun point(): Shape { Shape::Point }
public fun end<T>(kept: Kept, other: T): T { let Kept { id, value: _ } = kept; id.delete(); other }
public fun tell() { sui::event::emit(Sent { version: version() }) }

public struct Added has key, store { id: UID, extra: u64 }
public fun added(ctx: &mut TxContext): Added { Added { id: object::new(ctx), extra: 5 } }
public fun attach(kept: &mut Kept, name: Name) { sui::dynamic_field::add(&mut kept.id, name, 1u64) }
public fun attached(kept: &Kept, name: Name): u64 { *sui::dynamic_field::borrow(&kept.id, name) }
public struct Name has copy, drop, store { n: u64 }
public fun name(n: u64): Name { Name { n } }
