#[test_only]
/// Long pseudo-random histories of a pool. `pool_world` checks all accounts after every step.
module floe::pool_scenario_tests;

use floe::params::{Self, Economics};
use floe::pool_world::{Self, World, wal};
use std::unit_test::assert_eq;

/// A linear congruential generator (Knuth's MMIX constants); the high bits are used.
public struct Dice has drop { state: u128 }

fun roll(self: &mut Dice, sides: u64): u64 {
    self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 0x1_0000_0000_0000_0000;
    ((self.state >> 20) % (sides as u128)) as u64
}

/// Amounts of all sizes: from 1 FROST to `most`.
fun amount(self: &mut Dice, most: u64): u64 {
    let digits = self.roll(64) as u8;
    (self.roll(most) >> (63 - digits) % 40) + 1
}

/// Number of a stake that is still there, or of none.
fun pick(self: &mut Dice, w: &World): u64 {
    let count = w.count();
    let start = self.roll(count);
    let mut i = 0;
    while (i < count && !w.has((start + i) % count)) i = i + 1;
    (start + i) % count
}

/// `steps` random steps; `harsh` says how large penalties are, as a part of 100 of what the pool has.
fun play(seed: u128, economics: Economics, commission_bp: u64, harsh: u64, steps: u64) {
    let mut dice = Dice { state: seed };
    let mut w = pool_world::staked(economics, commission_bp, vector[wal(100), wal(7)]);
    let mut released = true;
    steps.do!(|_| {
        let epoch = w.epoch();
        let from = epoch + 1 + (dice.roll(2) as u32);
        let i = dice.pick(&w);
        let there = w.has(i);
        match (dice.roll(16)) {
            0 | 1 => if (!w.is_closed()) {
                let size = wal(1) + dice.amount(wal(1_000));
                let own = dice.roll(4) == 0;
                w.stake_from(size, from, own);
            },
            2 | 3 | 4 => if (there && w.is_staying(i)) w.leave_from(i, from),
            5 => if (there && w.stake_at(i).activation_epoch() >= from) { w.cancel(i, from); },
            6 => if (there && w.stake_at(i).principal() >= wal(2)) {
                let most = w.stake_at(i).principal() - wal(2) + 1;
                let part = wal(1) + dice.roll(most);
                w.split(i, part);
            },
            7 => {
                let j = dice.pick(&w);
                if (there && i != j && alike(&w, i, j)) w.join(i, j);
            },
            8 | 9 => if (there && w.has_left(i)) {
                if (w.left_now(i)) released = true;
                w.redeem(i);
            },
            10 => {
                let size = dice.amount(wal(harsh));
                if (dice.roll(2) == 0) w.charge(size, !released)
                else {
                    let shared = dice.amount(wal(harsh));
                    let weights = vector[dice.roll(3) as u16, dice.roll(5) as u16, dice.roll(9) as u16];
                    w.charge_shared(size, shared, weights, !released);
                }
            },
            11 => { let size = dice.amount(wal(50)); w.pay_debt(size); },
            12 => collect_some(&mut w, &mut dice),
            13 => if (dice.roll(8) == 0) { w.skip(epoch + 1 + (dice.roll(5) as u32)); released = false; },
            _ => {
                let penalty = if (dice.roll(3) == 0) dice.amount(wal(harsh)) else 0;
                let reward = if (dice.roll(4) == 0) 0 else dice.amount(wal(100));
                let hold = dice.roll(5) == 0;
                w.settle_when(penalty, reward, hold);
                released = false;
                if (dice.roll(10) == 0) w.set_commission(dice.roll(10_001));
            },
        };
    });
    finish(w);
}

fun alike(w: &World, i: u64, j: u64): bool {
    let (a, b) = (w.stake_at(i), w.stake_at(j));
    a.activation_epoch() == b.activation_epoch() && a.leave_epoch() == b.leave_epoch() && a.own() == b.own()
}

/// Takes what somebody has coming somewhere.
fun collect_some(w: &mut World, dice: &mut Dice) {
    if (dice.roll(2) == 0) w.take_burns() else w.take_commission();
    if (!w.dues().is_empty()) {
        let due = dice.roll(w.dues().length());
        w.collect_due(due);
    };
    let claims = w.pool().debts().next_claim();
    if (claims == 0) return;
    let claim = dice.roll(claims);
    let payee = pool_world::payees()[dice.roll(3)];
    if (w.pool().debts().is_payee(claim, payee)) { w.collect(claim, payee); }
}

/// Everybody leaves, in any order; what is still owed is paid; then nothing is left but dust.
fun finish(mut w: World) {
    let epoch = w.epoch();
    w.skip(epoch + 3);
    w.count().do!(|i| if (w.has(i)) {
        if (w.is_staying(i)) w.leave(i)
    });
    w.skip(epoch + 8);
    w.count().do!(|i| if (w.has(i)) { w.redeem(i); });
    // The interest of each of up to 64 claims is rounded up.
    let owed = (w.pool().debt() as u64) + w.pool().unfunded_due() + 64;
    w.pay_debt(owed);
    w.dues().length().do!(|i| { w.collect_due(i); });
    w.pool().debts().next_claim().do!(|claim| pool_world::payees().do!(|payee| {
        if (w.pool().debts().is_payee(claim, payee)) { w.collect(claim, payee); }
    }));
    w.take_burns();
    w.take_commission();
    assert_eq!(w.pool().shares(), 0);
    assert_eq!(w.pool().debt(), 0);
    assert_eq!(w.pool().shortfall(), 0);
    w.dues().do_ref!(|due| assert_eq!(due.amount(), 0));
    // What is left is interest of leavers whose debts others had paid, and rounding.
    assert_eq!(w.held(), w.pool().cash());
    assert_eq!(w.pool().equity(), w.pool().cash());
    w.end();
}

#[test]
fun mild() { play(1, pool_world::economics(100), 1_000, 5, 250) }

#[test]
fun harsh() { play(2, pool_world::economics(100), 500, 400, 250) }

#[test]
fun ruinous() { play(3, pool_world::economics(1_000), 0, 5_000, 250) }

#[test]
fun high_floor() { play(4, params::new_economics(9_000, 300, 500, 1_000, 4, 150), 2_000, 100, 250) }

#[test]
fun least_floor() { play(5, params::new_economics(1, 10, 500, 1_000, 4, 150), 10_000, 1_000, 250) }

#[test]
fun no_interest() { play(6, pool_world::economics(0), 100, 200, 250) }
