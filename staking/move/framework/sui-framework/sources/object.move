/// Identities of objects.
module sui::object;

use std::bcs;
use sui::address;

public use fun id_to_address as ID.to_address;
public use fun id_to_bytes as ID.to_bytes;
public use fun uid_as_inner as UID.as_inner;
public use fun uid_to_address as UID.to_address;
public use fun uid_to_bytes as UID.to_bytes;
public use fun uid_to_inner as UID.to_inner;

/// The object id of the clock.
const CLOCK: address = @0x6;
/// The object id of the randomness state.
const RANDOM: address = @0x8;

/// The id of an object, freely copied: it proves nothing.
public struct ID has copy, drop, store {
    bytes: address,
}

/// The identity of an object, its first field. No two values are equal.
public struct UID has store {
    id: ID,
}

/// The 32 bytes of an id.
public fun id_to_bytes(id: &ID): vector<u8> {
    bcs::to_bytes(&id.bytes)
}

/// The id as an address.
public fun id_to_address(id: &ID): address {
    id.bytes
}

/// The id of 32 bytes. Aborts in the VM on any other length.
public fun id_from_bytes(bytes: vector<u8>): ID {
    id_from_address(address::from_bytes(bytes))
}

/// The id that is an address.
public fun id_from_address(bytes: address): ID {
    ID { bytes }
}

/// The id of an identity.
public fun uid_as_inner(uid: &UID): &ID {
    &uid.id
}

/// The id of an identity.
public fun uid_to_inner(uid: &UID): ID {
    uid.id
}

/// The 32 bytes of an identity.
public fun uid_to_bytes(uid: &UID): vector<u8> {
    uid.id.to_bytes()
}

/// The identity as an address.
public fun uid_to_address(uid: &UID): address {
    uid.id.bytes
}

/// A new identity, derived from the transaction's digest and a counter.
public fun new(ctx: &mut TxContext): UID {
    UID { id: ID { bytes: ctx.fresh_object_address() } }
}

/// Ends an identity, and with it the object that had it.
public fun delete(id: UID) {
    let UID { id: ID { bytes } } = id;
    delete_impl(bytes)
}

/// The id of an object.
public fun id<T: key>(obj: &T): ID {
    borrow_uid(obj).id
}

/// The id of an object.
public fun borrow_id<T: key>(obj: &T): &ID {
    &borrow_uid(obj).id
}

/// The 32 bytes of an object's id.
public fun id_bytes<T: key>(obj: &T): vector<u8> {
    borrow_uid(obj).to_bytes()
}

/// The id of an object as an address.
public fun id_address<T: key>(obj: &T): address {
    borrow_uid(obj).to_address()
}

/// The identity of the clock.
public(package) fun clock(): UID {
    UID { id: ID { bytes: CLOCK } }
}

/// The identity of the randomness state.
public(package) fun randomness_state(): UID {
    UID { id: ID { bytes: RANDOM } }
}

/// The identity of a dynamic field. The bytecode verifier knows this function by its name.
public(package) fun new_uid_from_hash(bytes: address): UID {
    record_new_uid(bytes);
    UID { id: ID { bytes } }
}

native fun borrow_uid<T: key>(obj: &T): &UID;
native fun delete_impl(id: address);
native fun record_new_uid(id: address);

#[test_only]
/// The id made last.
public fun last_created(ctx: &TxContext): ID {
    ID { bytes: ctx.last_created_object_id() }
}
