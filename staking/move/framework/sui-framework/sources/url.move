/// Addresses of web resources.
module sui::url;

use std::ascii::String;

/// Any text: nothing checks its form.
public struct Url has copy, drop, store {
    url: String,
}

/// The text as a URL.
public fun new_unsafe(url: String): Url {
    Url { url }
}

/// The bytes as a URL. Aborts in `std::ascii` when one is above 0x7F.
public fun new_unsafe_from_bytes(bytes: vector<u8>): Url {
    Url { url: bytes.to_ascii_string() }
}

/// The text.
public fun inner_url(self: &Url): String {
    self.url
}
