#[test_only]
module floe::tournament_tests;

use floe::apportionment_helpers::numbers;
use floe::tournament::{Self, index, out, word};
use std::unit_test::assert_eq;

#[test]
fun greater_values_win_then_lower_indices() {
    let words = vector[word(3, 0), word(7, 1), word(7, 2), word(0, 3), out()];
    let mut tournament = tournament::new(words);
    vector[1u64, 2, 0, 3].do!(|i| {
        assert_eq!(index(tournament.top()), i);
        tournament.set(i, out());
    });
    assert_eq!(tournament.top(), out());
    tournament.set(4, word(0, 4));
    assert_eq!(index(tournament.top()), 4);
}

#[test]
fun the_limits_of_words() {
    let greatest = (1u128 << 112) - 1;
    assert_eq!(index(word(greatest, 0)), 0);
    assert_eq!(index(word(greatest, 0xFFFE)), 0xFFFE);
    assert!(word(0, 0xFFFE) > out());
    assert!(word(greatest, 0xFFFE) > word(greatest - 1, 0));
}

#[test]
fun one_word_is_the_greatest() {
    let mut tournament = tournament::new(vector[word(5, 0)]);
    assert_eq!(tournament.top(), word(5, 0));
    tournament.set(0, word(4, 0));
    assert_eq!(tournament.top(), word(4, 0));
}

#[test]
fun any_number_of_words_in_any_order() {
    let mut random = numbers(2);
    20u64.do!(|count| {
        let count = count + 1;
        let mut words = vector::tabulate!(count, |i| word(random.below(9) as u128, i));
        let mut tournament = tournament::new(words);
        30u64.do!(|_| {
            let i = random.below(count);
            let next = if (random.below(4) == 0) out() else word(random.below(9) as u128, i);
            *&mut words[i] = next;
            tournament.set(i, next);
            assert_eq!(tournament.top(), words.fold!(out(), |a, b| a.max(b)));
        });
    });
}
