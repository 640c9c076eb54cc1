/// Output for people who debug.
module std::debug;

/// Prints a value where the VM has somewhere to print to.
public native fun print<T>(x: &T);
