#[test_only]
/// Several transactions in one test, with the objects that they leave behind.
module sui::test_scenario;

use sui::transfer::{Self, Receiving};
use sui::vec_map::VecMap;

/// The object was not taken in this transaction, so it cannot be given back. Other aborts of the natives: 1 a shared or
/// immutable object was not returned, 4 no such object, 5 to 7 tickets to receive objects.
const ECantReturnObject: u64 = 2;
/// There is no object of that type to take.
const EEmptyInventory: u64 = 3;
/// Epochs do not go back.
const EEpochGoesBack: u64 = 8;

/// A transaction under way.
public struct Scenario {
    txn_number: u64,
    ctx: TxContext,
}

/// What a transaction did.
public struct TransactionEffects has drop {
    created: vector<ID>,
    written: vector<ID>,
    deleted: vector<ID>,
    transferred_to_account: VecMap<ID, address>,
    transferred_to_object: VecMap<ID, ID>,
    shared: vector<ID>,
    frozen: vector<ID>,
    num_user_events: u64,
}

/// Begins the first transaction, at Sui's epoch 0.
public fun begin(sender: address): Scenario {
    Scenario { txn_number: 0, ctx: tx_context::new_from_hint(sender, 0, 0, 0, 0) }
}

/// Ends the transaction and begins another. Only now are objects where they were transferred to.
public fun next_tx(scenario: &mut Scenario, sender: address): TransactionEffects {
    scenario.txn_number = scenario.txn_number + 1;
    let epoch = scenario.ctx.epoch();
    let epoch_timestamp_ms = scenario.ctx.epoch_timestamp_ms();
    scenario.ctx =
        tx_context::new_from_hint(sender, scenario.txn_number, epoch, epoch_timestamp_ms, 0);
    end_transaction()
}

/// Ends the transaction and begins another in Sui's next epoch.
public fun next_epoch(scenario: &mut Scenario, sender: address): TransactionEffects {
    scenario.ctx.increment_epoch_number();
    scenario.next_tx(sender)
}

/// Ends the transaction and begins another in Sui's next epoch, which starts later by so many milliseconds.
public fun later_epoch(
    scenario: &mut Scenario,
    delta_ms: u64,
    sender: address,
): TransactionEffects {
    scenario.ctx.increment_epoch_timestamp(delta_ms);
    scenario.next_epoch(sender)
}

/// Goes to a later epoch of Sui.
public fun skip_to_epoch(scenario: &mut Scenario, epoch: u64) {
    assert!(scenario.ctx.epoch() <= epoch, EEpochGoesBack);
    while (scenario.ctx.epoch() < epoch) {
        scenario.ctx.increment_epoch_number();
        end_transaction();
    }
}

/// Ends the last transaction.
public fun end(scenario: Scenario): TransactionEffects {
    let Scenario { txn_number: _, ctx: _ } = scenario;
    end_transaction()
}

/// The context.
public fun ctx(scenario: &mut Scenario): &mut TxContext {
    &mut scenario.ctx
}

/// A new identity.
public fun new_object(scenario: &mut Scenario): UID {
    object::new(&mut scenario.ctx)
}

/// The sender.
public fun sender(scenario: &Scenario): address {
    scenario.ctx.sender()
}

/// How many transactions have ended.
public fun num_concluded_txes(scenario: &Scenario): u64 {
    scenario.txn_number
}

/// Objects that the transaction made.
public fun created(effects: &TransactionEffects): vector<ID> {
    effects.created
}

/// Objects that the transaction changed.
public fun written(effects: &TransactionEffects): vector<ID> {
    effects.written
}

/// Objects that the transaction ended.
public fun deleted(effects: &TransactionEffects): vector<ID> {
    effects.deleted
}

/// Objects that accounts got.
public fun transferred_to_account(effects: &TransactionEffects): VecMap<ID, address> {
    effects.transferred_to_account
}

/// Objects that objects got.
public fun transferred_to_object(effects: &TransactionEffects): VecMap<ID, ID> {
    effects.transferred_to_object
}

/// Objects that became usable by all.
public fun shared(effects: &TransactionEffects): vector<ID> {
    effects.shared
}

/// Objects that became immutable.
public fun frozen(effects: &TransactionEffects): vector<ID> {
    effects.frozen
}

/// How many events were emitted.
public fun num_user_events(effects: &TransactionEffects): u64 {
    effects.num_user_events
}

/// Takes an object of an account.
public native fun take_from_address_by_id<T: key>(scenario: &Scenario, account: address, id: ID): T;

/// The object that an account got last.
public native fun most_recent_id_for_address<T: key>(account: address): Option<ID>;

/// The objects of an account.
public native fun ids_for_address<T: key>(account: address): vector<ID>;

/// Whether an object was taken from an account in this transaction.
public native fun was_taken_from_address(account: address, id: ID): bool;

/// Whether an account has an object of the type.
public fun has_most_recent_for_address<T: key>(account: address): bool {
    most_recent_id_for_address<T>(account).is_some()
}

/// Takes the object that an account got last. Aborts with `EEmptyInventory`.
public fun take_from_address<T: key>(scenario: &Scenario, account: address): T {
    let id = most_recent_id_for_address<T>(account);
    assert!(id.is_some(), EEmptyInventory);
    scenario.take_from_address_by_id(account, id.destroy_some())
}

/// Gives an object back. Aborts with `ECantReturnObject`.
public fun return_to_address<T: key>(account: address, t: T) {
    assert!(was_taken_from_address(account, object::id(&t)), ECantReturnObject);
    transfer::transfer_impl(t, account)
}

/// Takes an object of the sender.
public fun take_from_sender_by_id<T: key>(scenario: &Scenario, id: ID): T {
    scenario.take_from_address_by_id(scenario.sender(), id)
}

/// The object that the sender got last.
public fun most_recent_id_for_sender<T: key>(scenario: &Scenario): Option<ID> {
    most_recent_id_for_address<T>(scenario.sender())
}

/// Whether the sender has an object of the type.
public fun has_most_recent_for_sender<T: key>(scenario: &Scenario): bool {
    has_most_recent_for_address<T>(scenario.sender())
}

/// Takes the object that the sender got last. Aborts with `EEmptyInventory`.
public fun take_from_sender<T: key>(scenario: &Scenario): T {
    scenario.take_from_address(scenario.sender())
}

/// Gives an object back. Aborts with `ECantReturnObject`.
public fun return_to_sender<T: key>(scenario: &Scenario, t: T) {
    return_to_address(scenario.sender(), t)
}

/// Whether an object was taken from the sender in this transaction.
public fun was_taken_from_sender(scenario: &Scenario, id: ID): bool {
    was_taken_from_address(scenario.sender(), id)
}

/// The objects of the sender.
public fun ids_for_sender<T: key>(scenario: &Scenario): vector<ID> {
    ids_for_address<T>(scenario.sender())
}

/// Takes an immutable object.
public native fun take_immutable_by_id<T: key>(scenario: &Scenario, id: ID): T;

/// The immutable object that was made last.
public native fun most_recent_immutable_id<T: key>(): Option<ID>;

/// Whether an immutable object was taken in this transaction.
public native fun was_taken_immutable(id: ID): bool;

/// Whether there is an immutable object of the type.
public fun has_most_recent_immutable<T: key>(): bool {
    most_recent_immutable_id<T>().is_some()
}

/// Takes the immutable object that was made last. Aborts with `EEmptyInventory`.
public fun take_immutable<T: key>(scenario: &Scenario): T {
    let id = most_recent_immutable_id<T>();
    assert!(id.is_some(), EEmptyInventory);
    scenario.take_immutable_by_id(id.destroy_some())
}

/// Gives an object back. Aborts with `ECantReturnObject`.
public fun return_immutable<T: key>(t: T) {
    assert!(was_taken_immutable(object::id(&t)), ECantReturnObject);
    transfer::freeze_object_impl(t)
}

/// Takes a shared object.
public native fun take_shared_by_id<T: key>(scenario: &Scenario, id: ID): T;

/// The shared object that was made last.
public native fun most_recent_id_shared<T: key>(): Option<ID>;

/// Whether there is a shared object of the type.
public fun has_most_recent_shared<T: key>(): bool {
    most_recent_id_shared<T>().is_some()
}

/// Takes the shared object that was made last. Aborts with `EEmptyInventory`.
public fun take_shared<T: key>(scenario: &Scenario): T {
    let id = most_recent_id_shared<T>();
    assert!(id.is_some(), EEmptyInventory);
    scenario.take_shared_by_id(id.destroy_some())
}

/// Gives an object back. Aborts with `ECantReturnObject`.
public fun return_shared<T: key>(t: T) {
    assert!(was_taken_shared(object::id(&t)), ECantReturnObject);
    transfer::share_object_impl(t)
}

/// The objects that were sent to an object.
public fun receivable_object_ids_for_owner_id<T: key>(object: ID): vector<ID> {
    ids_for_address<T>(object.to_address())
}

/// The right to receive what an object was sent last. Aborts with `EEmptyInventory`.
public fun most_recent_receiving_ticket<T: key>(owner: &ID): Receiving<T> {
    let id = most_recent_id_for_address<T>(owner.to_address());
    assert!(id.is_some(), EEmptyInventory);
    receiving_ticket_by_id(id.destroy_some())
}

/// The right to receive an object.
public fun receiving_ticket_by_id<T: key>(object_id: ID): Receiving<T> {
    transfer::make_receiver(object_id, allocate_receiving_ticket_for_object<T>(object_id))
}

/// Gives the right back.
public fun return_receiving_ticket<T: key>(ticket: Receiving<T>) {
    deallocate_receiving_ticket_for_object(ticket.receiving_object_id())
}

native fun was_taken_shared(id: ID): bool;
native fun allocate_receiving_ticket_for_object<T: key>(object_id: ID): u64;
native fun deallocate_receiving_ticket_for_object(object_id: ID);
native fun end_transaction(): TransactionEffects;
