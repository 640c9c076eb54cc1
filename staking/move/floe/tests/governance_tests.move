#[test_only]
module floe::governance_tests;

use floe::governance::{Self, Governance, PenaltiesAdopted, PenaltiesProposed, PenaltiesVoted};
use floe::params::{Self, Penalties};
use std::unit_test::assert_eq;
use sui::event;
use sui::test_utils::destroy;

fun id(): ID { @0x77.to_id() }

fun some_penalties(x: u64): Penalties { params::new_penalties(x, x, x, x) }

/// Three members.
fun three(): Governance {
    let mut governance = governance::new();
    governance.restart(3);
    governance
}

#[test]
fun majority_of_enough_votes_adopts() {
    let mut governance = three();
    governance.propose(0, id(), 5, some_penalties(1));
    governance.propose(2, id(), 5, some_penalties(2));
    governance.vote(0, id(), 5, option::some(0), 30);
    governance.vote(1, id(), 5, option::some(1), 31);
    governance.close(90, 6);
    assert_eq!(governance.adopted(), option::some(some_penalties(2)));
    assert_eq!(event::events_by_type<PenaltiesProposed>().length(), 2);
    assert_eq!(event::events_by_type<PenaltiesVoted>().length(), 2);
    assert_eq!(event::events_by_type<PenaltiesAdopted>().length(), 1);
    governance.restart(2);
    assert!(governance.adopted().is_none());
    assert!(governance.proposals().is_empty());
    destroy(governance);
}

#[test]
fun half_is_no_majority() {
    let mut governance = three();
    governance.propose(0, id(), 5, some_penalties(1));
    governance.vote(0, id(), 5, option::some(0), 50);
    governance.vote(1, id(), 5, option::none(), 50);
    governance.close(100, 6);
    assert!(governance.adopted().is_none());
    destroy(governance);
}

#[test]
fun split_votes_keep_what_is() {
    let mut governance = three();
    governance.propose(0, id(), 5, some_penalties(1));
    governance.propose(1, id(), 5, some_penalties(2));
    governance.vote(0, id(), 5, option::some(0), 40);
    governance.vote(1, id(), 5, option::some(1), 40);
    governance.vote(2, id(), 5, option::none(), 10);
    governance.close(90, 6);
    assert!(governance.adopted().is_none());
    destroy(governance);
}

#[test]
fun two_thirds_must_vote() {
    let mut governance = three();
    governance.propose(0, id(), 5, some_penalties(1));
    governance.vote(0, id(), 5, option::some(0), 199);
    governance.close(300, 6);
    assert!(governance.adopted().is_none());
    governance.vote(1, id(), 5, option::none(), 1);
    governance.close(300, 6);
    assert!(governance.adopted().is_some());
    destroy(governance);
}

#[test]
fun no_votes_adopt_nothing() {
    let mut governance = three();
    governance.propose(0, id(), 5, some_penalties(1));
    governance.close(0, 6);
    assert!(governance.adopted().is_none());
    destroy(governance);
}

#[test, expected_failure(abort_code = governance::EProposed, location = governance)]
fun second_proposal() {
    let mut governance = three();
    governance.propose(0, id(), 5, some_penalties(1));
    governance.propose(0, id(), 5, some_penalties(2));
    abort
}

#[test, expected_failure(abort_code = governance::EVoted, location = governance)]
fun second_vote() {
    let mut governance = three();
    governance.vote(0, id(), 5, option::none(), 1);
    governance.vote(0, id(), 5, option::none(), 1);
    abort
}

#[test, expected_failure(abort_code = governance::ENoProposal, location = governance)]
fun vote_for_nothing() {
    let mut governance = three();
    governance.vote(0, id(), 5, option::some(0), 1);
    abort
}
