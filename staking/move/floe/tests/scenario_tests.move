/// Scenarios over several epochs. Every step counts all the FROST there are.
#[test_only]
module floe::scenario_tests;

use floe::network::{Self, Network};
use floe::registry;
use std::unit_test::assert_eq;

const WAL: u64 = 1_000_000_000;

/// Four nodes with 100 WAL each and 10 shards, in epoch 1. Nodes 0 to 3 and stakes 0 to 3.
fun four(): Network { network::started(10, vector[100, 100, 100, 100]) }

/// The line of a node in the record of the epoch before.
fun line(network: &Network, i: u64): (u64, u64, bool) {
    let record = network.staking().epochs().registry().record();
    let mut j = 0;
    loop {
        let (node, _, reward, penalty, suspended) = registry::line(&record[j]);
        if (node == network.node(i)) return (reward, penalty, suspended);
        j = j + 1;
    }
}

#[test]
fun stake_around_the_cutoff() {
    let mut network = four();
    network.at(49);
    let early = network.stake(0, 10);
    let own = network.stake_own(0, 10);
    assert_eq!(network.staked(early).activation_epoch(), 2);
    assert_eq!(network.staked(own).activation_epoch(), 2);
    let regretted = network.stake(0, 10);
    assert_eq!(network.cancel(regretted), 10 * WAL);
    network.at(50);
    let late = network.stake(0, 10);
    assert_eq!(network.staked(late).activation_epoch(), 3);
    assert_eq!(network.cancel(late), 10 * WAL);
    let late = network.stake(0, 10);
    // Whoever was there before the cutoff leaves an epoch later now.
    network.unstake(0);
    assert_eq!(*network.staked(0).leave_epoch().borrow(), 3);
    network.next_epoch();
    assert_eq!(network.equity(0), 120 * WAL);
    network.at(49);
    network.unstake(early);
    network.unstake(own);
    assert_eq!(*network.staked(early).leave_epoch().borrow(), 3);
    assert_eq!(*network.staked(own).leave_epoch().borrow(), 4);
    network.next_epoch();
    assert_eq!(network.equity(0), 20 * WAL);
    network.attest_all();
    assert_eq!(network.redeem(0), 100 * WAL);
    assert_eq!(network.redeem(early), 10 * WAL);
    network.next_epoch();
    assert_eq!(network.redeem(own), 10 * WAL);
    assert_eq!(network.redeemable(late), 10 * WAL);
    network.end();
}

#[test]
fun nodes_join_and_shards_move() {
    let mut network = four();
    let before = vector::tabulate!(4, |i| network.staking().shards_of(network.node(i)));
    let newcomer = network.register(0);
    network.stake(newcomer, 300);
    network.next_epoch();
    assert!(network.is_member(newcomer));
    // 300 of 700 WAL are 4.3 of 10 shards; a fifth member lowers the cap to 4.
    assert_eq!(network.weight(newcomer), 4);
    // Senders keep the lower part of what they had.
    4u64.do!(|i| {
        let kept = network.staking().shards_of(network.node(i));
        kept.length().do!(|j| assert_eq!(kept[j], before[i][j]));
    });
    assert!(!network.staking().transfers().is_done() || network.staking().transfers().length() > 0);
    network.attest_all();
    assert!(network.staking().transfers().is_done());
    assert!(network.staking().transfers().is_settled());
    network.next_epoch();
    assert_eq!(network.weight(newcomer), 4);
    assert_eq!(network.staking().transfers().length(), 0);
    network.end();
}

#[test]
fun rewards_go_by_shards() {
    let mut network = four();
    network.reserve(10, 3);
    network.next_epoch();
    4u64.do!(|i| {
        let (reward, _, _) = line(&network, i);
        assert_eq!(reward, network.weight(i) * WAL);
    });
    network.next_epoch();
    4u64.do!(|i| assert_eq!(network.equity(i), 100 * WAL + 2 * network.weight(i) * WAL));
    network.next_epoch();
    network.next_epoch();
    4u64.do!(|i| assert_eq!(network.equity(i), 100 * WAL + 3 * network.weight(i) * WAL));
    network.end();
}

#[test]
fun one_fails_its_challenges() {
    let mut network = four();
    network.reserve(10, 1);
    let shards = network.weight(2);
    network.challenge_all_but(vector[2]);
    network.next_epoch();
    let (reward, penalty, suspended) = line(&network, 2);
    assert_eq!(reward, 0);
    assert_eq!(penalty, shards * 3 * WAL);
    assert!(!suspended);
    assert_eq!(network.equity(2), (100 - 3 * shards) * WAL);
    assert_eq!(network.debt(2), shards * 3 * WAL);
    // What it lost goes to all with the next rewards; the others got theirs.
    assert_eq!(network.equity(1), (100 + network.weight(1)) * WAL);
    assert_eq!(network.staking().epochs().registry().carried(), shards * WAL);
    // A payment is burned; what is not needed comes back.
    assert_eq!(network.pay_debt(2, 100), (100 - 3 * shards) * WAL);
    assert_eq!(network.burn(), 3 * shards * WAL);
    assert_eq!(network.equity(2), 100 * WAL);
    network.next_epoch();
    assert_eq!(network.staking().epochs().registry().carried(), 0);
    network.end();
}

#[test]
fun debt_bears_interest_and_is_garnished() {
    let mut network = four();
    let shards = network.weight(2);
    network.challenge_all_but(vector[2]);
    network.next_epoch();
    assert_eq!(network.debt(2), shards * 3 * WAL);
    network.reserve(10, 1);
    network.next_epoch();
    // A hundredth of interest on 3 WAL a shard, then a WAL of reward a shard.
    let owed = shards * 3 * WAL + shards * 3 * WAL / 100 - network.weight(2) * WAL;
    assert_eq!(network.debt(2), owed);
    assert_eq!(network.burn(), network.weight(2) * WAL);
    assert_eq!(network.redeemable(2), 100 * WAL - owed);
    network.end();
}

#[test]
fun three_failures_take_all_shards() {
    let mut network = four();
    let spare = network.register(0);
    network.stake(spare, 100);
    network.next_epoch();
    3u64.do!(|_| {
        network.challenge_all_but(vector[2]);
        network.next_epoch();
    });
    let (_, _, suspended) = line(&network, 2);
    assert!(suspended);
    // The committee of this epoch was selected before the third failure was known.
    assert!(network.is_member(2));
    network.next_epoch();
    assert!(!network.is_member(2));
    assert!(!network.staking().node_info(network.node(2)).eligible());
    network.next_epoch();
    assert!(!network.is_member(2));
    {
        let (staking, cap, _, _) = network.acting(2);
        staking.reapply(cap);
    };
    network.next_epoch();
    assert!(network.is_member(2));
    network.end();
}

/// Node 4 joins and should get shards; returns the network before its first deadline, with open transfers.
fun moving(): Network {
    let mut network = four();
    let newcomer = network.register(0);
    network.stake(newcomer, 300);
    network.next_epoch();
    assert_eq!(newcomer, 4);
    assert!(network.staking().transfers().length() > 0);
    network
}

#[test]
fun a_transfer_fails() {
    let mut network = moving();
    let (sender, _, shards, _) = network.staking().transfers().record(0);
    let count = shards.length();
    // `sender` is a place in the committee of four.
    let mut faulty = 0;
    let records = network.staking().transfers().length();
    records.do!(|record| if (record > 0) network.attest(record));
    network.check();
    {
        let (staking, cap, clock, _) = network.acting(4);
        staking.fail_transfer(cap, 0, clock);
    };
    network.at(20);
    network.push_all();
    assert!(network.staking().transfers().is_settled());
    assert!((sender as u64) < 4);
    // Sender 4 and receiver 1 WAL a shard.
    while (network.debt(faulty) == 0) faulty = faulty + 1;
    assert_eq!(network.debt(faulty), count * 4 * WAL);
    assert_eq!(network.debt(4), count * WAL);
    assert_eq!(network.equity(faulty), (100 - 4 * count) * WAL);
    // Payments reach the three others by their shards of all ten; the rest is burned.
    network.pay_debt(faulty, 100);
    network.pay_debt(4, 100);
    let mut helped = 0;
    4u64.do!(|i| {
        if (i != faulty) {
            let paid = network.collect_claim(faulty, 0, i);
            assert_eq!(paid, 2 * count * WAL * network.weight(i) / 10);
            let other = network.collect_claim(4, 0, i);
            assert_eq!(other, count * WAL * network.weight(i) / 10);
            helped = helped + paid + other;
        }
    });
    assert_eq!(network.burn(), 5 * count * WAL - helped);
    // The shards are in recovery until the receiver says otherwise, and earn nothing.
    assert_eq!(network.staking().transfers().recovering_since(shards[0]), 2);
    {
        let (staking, cap, _, _) = network.acting(4);
        staking.shards_recovered(cap, shards);
    };
    assert_eq!(network.staking().transfers().recovering_since(shards[0]), 0);
    assert!(network.staking().transfers().is_done());
    network.next_epoch();
    network.end();
}

#[test]
fun no_transfer_is_attested() {
    let mut network = moving();
    let records = network.staking().transfers().length();
    assert!(records > 0);
    network.at(20);
    network.push_all();
    assert!(network.staking().transfers().is_settled());
    assert!(network.debt(4) > 0);
    network.at(40);
    network.push_all();
    assert!(network.staking().transfers().is_done());
    network.reserve(10, 1);
    network.at(100);
    network.push_all();
    // Four of ten shards are in recovery and earn nothing.
    let (reward, _, _) = line(&network, 4);
    assert_eq!(reward, 0);
    assert_eq!(network.staking().epochs().registry().carried(), 4 * WAL);
    network.end();
}

#[test]
fun a_disk_is_lost() {
    let mut network = four();
    network.reserve(10, 1);
    let shards = network.staking().shards_of(network.node(3));
    let count = shards.length();
    let weights = vector::tabulate!(3, |i| network.weight(i));
    {
        let (staking, cap, _, _) = network.acting(3);
        staking.request_shard_recovery(cap, shards);
    };
    network.check();
    assert_eq!(network.debt(3), 4 * count * WAL);
    // Nobody passes it, and it owes nothing: all its shards are excused.
    network.challenge_all_but(vector[3]);
    network.next_epoch();
    let (reward, penalty, _) = line(&network, 3);
    assert_eq!(reward, 0);
    assert_eq!(penalty, 0);
    // Helpers get up to 3 WAL a shard by their shards of ten.
    network.pay_debt(3, 100);
    // A hundredth of interest is on top.
    3u64.do!(|i| assert_eq!(network.collect_claim(3, 0, i), 303 * count * WAL * weights[i] / 1_000));
    network.challenge_all_but(vector[3]);
    network.next_epoch();
    let (_, penalty, _) = line(&network, 3);
    assert_eq!(penalty, 0);
    // From the third epoch it answers for the shards, whether they are recovered or not.
    let count = network.weight(3);
    network.challenge_all_but(vector[3]);
    network.next_epoch();
    let (_, penalty, _) = line(&network, 3);
    assert_eq!(penalty, 3 * count * WAL);
    network.end();
}

#[test]
fun stakers_leave_with_gains() {
    let mut network = network::started(10, vector[100, 100, 100, 100, 100]);
    let shards = network.weight(1);
    network.reserve(100, 2);
    network.at(10);
    network.unstake(1);
    network.next_epoch();
    // It earned in the epoch in which it asked, and gets what that was.
    assert_eq!(network.redeemable(1), 100 * WAL + shards * 10 * WAL);
    assert!(!network.is_member(1));
    network.attest_all();
    assert_eq!(network.redeem(1), 100 * WAL + shards * 10 * WAL);
    assert_eq!(network.due(), 0);
    network.next_epoch();
    network.end();
}

#[test]
/// Whoever has left bears the transfers of the change, and no disk that is lost after it.
fun a_disk_is_lost_behind_a_leaver() {
    let mut network = network::started(10, vector[200, 100, 100, 100, 100]);
    let part = network.split(0, 100);
    network.unstake(part);
    network.next_epoch();
    network.attest_all();
    let lost = network.staking().shards_of(network.node(0));
    assert!(!lost.is_empty());
    {
        let (staking, cap, _, _) = network.acting(0);
        staking.request_shard_recovery(cap, lost);
    };
    assert_eq!(network.redeem(part), 100 * WAL);
    assert_eq!(network.redeemable(0), (100 - 4 * lost.length()) * WAL);
    network.end();
}

#[test]
fun the_floor_is_hit() {
    let mut network = network::started(10, vector[5, 100, 100, 100, 100]);
    // Node 0 has 5 WAL and no shard: give it some by stake that then leaves.
    let other = network.stake(0, 95);
    network.next_epoch();
    let shards = network.weight(0);
    assert!(shards > 0);
    network.attest_all();
    // Penalties are more than there is.
    network.charge(0, 110);
    assert_eq!(network.equity(0), 0);
    assert!(network.staking().pool(network.node(0)).is_closed(network.staking().economics()));
    network.at(30);
    network.unstake(0);
    network.next_epoch();
    // Closed pools get no shards.
    assert!(!network.is_member(0));
    // A twentieth of the principal, whatever is owed.
    network.attest_all();
    assert_eq!(network.redeem(0), WAL / 4);
    network.unstake(other);
    network.next_epoch();
    assert_eq!(network.redeem(other), 95 * WAL / 20);
    network.end();
}

#[test]
fun nobody_reports() {
    let mut network = four();
    network.start_challenge();
    network.next_epoch();
    4u64.do!(|i| {
        let (_, penalty, _) = line(&network, i);
        assert_eq!(penalty, network.weight(i) * WAL);
    });
    network.end();
}

#[test]
fun no_seed_no_penalty() {
    let mut network = four();
    network.next_epoch();
    4u64.do!(|i| {
        let (_, penalty, _) = line(&network, i);
        assert_eq!(penalty, 0);
    });
    network.end();
}

#[test]
fun nobody_pushes_for_ten_epochs() {
    let mut network = four();
    network.reserve(10, 53);
    let (start, _) = network.staking().epoch_span();
    network.at(1_000);
    let late = network.stake(0, 10);
    assert_eq!(network.staked(late).activation_epoch(), 3);
    network.push_all();
    // One epoch passed; it starts now, and pays once.
    assert_eq!(network.epoch(), 2);
    let (next, end) = network.staking().epoch_span();
    assert_eq!(next, start + 1_000);
    assert_eq!(end, next + 100);
    4u64.do!(|i| {
        let (reward, _, _) = line(&network, i);
        assert_eq!(reward, network.weight(i) * WAL);
    });
    network.next_epoch();
    assert_eq!(network.equity(0), 100 * WAL + 10 * WAL + 2 * network.weight(0) * WAL);
    network.end();
}

#[test]
fun everybody_leaves() {
    let mut network = four();
    network.reserve(10, 20);
    4u64.do!(|i| network.unstake(i));
    network.next_epoch();
    // Nobody replaces them: the committee carries over with its shards and goes on to earn, and nobody's last stake leaves.
    let shards = vector::tabulate!(4, |i| network.weight(i));
    network.next_epoch();
    network.next_epoch();
    assert_eq!(network.epoch(), 4);
    4u64.do!(|i| {
        assert_eq!(network.weight(i), shards[i]);
        assert_eq!(network.equity(i), 100 * WAL + 3 * shards[i] * WAL);
    });
    // Others come, and let them go.
    4u64.do!(|_| {
        let node = network.register(0);
        network.stake(node, 50);
    });
    network.next_epoch();
    network.attest_all();
    4u64.do!(|i| {
        assert!(!network.is_member(i));
        assert!(network.is_member(4 + i));
        assert_eq!(network.redeem(i), 100 * WAL + 4 * shards[i] * WAL);
    });
    assert_eq!(network.due(), 0);
    network.next_epoch();
    network.end();
}

#[test]
fun hundreds_of_idle_epochs() {
    let mut network = four();
    // A pool beside the committee, that nobody looks at.
    let idle = network.register(0);
    let mut stakes = vector[network.stake(0, 10)];
    network.next_epoch();
    network.challenge_all_but(vector[3]);
    network.next_epoch();
    let debt = network.debt(3);
    let mut i = 0u64;
    while (i < 300) {
        // Interest makes the stake behind the shards of node 3 ever less.
        if (!network.staking().transfers().is_settled()) network.attest_all();
        network.at(100);
        while (network.is_due()) {
            let (staking, system, clock) = network.pushing();
            staking.push(system, clock);
        };
        if (i % 20 == 0) network.flush();
        i = i + 1;
    };
    assert_eq!(network.epoch(), 303);
    network.check();
    // A hundredth an epoch, simple interest.
    assert_eq!(network.debt(3), debt + debt * 3);
    let node = network.node(idle);
    network.staking_mut().settle(node);
    assert_eq!(network.staking().pool(node).settled_epoch(), 303);
    stakes.push_back(network.stake(idle, 10));
    network.next_epoch();
    stakes.do!(|stake| assert!(network.redeemable(stake) >= 10 * WAL));
    network.end();
}
