/// Arithmetic in groups, whose elements are their serialised bytes. The functions are for modules of groups, which know
/// the numbers of their types.
module sui::group_ops;

use std::bcs;

#[allow(unused_const)]
/// A native's abort: the group is not enabled.
const ENotSupported: u64 = 0;
/// The bytes are no element of the group.
const EInvalidInput: u64 = 1;
#[allow(unused_const)]
/// A native's abort: too many elements.
const EInputTooLong: u64 = 2;
/// A number does not fit the buffer.
const EInvalidBufferLength: u64 = 3;

/// Bytes of a number as large as u64.
const NUMBER_LENGTH: u64 = 8;

/// An element of the group that the type stands for.
public struct Element<phantom T> has copy, drop, store {
    bytes: vector<u8>,
}

/// The serialised element.
public fun bytes<G>(e: &Element<G>): &vector<u8> {
    &e.bytes
}

/// Whether two elements are the same.
public fun equal<G>(e1: &Element<G>, e2: &Element<G>): bool {
    e1.bytes == e2.bytes
}

/// The element of the bytes. Aborts with `EInvalidInput` when they are not trusted and none.
public(package) fun from_bytes<G>(type_: u8, bytes: &vector<u8>, is_trusted: bool): Element<G> {
    assert!(is_trusted || internal_validate(type_, bytes), EInvalidInput);
    Element { bytes: *bytes }
}

/// The sum.
public(package) fun add<G>(type_: u8, e1: &Element<G>, e2: &Element<G>): Element<G> {
    Element { bytes: internal_add(type_, &e1.bytes, &e2.bytes) }
}

/// The difference.
public(package) fun sub<G>(type_: u8, e1: &Element<G>, e2: &Element<G>): Element<G> {
    Element { bytes: internal_sub(type_, &e1.bytes, &e2.bytes) }
}

/// The element as many times as the scalar says.
public(package) fun mul<S, G>(type_: u8, scalar: &Element<S>, e: &Element<G>): Element<G> {
    Element { bytes: internal_mul(type_, &scalar.bytes, &e.bytes) }
}

/// The element in another form.
public(package) fun convert<From, To>(
    from_type: u8,
    to_type: u8,
    e: &Element<From>,
): Element<To> {
    Element { bytes: internal_convert(from_type, to_type, &e.bytes) }
}

/// The sum of all elements.
public(package) fun sum<G>(type_: u8, terms: &vector<Element<G>>): Element<G> {
    Element { bytes: internal_sum(type_, &(*terms).map!(|term| term.bytes)) }
}

/// Writes a number over the end (big-endian) or start (little-endian) of a buffer. Aborts with `EInvalidBufferLength`.
public(package) fun set_as_prefix(x: u64, big_endian: bool, buffer: &mut vector<u8>) {
    let length = buffer.length();
    assert!(length >= NUMBER_LENGTH, EInvalidBufferLength);
    let bytes = bcs::to_bytes(&x);
    NUMBER_LENGTH.do!(|i| {
        let position = if (big_endian) length - 1 - i else i;
        *&mut buffer[position] = bytes[i]
    })
}

native fun internal_validate(type_: u8, bytes: &vector<u8>): bool;
native fun internal_add(type_: u8, e1: &vector<u8>, e2: &vector<u8>): vector<u8>;
native fun internal_sub(type_: u8, e1: &vector<u8>, e2: &vector<u8>): vector<u8>;
native fun internal_mul(type_: u8, e1: &vector<u8>, e2: &vector<u8>): vector<u8>;
native fun internal_convert(from_type: u8, to_type: u8, e: &vector<u8>): vector<u8>;
native fun internal_sum(type_: u8, e: &vector<vector<u8>>): vector<u8>;
