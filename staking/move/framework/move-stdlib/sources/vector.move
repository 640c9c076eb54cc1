#[defines_primitive(vector)]
/// Vectors. The natives are single bytecode instructions, whose bounds errors are the VM's own.
module std::vector;

public use fun std::ascii::string as vector.to_ascii_string;
public use fun std::ascii::try_string as vector.try_to_ascii_string;
public use fun std::string::try_utf8 as vector.try_to_string;
public use fun std::string::utf8 as vector.to_string;

/// An index is not below the length.
const EINDEX_OUT_OF_BOUNDS: u64 = 0x20000;

/// A vector without elements.
#[bytecode_instruction]
public native fun empty<Element>(): vector<Element>;

/// The number of elements.
#[bytecode_instruction]
public native fun length<Element>(v: &vector<Element>): u64;

/// The element at `i`.
#[syntax(index)]
#[bytecode_instruction]
public native fun borrow<Element>(v: &vector<Element>, i: u64): &Element;

/// The element at `i`, for writing.
#[syntax(index)]
#[bytecode_instruction]
public native fun borrow_mut<Element>(v: &mut vector<Element>, i: u64): &mut Element;

/// Adds an element at the end.
#[bytecode_instruction]
public native fun push_back<Element>(v: &mut vector<Element>, e: Element);

/// Takes the last element.
#[bytecode_instruction]
public native fun pop_back<Element>(v: &mut vector<Element>): Element;

/// Consumes a vector that has no elements.
#[bytecode_instruction]
public native fun destroy_empty<Element>(v: vector<Element>);

/// Exchanges two elements.
#[bytecode_instruction]
public native fun swap<Element>(v: &mut vector<Element>, i: u64, j: u64);

/// A vector of one element.
public fun singleton<Element>(e: Element): vector<Element> {
    vector[e]
}

/// Reverses the order in place.
public fun reverse<Element>(v: &mut vector<Element>) {
    let length = v.length();
    let mut i = 0;
    while (i < length / 2) {
        v.swap(i, length - 1 - i);
        i = i + 1;
    }
}

/// Moves all elements of `other`, in order, to the end of `lhs`.
public fun append<Element>(lhs: &mut vector<Element>, mut other: vector<Element>) {
    other.reverse();
    while (!other.is_empty()) lhs.push_back(other.pop_back());
    other.destroy_empty()
}

/// Whether there are no elements.
public fun is_empty<Element>(v: &vector<Element>): bool {
    v.length() == 0
}

/// Whether an element equals `e`.
public fun contains<Element>(v: &vector<Element>, e: &Element): bool {
    let (found, _) = v.index_of(e);
    found
}

/// Whether an element equals `e`, and the index of the first that does (zero when none does).
public fun index_of<Element>(v: &vector<Element>, e: &Element): (bool, u64) {
    let length = v.length();
    let mut i = 0;
    while (i < length) {
        if (&v[i] == e) return (true, i);
        i = i + 1;
    };
    (false, 0)
}

/// Takes the element at `i` and keeps the order of the others. Aborts with `EINDEX_OUT_OF_BOUNDS`.
public fun remove<Element>(v: &mut vector<Element>, mut i: u64): Element {
    let length = v.length();
    assert!(i < length, EINDEX_OUT_OF_BOUNDS);
    while (i + 1 < length) {
        v.swap(i, i + 1);
        i = i + 1;
    };
    v.pop_back()
}

/// Puts an element at `i` and moves what was there up. Aborts with `EINDEX_OUT_OF_BOUNDS` when `i` is above the length.
public fun insert<Element>(v: &mut vector<Element>, e: Element, i: u64) {
    let mut position = v.length();
    assert!(i <= position, EINDEX_OUT_OF_BOUNDS);
    v.push_back(e);
    while (position > i) {
        v.swap(position, position - 1);
        position = position - 1;
    }
}

/// Takes the element at `i` and puts the last one in its place. Aborts with `EINDEX_OUT_OF_BOUNDS` on an empty vector.
public fun swap_remove<Element>(v: &mut vector<Element>, i: u64): Element {
    assert!(!v.is_empty(), EINDEX_OUT_OF_BOUNDS);
    let last = v.length() - 1;
    v.swap(i, last);
    v.pop_back()
}

/// All elements of all vectors, in order.
public fun flatten<T>(v: vector<vector<T>>): vector<T> {
    let mut flat = vector[];
    v.do!(|part| flat.append(part));
    flat
}

/// The vector of `$f(0)`, `$f(1)`, ... of length `$n`.
public macro fun tabulate<$T>($n: u64, $f: |u64| -> $T): vector<$T> {
    let n = $n;
    let mut made = vector[];
    let mut i = 0;
    while (i < n) {
        made.push_back($f(i));
        i = i + 1;
    };
    made
}

/// Consumes the elements from the last to the first.
public macro fun destroy<$T, $R: drop>($v: vector<$T>, $f: |$T| -> $R) {
    let mut left = $v;
    while (!left.is_empty()) { $f(left.pop_back()); };
    left.destroy_empty()
}

/// Consumes the elements from the first to the last.
public macro fun do<$T, $R: drop>($v: vector<$T>, $f: |$T| -> $R) {
    let mut left = $v;
    left.reverse();
    while (!left.is_empty()) { $f(left.pop_back()); };
    left.destroy_empty()
}

/// Calls `$f` with every element.
public macro fun do_ref<$T, $R: drop>($v: &vector<$T>, $f: |&$T| -> $R) {
    let v = $v;
    let length = v.length();
    let mut i = 0;
    while (i < length) {
        $f(&v[i]);
        i = i + 1;
    }
}

/// Calls `$f` with every element, for writing.
public macro fun do_mut<$T, $R: drop>($v: &mut vector<$T>, $f: |&mut $T| -> $R) {
    let v = $v;
    let length = v.length();
    let mut i = 0;
    while (i < length) {
        $f(&mut v[i]);
        i = i + 1;
    }
}

/// The images of the elements, which are consumed.
public macro fun map<$T, $U>($v: vector<$T>, $f: |$T| -> $U): vector<$U> {
    let v = $v;
    let mut images = vector[];
    v.do!(|e| images.push_back($f(e)));
    images
}

/// The images of the elements.
public macro fun map_ref<$T, $U>($v: &vector<$T>, $f: |&$T| -> $U): vector<$U> {
    let v = $v;
    let mut images = vector[];
    v.do_ref!(|e| images.push_back($f(e)));
    images
}

/// The elements for which `$f` holds.
public macro fun filter<$T: drop>($v: vector<$T>, $f: |&$T| -> bool): vector<$T> {
    let v = $v;
    let mut kept = vector[];
    v.do!(|e| if ($f(&e)) kept.push_back(e));
    kept
}

/// How many elements `$f` holds for.
public macro fun count<$T>($v: &vector<$T>, $f: |&$T| -> bool): u64 {
    let v = $v;
    let mut holds = 0u64;
    v.do_ref!(|e| if ($f(e)) holds = holds + 1);
    holds
}

/// Folds the elements, from the first to the last, into `$init`.
public macro fun fold<$T, $Acc>($v: vector<$T>, $init: $Acc, $f: |$Acc, $T| -> $Acc): $Acc {
    let v = $v;
    let mut sum = $init;
    v.do!(|e| sum = $f(sum, e));
    sum
}

/// Whether `$f` holds for an element.
public macro fun any<$T>($v: &vector<$T>, $f: |&$T| -> bool): bool {
    let v = $v;
    'search: {
        v.do_ref!(|e| if ($f(e)) return 'search true);
        false
    }
}

/// Whether `$f` holds for all elements.
public macro fun all<$T>($v: &vector<$T>, $f: |&$T| -> bool): bool {
    let v = $v;
    'search: {
        v.do_ref!(|e| if (!$f(e)) return 'search false);
        true
    }
}
