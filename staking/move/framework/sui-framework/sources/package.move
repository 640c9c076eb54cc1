/// Rights over published packages.
module sui::package;

use std::ascii::String;
use std::type_name;
use sui::types;

public use fun authorize_upgrade as UpgradeCap.authorize;
public use fun burn_publisher as Publisher.burn;
public use fun commit_upgrade as UpgradeCap.commit;
public use fun published_module as Publisher.module_;
public use fun published_package as Publisher.package;
public use fun receipt_cap as UpgradeReceipt.cap;
public use fun receipt_package as UpgradeReceipt.package;
public use fun ticket_digest as UpgradeTicket.digest;
public use fun ticket_package as UpgradeTicket.package;
public use fun ticket_policy as UpgradeTicket.policy;
public use fun upgrade_package as UpgradeCap.package;
public use fun upgrade_policy as UpgradeCap.policy;

/// The value is not the one-time witness of its module.
const ENotOneTimeWitness: u64 = 0;
/// A policy allows more than the one in force.
const ETooPermissive: u64 = 1;
/// An upgrade is under way.
const EAlreadyAuthorized: u64 = 2;
/// No upgrade is under way.
const ENotAuthorized: u64 = 3;
/// The receipt is of another package's upgrade.
const EWrongUpgradeCap: u64 = 4;

/// Anything but changes of public functions and of layouts.
const COMPATIBLE: u8 = 0;
/// Only new functions and types.
const ADDITIVE: u8 = 128;
/// Only other dependencies.
const DEP_ONLY: u8 = 192;

/// Proof of having published a module.
public struct Publisher has key, store {
    id: UID,
    package: String,
    module_name: String,
}

/// The right to upgrade a package. Its `package` is zero while an upgrade is under way.
public struct UpgradeCap has key, store {
    id: UID,
    package: ID,
    version: u64,
    policy: u8,
}

/// An upgrade to be carried out in the same transaction.
public struct UpgradeTicket {
    cap: ID,
    package: ID,
    policy: u8,
    digest: vector<u8>,
}

/// An upgrade that was carried out.
public struct UpgradeReceipt {
    cap: ID,
    package: ID,
}

/// The proof, for the module of a one-time witness. Aborts with `ENotOneTimeWitness`.
public fun claim<OTW: drop>(otw: OTW, ctx: &mut TxContext): Publisher {
    assert!(types::is_one_time_witness(&otw), ENotOneTimeWitness);
    let name = type_name::with_original_ids<OTW>();
    Publisher {
        id: object::new(ctx),
        package: name.address_string(),
        module_name: name.module_string(),
    }
}

#[allow(lint(self_transfer))]
/// The proof, given to the sender. Aborts with `ENotOneTimeWitness`.
public fun claim_and_keep<OTW: drop>(otw: OTW, ctx: &mut TxContext) {
    transfer::public_transfer(claim(otw, ctx), ctx.sender())
}

/// Ends the proof.
public fun burn_publisher(self: Publisher) {
    let Publisher { id, package: _, module_name: _ } = self;
    id.delete()
}

/// Whether the type is of the package.
public fun from_package<T>(self: &Publisher): bool {
    type_name::with_original_ids<T>().address_string() == self.package
}

/// Whether the type is of the module.
public fun from_module<T>(self: &Publisher): bool {
    from_package<T>(self) && type_name::with_original_ids<T>().module_string() == self.module_name
}

/// The module's name.
public fun published_module(self: &Publisher): &String {
    &self.module_name
}

/// The package's address as 64 digits.
public fun published_package(self: &Publisher): &String {
    &self.package
}

/// The package, or zero while an upgrade is under way.
public fun upgrade_package(cap: &UpgradeCap): ID {
    cap.package
}

/// How often the package was published.
public fun version(cap: &UpgradeCap): u64 {
    cap.version
}

/// The policy in force.
public fun upgrade_policy(cap: &UpgradeCap): u8 {
    cap.policy
}

/// The package to upgrade.
public fun ticket_package(ticket: &UpgradeTicket): ID {
    ticket.package
}

/// The policy that the upgrade must follow.
public fun ticket_policy(ticket: &UpgradeTicket): u8 {
    ticket.policy
}

/// The digest that the upgrade must have.
public fun ticket_digest(ticket: &UpgradeTicket): &vector<u8> {
    &ticket.digest
}

/// The right that was used.
public fun receipt_cap(receipt: &UpgradeReceipt): ID {
    receipt.cap
}

/// The new package.
public fun receipt_package(receipt: &UpgradeReceipt): ID {
    receipt.package
}

/// The policy `COMPATIBLE`.
public fun compatible_policy(): u8 { COMPATIBLE }

/// The policy `ADDITIVE`.
public fun additive_policy(): u8 { ADDITIVE }

/// The policy `DEP_ONLY`.
public fun dep_only_policy(): u8 { DEP_ONLY }

#[allow(lint(public_entry))]
/// Allows only additive upgrades from now on. Aborts with `ETooPermissive`.
public entry fun only_additive_upgrades(cap: &mut UpgradeCap) {
    cap.restrict(ADDITIVE)
}

#[allow(lint(public_entry))]
/// Allows only other dependencies from now on. Aborts with `ETooPermissive`.
public entry fun only_dep_upgrades(cap: &mut UpgradeCap) {
    cap.restrict(DEP_ONLY)
}

#[allow(lint(public_entry))]
/// Allows no upgrades from now on.
public entry fun make_immutable(cap: UpgradeCap) {
    let UpgradeCap { id, package: _, version: _, policy: _ } = cap;
    id.delete()
}

/// Begins an upgrade to the package of a digest. Aborts with `EAlreadyAuthorized`, `ETooPermissive`.
public fun authorize_upgrade(cap: &mut UpgradeCap, policy: u8, digest: vector<u8>): UpgradeTicket {
    let none = @0x0.to_id();
    let package = cap.package;
    assert!(package != none, EAlreadyAuthorized);
    assert!(policy >= cap.policy, ETooPermissive);
    cap.package = none;
    UpgradeTicket { cap: object::id(cap), package, policy, digest }
}

/// Ends an upgrade. Aborts with `EWrongUpgradeCap`, `ENotAuthorized`.
public fun commit_upgrade(cap: &mut UpgradeCap, receipt: UpgradeReceipt) {
    let UpgradeReceipt { cap: used, package } = receipt;
    assert!(object::id(cap) == used, EWrongUpgradeCap);
    assert!(cap.package == @0x0.to_id(), ENotAuthorized);
    cap.package = package;
    cap.version = cap.version + 1
}

fun restrict(cap: &mut UpgradeCap, policy: u8) {
    assert!(policy >= cap.policy, ETooPermissive);
    cap.policy = policy
}

#[test_only]
/// The proof for any type.
public fun test_claim<OTW: drop>(_: OTW, ctx: &mut TxContext): Publisher {
    let name = type_name::with_original_ids<OTW>();
    Publisher {
        id: object::new(ctx),
        package: name.address_string(),
        module_name: name.module_string(),
    }
}

#[test_only]
/// The right over a package that was not really published.
public fun test_publish(package: ID, ctx: &mut TxContext): UpgradeCap {
    UpgradeCap { id: object::new(ctx), package, version: 1, policy: COMPATIBLE }
}

#[test_only]
/// Carries out an upgrade to a package whose id is made of the ticket's ids.
public fun test_upgrade(ticket: UpgradeTicket): UpgradeReceipt {
    let UpgradeTicket { cap, package, policy: _, digest: _ } = ticket;
    let mut ids = cap.to_bytes();
    ids.append(package.to_bytes());
    UpgradeReceipt { cap, package: object::id_from_bytes(sui::hash::blake2b256(&ids)) }
}
