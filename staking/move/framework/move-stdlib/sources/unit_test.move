#[test_only]
/// Support of unit tests.
module std::unit_test;

/// Called by every module compiled for tests, so that none of them links anywhere else.
public native fun poison();

/// Ends any value, whatever its abilities.
public native fun destroy<T>(x: T);

/// Fails unless two values are equal.
public macro fun assert_eq<$T: drop>($t1: $T, $t2: $T) {
    let left = $t1;
    let right = $t2;
    assert_ref_eq!(&left, &right)
}

/// Fails unless two values are equal.
public macro fun assert_ref_eq<$T>($t1: &$T, $t2: &$T) {
    let left = $t1;
    let right = $t2;
    // Without a code, which makes the compiler put the line of the caller in its place.
    assert!(left == right);
}
