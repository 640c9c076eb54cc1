#[test_only]
module framework_tests::std_tests;

use std::ascii;
use std::string;
use std::type_name;
use std::unit_test::assert_eq;

/// An index of a vector is out of bounds.
const VECTOR_INDEX: u64 = 0x20000;
const OPTION_IS_SET: u64 = 0x40000;
const OPTION_NOT_SET: u64 = 0x40001;

#[test]
fun integers() {
    assert_eq!(7u64.max(9), 9);
    assert_eq!(7u64.min(9), 7);
    assert_eq!(7u8.diff(9), 2);
    assert_eq!(9u8.diff(7), 2);
    assert_eq!(0u64.divide_and_round_up(3), 0);
    assert_eq!(9u64.divide_and_round_up(3), 3);
    assert_eq!(10u64.divide_and_round_up(3), 4);
    assert_eq!(std::u64::max_value!().divide_and_round_up(1), std::u64::max_value!());
    assert_eq!(std::u128::max_value!().divide_and_round_up(2), 1 << 127);
    assert_eq!(0u64.bitwise_not(), std::u64::max_value!());
    assert_eq!(258u64.to_string(), b"258".to_string());
    assert_eq!(0u8.to_string(), b"0".to_string());
    assert_eq!(std::u256::max_value!().to_string().length(), 78);
}

#[test]
fun powers_take_no_square_too_many() {
    assert_eq!(0u64.pow(0), 1);
    assert_eq!(3u64.pow(1), 3);
    assert_eq!(10u64.pow(19), 10_000_000_000_000_000_000);
    assert_eq!(2u64.pow(63), 1 << 63);
    assert_eq!(15u8.pow(2), 225);
    assert_eq!(2u256.pow(255), 1 << 255);
}

#[test, expected_failure(arithmetic_error, location = std::u64)]
fun powers_overflow() {
    2u64.pow(64);
}

#[test]
fun square_roots_round_down() {
    let mut x = 0u64;
    while (x < 300) {
        let root = x.sqrt();
        assert!(root * root <= x && (root + 1) * (root + 1) > x);
        x = x + 1;
    };
    assert_eq!(std::u64::max_value!().sqrt(), 0xFFFF_FFFF);
    assert_eq!(std::u128::max_value!().sqrt(), 0xFFFF_FFFF_FFFF_FFFF);
    assert_eq!(255u8.sqrt(), 15);
}

#[test]
fun narrowing() {
    assert_eq!(255u64.try_as_u8(), option::some(255));
    assert_eq!(256u64.try_as_u8(), option::none());
    assert_eq!((1u256 << 64).try_as_u64(), option::none());
    assert_eq!(((1u256 << 64) - 1).try_as_u64(), option::some(std::u64::max_value!()));
}

#[test]
fun loops() {
    let mut sum = 0;
    5u64.do!(|i| sum = sum + i);
    assert_eq!(sum, 10);
    5u64.do_eq!(|i| sum = sum + i);
    assert_eq!(sum, 25);
    3u8.range_do!(3, |_| abort);
    let mut calls = 0u64;
    254u8.range_do_eq!(255, |_| calls = calls + 1);
    assert_eq!(calls, 2);
    2u8.range_do_eq!(1, |_| abort);
}

#[test]
fun vectors() {
    let mut v = vector[1u64, 2, 3];
    v.append(vector[4, 5]);
    assert_eq!(v, vector[1, 2, 3, 4, 5]);
    v.reverse();
    assert_eq!(v, vector[5, 4, 3, 2, 1]);
    assert_eq!(v.remove(1), 4);
    assert_eq!(v, vector[5, 3, 2, 1]);
    v.insert(9, 0);
    v.insert(8, 5);
    assert_eq!(v, vector[9, 5, 3, 2, 1, 8]);
    assert_eq!(v.swap_remove(1), 5);
    assert_eq!(v, vector[9, 8, 3, 2, 1]);
    assert!(v.contains(&2) && !v.contains(&7));
    let (found, index) = v.index_of(&3);
    assert!(found && index == 2);
    let (found, index) = v.index_of(&7);
    assert!(!found && index == 0);
    assert_eq!(vector::singleton(1u8), vector[1]);
    assert_eq!(vector[vector[1u8], vector[], vector[2, 3]].flatten(), vector[1, 2, 3]);
    let mut none = vector<u8>[];
    none.reverse();
    assert!(none.is_empty());
}

#[test]
fun vector_macros() {
    let v = vector::tabulate!(4, |i| i * i);
    assert_eq!(v, vector[0, 1, 4, 9]);
    assert_eq!(v.map!(|x| x + 1), vector[1, 2, 5, 10]);
    assert_eq!(v.map_ref!(|x| *x * 2), vector[0, 2, 8, 18]);
    assert_eq!(v.filter!(|x| *x > 1), vector[4, 9]);
    assert_eq!(v.count!(|x| *x > 1), 2);
    assert_eq!(v.fold!(0, |a, x| 2 * a + x), 21);
    assert!(v.any!(|x| *x == 9) && !v.any!(|x| *x == 5));
    assert!(v.all!(|x| *x < 10) && !v.all!(|x| *x < 9));
    let mut order = vector[];
    v.destroy!(|x| order.push_back(x));
    assert_eq!(order, vector[9, 4, 1, 0]);
    order.do_mut!(|x| *x = *x + 1);
    assert_eq!(order, vector[10, 5, 2, 1]);
}

#[test, expected_failure(abort_code = VECTOR_INDEX, location = std::vector)]
fun vector_remove_out_of_bounds() {
    vector[1u8].remove(1);
}

#[test, expected_failure(abort_code = VECTOR_INDEX, location = std::vector)]
fun vector_insert_out_of_bounds() {
    vector[1u8].insert(0, 2);
}

#[test, expected_failure(abort_code = VECTOR_INDEX, location = std::vector)]
fun vector_swap_remove_of_nothing() {
    vector<u8>[].swap_remove(0);
}

#[test]
fun options() {
    let mut o = option::some(3u64);
    assert!(o.is_some() && !o.is_none() && o.contains(&3) && !o.contains(&4));
    assert_eq!(o.swap(4), 3);
    *o.borrow_mut() = 5;
    assert_eq!(*o.borrow(), 5);
    assert_eq!(o.extract(), 5);
    assert!(o.is_none());
    assert_eq!(*o.borrow_with_default(&7), 7);
    assert_eq!(o.get_with_default(8), 8);
    o.fill(9);
    assert_eq!(o.swap_or_fill(10), option::some(9));
    assert_eq!(o.to_vec(), vector[10]);
    assert_eq!(o.destroy_with_default(1), 10);
    assert_eq!(option::none().destroy_with_default(1u64), 1);
    assert_eq!(option::none().destroy_or!(2u64), 2);
    let mut seen = 0;
    option::some(4u64).do!(|x| seen = x);
    assert_eq!(seen, 4);
}

#[test, expected_failure(abort_code = OPTION_NOT_SET, location = std::option)]
fun option_none_has_no_value() {
    option::none<u64>().destroy_some();
}

#[test, expected_failure(abort_code = OPTION_IS_SET, location = std::option)]
fun option_is_filled_once() {
    option::some(1u64).fill(2);
}

#[test, expected_failure(abort_code = OPTION_IS_SET, location = std::option)]
fun option_some_is_not_none() {
    option::some(1u64).destroy_none();
}

#[test]
fun strings() {
    let mut s = b"a\xC3\xA9".to_string();
    assert_eq!(s.length(), 3);
    s.append(b"z".to_string());
    s.append_utf8(b"!");
    assert_eq!(*s.as_bytes(), b"a\xC3\xA9z!");
    assert_eq!(s.substring(1, 3).into_bytes(), b"\xC3\xA9");
    assert_eq!(s.index_of(&b"z".to_string()), 3);
    assert_eq!(s.index_of(&b"q".to_string()), 5);
    assert!(string::try_utf8(b"\xFF").is_none());
    assert!(ascii::try_string(b"\x80").is_none());
    let mut a = b"floe".to_ascii_string();
    a.append(b"!".to_ascii_string());
    assert_eq!(a.substring(1, 3), b"lo".to_ascii_string());
    assert_eq!(a.length(), 5);
    assert_eq!(a.to_string().to_ascii(), a);
    assert_eq!(ascii::char(65).byte(), 65);
}

#[test, expected_failure(abort_code = 1, location = std::string)]
fun strings_are_utf8() {
    b"\xC3".to_string();
}

#[test, expected_failure(abort_code = 2, location = std::string)]
fun strings_are_not_cut_inside_a_character() {
    b"\xC3\xA9".to_string().substring(1, 2);
}

#[test, expected_failure(abort_code = 0x10000, location = std::ascii)]
fun ascii_strings_have_seven_bits() {
    b"\x80".to_ascii_string();
}

#[test]
fun type_names() {
    let name = type_name::with_original_ids<Option<u8>>();
    assert_eq!(
        name.address_string(),
        b"0000000000000000000000000000000000000000000000000000000000000001".to_ascii_string(),
    );
    assert_eq!(name.module_string(), b"option".to_ascii_string());
    assert!(!name.is_primitive());
    assert!(type_name::with_defining_ids<vector<Option<u8>>>().is_primitive());
    assert!(type_name::with_defining_ids<u8>().is_primitive());
}
