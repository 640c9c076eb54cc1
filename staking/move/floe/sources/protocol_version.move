/// Which version of the protocol between nodes is spoken, and from which epoch on.
module floe::protocol_version;

use floe::events;

/// Version at genesis.
const FIRST: u64 = 1;

/// A version is not above the one before, or starts in the past.
const EBadVersion: u64 = 0;

/// `version` from `start_epoch` on, `previous` before.
public struct ProtocolVersion has copy, drop, store {
    previous: u64,
    version: u64,
    start_epoch: u32,
}

/// The version of genesis.
public(package) fun new(): ProtocolVersion {
    ProtocolVersion { previous: FIRST, version: FIRST, start_epoch: 0 }
}

/// Sets the version from `start_epoch` on, which is the current epoch or a later one. A version that has not started yet is
/// replaced, by a higher one. Aborts with `EBadVersion`.
public(package) fun set(self: &mut ProtocolVersion, epoch: u32, start_epoch: u32, version: u64) {
    assert!(version > self.version && start_epoch >= epoch, EBadVersion);
    self.previous = self.at(epoch);
    self.version = version;
    self.start_epoch = start_epoch;
    events::protocol_version_updated(epoch, start_epoch, version)
}

/// The version in effect in an epoch, as far as it is known now. Of epochs before that of the last update it is the version
/// just before that update.
public(package) fun at(self: &ProtocolVersion, epoch: u32): u64 {
    if (epoch < self.start_epoch) self.previous else self.version
}
