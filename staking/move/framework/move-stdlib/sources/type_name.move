/// Names of types as values.
module std::type_name;

use std::address;
use std::ascii::String;

/// A primitive type has neither address nor module.
const ENonModuleType: u64 = 0;

/// Names are written as in source, with addresses as 64 hexadecimal digits without 0x.
public struct TypeName has copy, drop, store {
    name: String,
}

/// The name of `T`, with the packages that first defined the types in it.
public native fun with_defining_ids<T>(): TypeName;

/// The name of `T`, with the first versions of the packages in it.
public native fun with_original_ids<T>(): TypeName;

/// Whether the type is a number, a boolean, an address or a vector.
public fun is_primitive(self: &TypeName): bool {
    // Only names of structs and enums have the separator after an address.
    let name = &self.name;
    let separator = 2 * address::length();
    name.length() <= separator || name.as_bytes()[separator] != 58
}

/// The name.
public fun as_string(self: &TypeName): &String {
    &self.name
}

/// The name.
public fun into_string(self: TypeName): String {
    let TypeName { name } = self;
    name
}

/// The address as 64 digits. Aborts with `ENonModuleType`.
public fun address_string(self: &TypeName): String {
    assert!(!self.is_primitive(), ENonModuleType);
    self.name.substring(0, 2 * address::length())
}

/// The module. Aborts with `ENonModuleType`.
public fun module_string(self: &TypeName): String {
    assert!(!self.is_primitive(), ENonModuleType);
    let bytes = self.name.as_bytes();
    let start = 2 * address::length() + 2;
    let mut end = start;
    while (bytes[end] != 58) end = end + 1;
    self.name.substring(start, end)
}
