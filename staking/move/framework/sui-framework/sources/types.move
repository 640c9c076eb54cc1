/// Questions about types.
module sui::types;

/// Whether the value is the one-time witness that `init` of its module was given.
public native fun is_one_time_witness<T: drop>(_: &T): bool;
