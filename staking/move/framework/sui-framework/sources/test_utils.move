#[test_only]
/// Helpers of tests.
module sui::test_utils;

/// Fails unless two values are equal.
public fun assert_eq<T: drop>(t1: T, t2: T) {
    assert_ref_eq(&t1, &t2)
}

/// Fails unless two values are equal.
public fun assert_ref_eq<T>(t1: &T, t2: &T) {
    std::unit_test::assert_ref_eq!(t1, t2)
}

/// Ends any value, whatever its abilities.
public fun destroy<T>(x: T) {
    std::unit_test::destroy(x)
}

/// A one-time witness, as `init` would be given it.
public native fun create_one_time_witness<T: drop>(): T;
