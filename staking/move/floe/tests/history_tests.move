/// Histories at random: whatever happens in whichever order, no call that should work aborts, and all FROST are there after
/// every step.
#[test_only]
module floe::history_tests;

use floe::apportionment_helpers::{Self, Numbers};
use floe::network::{Self, Network};

/// Does one of the things that users and nodes do, if it is possible.
fun act(network: &mut Network, numbers: &mut Numbers) {
    let node = numbers.below(network.nodes());
    let action = numbers.below(16);
    if (action < 3) stake(network, numbers, node)
    else if (action < 6) leave(network, numbers)
    else if (action == 6) { network.pay_debt(node, numbers.below(9)); }
    else if (action == 7) { network.collect_dues(); }
    else if (action == 8) collect_claims(network, node)
    else if (action == 9) network.reserve(1 + numbers.below(50), 1 + (numbers.below(5) as u32))
    else if (action == 10) lose_or_find(network, numbers, node)
    else if (action == 11) { network.collect_commission(node); }
    else if (action == 12) { network.burn(); }
    else if (action == 13) come_or_go(network, numbers, node)
    else if (action == 14) {
        let (staking, cap, _, _) = network.acting(node);
        staking.set_commission(cap, numbers.below(10_001));
    } else {
        let (staking, cap, _, _) = network.acting(node);
        staking.set_votes(cap, 1 + numbers.below(2_000_000_000), 1 + numbers.below(2_000_000_000), 1 << 30);
    };
    network.check();
}

fun stake(network: &mut Network, numbers: &mut Numbers, i: u64) {
    let node = network.node(i);
    network.staking_mut().settle(node);
    let (economics, pool) = (network.staking().economics(), network.staking().pool(node));
    if (pool.is_closed(economics)) return;
    let amount = 1 + numbers.below(80);
    if (numbers.below(4) == 0) { network.stake_own(i, amount); }
    else if (network.staking().node_info(node).takes_stake()) { network.stake(i, amount); }
}

/// Takes a stake as far as it can go: splits it, cancels it, asks to leave, or redeems it.
fun leave(network: &mut Network, numbers: &mut Numbers) {
    let number = numbers.below(network.stakes());
    if (!network.has_stake(number)) return;
    let node = network.staked(number).node_id();
    network.staking_mut().settle(node);
    let staked = network.staked(number);
    let pool = network.staking().pool(node);
    let from = network.staking().epochs().counts_from(network.clock().timestamp_ms());
    let epoch = network.epoch();
    if (staked.principal() > 10_000_000_000 && numbers.below(4) == 0) { network.split(number, 3); }
    else if (staked.activation_epoch() > epoch) {
        if (staked.activation_epoch() >= from) { network.cancel(number); }
    } else if (pool.has_left(staked)) {
        if (!pool.left_now(staked) || network.staking().epochs().is_released(node)) {
            let worth = network.redeemable(number);
            let due = network.due();
            let paid = network.redeem(number);
            assert!(paid + network.due() - due == worth);
        }
    } else if (staked.leave_epoch().is_none()) network.unstake(number)
}

fun collect_claims(network: &mut Network, debtor: u64) {
    let last = network.staking().pool(network.node(debtor)).debts().next_claim();
    last.do!(|claim| network.nodes().do!(|payee| {
        if (network.is_payee(debtor, claim, payee)) { network.collect_claim(debtor, claim, payee); }
    }));
}

fun lose_or_find(network: &mut Network, numbers: &mut Numbers, i: u64) {
    if (!network.staking().transfers().is_settled()) return;
    let shards = network.staking().shards_of(network.node(i));
    let lost = shards.filter!(|shard| {
        numbers.below(3) == 0 && !network.staking().transfers().was_lost(*shard)
    });
    let recovering = shards.filter!(|shard| network.staking().transfers().recovering_since(*shard) > 0);
    let (staking, cap, _, _) = network.acting(i);
    if (numbers.below(2) == 0) {
        if (!lost.is_empty()) staking.request_shard_recovery(cap, lost);
    } else if (!recovering.is_empty()) staking.shards_recovered(cap, recovering);
}

fun come_or_go(network: &mut Network, numbers: &mut Numbers, i: u64) {
    let node = network.node(i);
    network.staking_mut().settle(node);
    let eligible = network.staking().node_info(node).eligible();
    if (!eligible) {
        let (staking, cap, _, _) = network.acting(i);
        staking.reapply(cap);
    } else if (numbers.below(3) == 0) {
        let (staking, cap, _, _) = network.acting(i);
        staking.withdraw(cap);
    } else if (network.nodes() < 12) {
        let node = network.register(numbers.below(10_001));
        network.stake(node, 20 + numbers.below(80));
    }
}

fun act_some(network: &mut Network, numbers: &mut Numbers) {
    numbers.below(8).do!(|_| act(network, numbers));
}

/// Reports of some members, who find that about a third failed.
fun challenge(network: &mut Network, numbers: &mut Numbers) {
    network.start_challenge();
    act_some(network, numbers);
    network.at(80);
    let members = vector::tabulate!(network.nodes(), |i| i).filter!(|i| network.is_member(*i));
    let passed = members.filter!(|_| numbers.below(3) > 0);
    let silent = numbers.below(5);
    members.do!(|i| if (i != silent) network.report(i, passed, passed));
}

fun live(seed: u64, epochs: u64) {
    let mut numbers = apportionment_helpers::numbers(seed);
    let mut network = network::started(12, vector[100, 90, 80, 70, 60]);
    epochs.do!(|_| {
        network.staking().transfers().length().do!(|record| if (numbers.below(4) > 0) network.attest(record));
        act_some(&mut network, &mut numbers);
        network.at(20);
        if (numbers.below(3) > 0) network.push_all();
        act_some(&mut network, &mut numbers);
        network.at(45);
        network.push_all();
        act_some(&mut network, &mut numbers);
        network.at(50);
        if (numbers.below(3) > 0) network.push_all();
        act_some(&mut network, &mut numbers);
        if (numbers.below(3) > 0) challenge(&mut network, &mut numbers);
        act_some(&mut network, &mut numbers);
        network.at(100 + numbers.below(2) * 400);
        network.push_all();
    });
    assert!(network.epoch() as u64 >= epochs);
    // Everybody goes; whatever can be redeemed is.
    3u64.do!(|_| {
        network.stakes().do!(|number| {
            if (network.has_stake(number)) leave_now(&mut network, number)
        });
        network.at(100);
        network.push_all();
    });
    network.check();
    // Something did happen.
    let gone = vector::tabulate!(network.stakes(), |number| network.has_stake(number)).count!(|here| !*here);
    assert!(gone > 5);
    assert!(network.burned() > 0);
    network.end();
}

fun leave_now(network: &mut Network, number: u64) {
    let mut numbers = apportionment_helpers::numbers(number);
    leave(network, &mut numbers);
}

#[test]
fun history_1() { live(1, 10) }

#[test]
fun history_2() { live(2, 10) }
