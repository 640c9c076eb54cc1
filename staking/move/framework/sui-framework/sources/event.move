/// Events: values that leave a transaction for whoever reads the chain.
module sui::event;

/// Emits a value of a type of the calling module.
public native fun emit<T: copy + drop>(event: T);

#[test_only]
/// How many events the transaction has emitted.
public native fun num_events(): u32;

#[test_only]
/// The events of a type that the transaction has emitted.
public native fun events_by_type<T: copy + drop>(): vector<T>;
