/// A vector of any size, one dynamic field an element.
module sui::table_vec;

use sui::table::{Self, Table};

/// An index is not below the length.
const EIndexOutOfBound: u64 = 0;
/// A vector to be destroyed has elements.
const ETableNonEmpty: u64 = 1;

/// Elements by their index.
public struct TableVec<phantom Element: store> has store {
    contents: Table<u64, Element>,
}

/// A vector without elements.
public fun empty<Element: store>(ctx: &mut TxContext): TableVec<Element> {
    TableVec { contents: table::new(ctx) }
}

/// A vector of one element.
public fun singleton<Element: store>(e: Element, ctx: &mut TxContext): TableVec<Element> {
    let mut t = empty(ctx);
    t.push_back(e);
    t
}

/// The number of elements.
public fun length<Element: store>(t: &TableVec<Element>): u64 {
    t.contents.length()
}

/// Whether there are no elements.
public fun is_empty<Element: store>(t: &TableVec<Element>): bool {
    t.contents.is_empty()
}

/// The element at `i`. Aborts with `EIndexOutOfBound`.
#[syntax(index)]
public fun borrow<Element: store>(t: &TableVec<Element>, i: u64): &Element {
    assert!(i < t.length(), EIndexOutOfBound);
    &t.contents[i]
}

/// The element at `i`, for writing. Aborts with `EIndexOutOfBound`.
#[syntax(index)]
public fun borrow_mut<Element: store>(t: &mut TableVec<Element>, i: u64): &mut Element {
    assert!(i < t.length(), EIndexOutOfBound);
    &mut t.contents[i]
}

/// Adds an element at the end.
public fun push_back<Element: store>(t: &mut TableVec<Element>, e: Element) {
    let end = t.length();
    t.contents.add(end, e)
}

/// Takes the last element. Aborts with `EIndexOutOfBound`.
public fun pop_back<Element: store>(t: &mut TableVec<Element>): Element {
    let length = t.length();
    assert!(length > 0, EIndexOutOfBound);
    t.contents.remove(length - 1)
}

/// Exchanges two elements. Aborts with `EIndexOutOfBound`.
public fun swap<Element: store>(t: &mut TableVec<Element>, i: u64, j: u64) {
    let length = t.length();
    assert!(i < length && j < length, EIndexOutOfBound);
    if (i == j) return;
    let was_i = t.contents.remove(i);
    let was_j = t.contents.remove(j);
    t.contents.add(i, was_j);
    t.contents.add(j, was_i)
}

/// Takes the element at `i` and puts the last one in its place. Aborts with `EIndexOutOfBound`.
public fun swap_remove<Element: store>(t: &mut TableVec<Element>, i: u64): Element {
    let length = t.length();
    assert!(i < length, EIndexOutOfBound);
    t.swap(i, length - 1);
    t.pop_back()
}

/// Ends a vector. Aborts with `ETableNonEmpty`.
public fun destroy_empty<Element: store>(t: TableVec<Element>) {
    assert!(t.is_empty(), ETableNonEmpty);
    let TableVec { contents } = t;
    contents.destroy_empty()
}

/// Ends a vector with whatever is in it.
public fun drop<Element: drop + store>(t: TableVec<Element>) {
    let TableVec { contents } = t;
    contents.drop()
}
