/// Who owns an object. The functions without `public_` work only in the module that defines the type: a rule of Sui's
/// bytecode verifier.
module sui::transfer;

#[allow(unused_const)]
/// A native's abort: an object was shared that this transaction has not made.
const ESharedNonNewObject: u64 = 0;
#[allow(unused_const)]
/// A native's abort: the received object is of another type.
const EReceivingObjectTypeMismatch: u64 = 2;
#[allow(unused_const)]
/// A native's abort: there is no such object, or its owner is another.
const EUnableToReceiveObject: u64 = 3;

/// The right to try to receive an object that was sent to another object.
public struct Receiving<phantom T: key> has drop {
    id: ID,
    version: u64,
}

/// Gives an object to an account, or to the object with that id.
public fun transfer<T: key>(obj: T, recipient: address) {
    transfer_impl(obj, recipient)
}

/// Gives an object to an account, or to the object with that id.
public fun public_transfer<T: key + store>(obj: T, recipient: address) {
    transfer_impl(obj, recipient)
}

/// Makes an object readable by all and writable by nobody, for good.
public fun freeze_object<T: key>(obj: T) {
    freeze_object_impl(obj)
}

/// Makes an object readable by all and writable by nobody, for good.
public fun public_freeze_object<T: key + store>(obj: T) {
    freeze_object_impl(obj)
}

/// Makes an object usable by all, for good. Aborts with `ESharedNonNewObject`.
public fun share_object<T: key>(obj: T) {
    share_object_impl(obj)
}

/// Makes an object usable by all, for good. Aborts with `ESharedNonNewObject`.
public fun public_share_object<T: key + store>(obj: T) {
    share_object_impl(obj)
}

/// Takes an object that was sent to `parent`. Aborts with `EReceivingObjectTypeMismatch`, `EUnableToReceiveObject`.
public fun receive<T: key>(parent: &mut UID, to_receive: Receiving<T>): T {
    let Receiving { id, version } = to_receive;
    receive_impl(parent.to_address(), id, version)
}

/// Takes an object that was sent to `parent`. Aborts with `EReceivingObjectTypeMismatch`, `EUnableToReceiveObject`.
public fun public_receive<T: key + store>(parent: &mut UID, to_receive: Receiving<T>): T {
    let Receiving { id, version } = to_receive;
    receive_impl(parent.to_address(), id, version)
}

/// The object that may be received.
public fun receiving_object_id<T: key>(receiving: &Receiving<T>): ID {
    receiving.id
}

public(package) native fun transfer_impl<T: key>(obj: T, recipient: address);
public(package) native fun freeze_object_impl<T: key>(obj: T);
public(package) native fun share_object_impl<T: key>(obj: T);
native fun receive_impl<T: key>(parent: address, to_receive: ID, version: u64): T;

#[test_only]
/// A right as a transaction would bring it.
public(package) fun make_receiver<T: key>(id: ID, version: u64): Receiving<T> {
    Receiving { id, version }
}
