#[test_only]
module floe::quantile_tests;

use floe::apportionment_helpers::numbers;
use floe::quantile::{Self, capacity, next_capacity, next_price, price};
use std::unit_test::assert_eq;

const MAX: u64 = 0xFFFF_FFFF_FFFF_FFFF;

#[test]
fun one_vote() {
    assert_eq!(price(&vector[7], &vector[1]), 7);
    assert_eq!(capacity(&vector[7], &vector[1]), 7);
}

#[test]
fun two_thirds_are_not_enough() {
    // Two thirds of the stake exactly: 3 x 2 = 2 x 3, one short.
    assert_eq!(price(&vector[10, 20, 30], &vector[1, 1, 1]), 30);
    assert_eq!(capacity(&vector[10, 20, 30], &vector[1, 1, 1]), 10);
    // One FROST more.
    assert_eq!(price(&vector[10, 20, 30], &vector[1001, 1000, 1000]), 20);
    assert_eq!(price(&vector[10, 20, 30], &vector[1000, 1000, 1001]), 30);
    assert_eq!(capacity(&vector[10, 20, 30], &vector[1000, 1000, 1001]), 20);
    assert_eq!(capacity(&vector[10, 20, 30], &vector[1001, 1000, 1000]), 10);
}

#[test]
fun equal_votes_count_together() {
    assert_eq!(price(&vector[5, 9, 5, 5], &vector[1, 1, 1, 1]), 5);
    assert_eq!(capacity(&vector[5, 9, 5, 9], &vector[1, 1, 1, 1]), 5);
    assert_eq!(capacity(&vector[9, 9, 5, 9], &vector[1, 1, 1, 1]), 9);
}

#[test]
fun a_third_of_the_stake_moves_no_price_alone() {
    // One third minus a FROST asks for the extreme on either side, and the price stays within what the others ask.
    let stakes = vector[999, 1001, 1000];
    assert_eq!(price(&vector[MAX, 50, 60], &stakes), 60);
    assert_eq!(price(&vector[0, 50, 60], &stakes), 60);
    assert_eq!(capacity(&vector[MAX, 50, 60], &stakes), 50);
    assert_eq!(capacity(&vector[0, 50, 60], &stakes), 50);
}

#[test]
fun stake_of_zero_does_not_count() {
    assert_eq!(price(&vector[1, 2, 3], &vector[0, 5, 0]), 2);
    assert_eq!(capacity(&vector[1, 2, 3], &vector[0, 5, 0]), 2);
}

#[test]
fun greatest_votes_and_stakes() {
    assert_eq!(price(&vector[MAX, MAX, 0], &vector[MAX, MAX, MAX]), MAX);
    assert_eq!(capacity(&vector[MAX, MAX, 0], &vector[MAX, MAX, MAX]), 0);
    assert_eq!(capacity(&vector[MAX, MAX, MAX], &vector[MAX, MAX, MAX]), MAX);
    assert_eq!(price(&vector[0, 0, 0], &vector[MAX, MAX, MAX]), 0);
}

#[test]
fun votes_obey_the_definition() {
    let mut random = numbers(4);
    30u64.do!(|_| {
        let count = 1 + random.below(40);
        let votes = vector::tabulate!(count, |_| random.below(12));
        let stakes = vector::tabulate!(count, |i| if (i == 0) 1 else random.below(100));
        let total = stakes.fold!(0, |a, b| a + b);
        let mut lowest = MAX;
        let mut highest = 0u64;
        votes.do!(|v| {
            let (mut below, mut above) = (0, 0);
            count.do!(|i| {
                if (votes[i] <= v) below = below + stakes[i];
                if (votes[i] >= v) above = above + stakes[i];
            });
            if (3 * below >= 2 * total + 1) lowest = lowest.min(v);
            if (3 * above >= 2 * total + 1) highest = highest.max(v);
        });
        assert_eq!(price(&votes, &stakes), lowest);
        assert_eq!(capacity(&votes, &stakes), highest);
    });
}

#[test, expected_failure(abort_code = quantile::EVotes, location = quantile)]
fun no_votes() {
    price(&vector[], &vector[]);
}

#[test, expected_failure(abort_code = quantile::EVotes, location = quantile)]
fun nobody_has_stake() {
    price(&vector[1, 2], &vector[0, 0]);
}

#[test, expected_failure(abort_code = quantile::EVotes, location = quantile)]
fun votes_of_others() {
    capacity(&vector[1, 2], &vector[1]);
}

#[test]
fun a_price_at_most_doubles_or_halves() {
    assert_eq!(next_price(100, 150), 150);
    assert_eq!(next_price(100, 200), 200);
    assert_eq!(next_price(100, 201), 200);
    assert_eq!(next_price(100, MAX), 200);
    assert_eq!(next_price(100, 50), 50);
    assert_eq!(next_price(100, 49), 50);
    assert_eq!(next_price(101, 0), 51);
    assert_eq!(next_price(1, 0), 1);
}

#[test]
fun a_price_of_zero_can_rise() {
    assert_eq!(next_price(0, 0), 0);
    assert_eq!(next_price(0, 7), 1);
    assert_eq!(next_price(1, 7), 2);
}

#[test]
fun greatest_prices() {
    assert_eq!(next_price(MAX, MAX), MAX);
    assert_eq!(next_price(MAX / 2 + 1, MAX), MAX);
    assert_eq!(next_price(MAX, 0), MAX / 2 + 1);
}

#[test]
fun capacity_falls_by_half_at_most() {
    assert_eq!(next_capacity(100, 50), 50);
    assert_eq!(next_capacity(100, 49), 50);
    assert_eq!(next_capacity(101, 0), 51);
    assert_eq!(next_capacity(100, MAX), MAX);
    assert_eq!(next_capacity(0, 0), 0);
    assert_eq!(next_capacity(MAX, 0), MAX / 2 + 1);
}
