#[test_only]
module floe::challenge_tests;

use floe::challenge::{Self, Challenge, Verdict};
use floe::members;
use floe::params::{Self, Penalties};
use std::unit_test::assert_eq;
use sui::test_utils::destroy;

const SEED: vector<u8> = x"0102";
/// Bitmaps over four members.
const ALL: vector<u8> = x"0f";
const NONE: vector<u8> = x"";

fun prices(): Penalties { params::new_penalties(7, 1, 100, 3) }

/// Four members with 4, 3, 2 and 1 of 10 shards; the challenge has begun.
fun begun(): Challenge {
    let mut challenge = challenge::new();
    challenge.restart(vector[0, 0, 0, 0]);
    challenge.start(SEED, 12, vector[0, 0, 0, 0]);
    challenge
}

fun shards(): vector<u16> { vector[4, 3, 2, 1] }

fun assess(self: &Challenge): vector<Verdict> {
    self.assess(&shards(), 10, &prices())
}

fun report(self: &mut Challenge, member: u64, challenged_by: vector<u8>, challenged: vector<u8>, passed: vector<u8>) {
    self.report(member, shards()[member], &challenged_by, &challenged, &passed)
}

fun answers(verdicts: &vector<Verdict>): vector<u64> { verdicts.map_ref!(|v| v.answer()) }

fun issues(verdicts: &vector<Verdict>): vector<u64> { verdicts.map_ref!(|v| v.owed() - v.answer()) }

use fun assess as Challenge.assessed;
use fun report as Challenge.reports;

#[test]
fun no_seed_no_penalty() {
    let mut challenge = challenge::new();
    challenge.restart(vector[2, 0, 0, 0]);
    let verdicts = challenge.assessed();
    assert_eq!(answers(&verdicts), vector[0, 0, 0, 0]);
    assert_eq!(issues(&verdicts), vector[0, 0, 0, 0]);
    assert_eq!(verdicts[0].strikes(), 0);
    destroy(challenge);
}

#[test]
fun all_is_well() {
    let mut challenge = begun();
    assert_eq!(*challenge.seed(), SEED);
    assert_eq!(challenge.blobs(), 12);
    4u64.do!(|i| challenge.reports(i, ALL, ALL, ALL));
    let verdicts = challenge.assessed();
    assert_eq!(answers(&verdicts), vector[0, 0, 0, 0]);
    assert_eq!(issues(&verdicts), vector[0, 0, 0, 0]);
    destroy(challenge);
}

#[test]
fun nobody_reports() {
    let challenge = begun();
    let verdicts = challenge.assessed();
    assert_eq!(answers(&verdicts), vector[0, 0, 0, 0]);
    assert_eq!(issues(&verdicts), vector[12, 9, 6, 3]);
    destroy(challenge);
}

#[test]
fun too_few_report() {
    let mut challenge = begun();
    // 6 of 10 shards are no quorum: only silence costs.
    challenge.reports(0, NONE, ALL, NONE);
    challenge.reports(2, NONE, ALL, NONE);
    let verdicts = challenge.assessed();
    assert_eq!(answers(&verdicts), vector[0, 0, 0, 0]);
    assert_eq!(issues(&verdicts), vector[0, 9, 0, 3]);
    destroy(challenge);
}

#[test]
fun half_of_all_shards_passes() {
    let mut challenge = begun();
    // Members 0, 1 and 2 (9 shards) report. Member 3 passes by 4 shards and its own: half. Member 2 by 3 and its own 2: half.
    // Member 1 by 0 and its own 3; member 0 by its own 4.
    challenge.reports(0, ALL, ALL, x"08");
    challenge.reports(1, ALL, ALL, x"04");
    challenge.reports(2, ALL, ALL, NONE);
    let verdicts = challenge.assessed();
    assert_eq!(answers(&verdicts), vector[400, 300, 0, 0]);
    // Each is challenged by all who report; member 3 did not report.
    assert_eq!(issues(&verdicts), vector[0, 0, 0, 3]);
    assert_eq!(verdicts[0].strikes(), 1);
    assert_eq!(verdicts[2].strikes(), 0);
    destroy(challenge);
}

#[test]
fun certificate_beats_reports() {
    let mut challenge = begun();
    challenge.certify(0);
    assert!(challenge.is_certified(0));
    4u64.do!(|i| challenge.reports(i, ALL, ALL, NONE));
    assert_eq!(answers(&challenge.assessed()), vector[0, 300, 200, 100]);
    destroy(challenge);
}

#[test]
fun who_did_not_challenge_pays() {
    let mut challenge = begun();
    // Nobody says that member 1 challenged it but member 0 (4 + 3 of its own of 10: enough) and nobody names member 2.
    challenge.reports(0, x"0b", ALL, ALL);
    challenge.reports(1, x"0b", ALL, ALL);
    challenge.reports(2, x"09", ALL, ALL);
    challenge.reports(3, x"09", ALL, ALL);
    assert_eq!(issues(&challenge.assessed()), vector[0, 0, 6, 0]);
    destroy(challenge);
}

#[test]
fun praise_of_oneself_counts_once() {
    let mut challenge = begun();
    // Member 0 has 4 of 10 shards; counted twice they would be more than half.
    challenge.reports(0, x"01", x"01", x"01");
    challenge.reports(1, NONE, NONE, NONE);
    let verdicts = challenge.assessed();
    assert_eq!(answers(&verdicts)[0], 400);
    assert_eq!(issues(&verdicts)[0], 12);
    destroy(challenge);
}

#[test]
fun excused_shards_cost_nothing() {
    let mut challenge = challenge::new();
    challenge.restart(vector[0, 0, 0, 0]);
    challenge.start(SEED, 0, vector[1, 3, 0, 0]);
    4u64.do!(|i| challenge.reports(i, ALL, ALL, NONE));
    let verdicts = challenge.assessed();
    assert_eq!(answers(&verdicts), vector[300, 0, 200, 100]);
    assert_eq!(verdicts[1].strikes(), 0);
    destroy(challenge);
}

#[test]
fun three_strikes_running() {
    let mut challenge = challenge::new();
    let mut strikes = vector[0, 0];
    4u64.do!(|epoch| {
        challenge.restart(strikes);
        challenge.start(SEED, 0, vector[0, 0]);
        challenge.report(0, 7, &x"03", &x"03", &x"01");
        // Member 1 answers in the second epoch only.
        if (epoch == 1) challenge.certify(1);
        let verdicts = challenge.assess(&vector[7, 3], 10, &prices());
        assert!(!verdicts[1].is_suspended());
        strikes = verdicts.map_ref!(|v| v.strikes());
    });
    assert_eq!(strikes, vector[0, 2]);
    2u64.do!(|_| {
        challenge.restart(strikes);
        challenge.start(SEED, 0, vector[0, 0]);
        challenge.report(0, 7, &x"03", &x"03", &x"01");
        let verdicts = challenge.assess(&vector[7, 3], 10, &prices());
        assert!(verdicts[1].is_suspended());
        strikes = verdicts.map_ref!(|v| v.strikes());
    });
    assert_eq!(strikes, vector[0, 3]);
    destroy(challenge);
}

#[test, expected_failure(abort_code = challenge::EStarted, location = challenge)]
fun starts_once() {
    let mut challenge = begun();
    challenge.start(SEED, 0, vector[0, 0]);
    abort
}

#[test, expected_failure(abort_code = challenge::ENotStarted, location = challenge)]
fun report_before_the_start() {
    let mut challenge = challenge::new();
    challenge.restart(vector[0, 0, 0, 0]);
    challenge.reports(0, ALL, ALL, ALL);
    abort
}

#[test, expected_failure(abort_code = challenge::ENotStarted, location = challenge)]
fun certificate_before_the_start() {
    let mut challenge = challenge::new();
    challenge.restart(vector[0]);
    challenge.certify(0);
    abort
}

#[test, expected_failure(abort_code = challenge::EReported, location = challenge)]
fun reports_once() {
    let mut challenge = begun();
    challenge.reports(0, ALL, ALL, ALL);
    challenge.reports(0, ALL, ALL, ALL);
    abort
}

#[test, expected_failure(abort_code = challenge::ECertified, location = challenge)]
fun certified_once() {
    let mut challenge = begun();
    challenge.certify(3);
    challenge.certify(3);
    abort
}

#[test, expected_failure(abort_code = challenge::EPassedUnchallenged, location = challenge)]
fun passes_only_whom_it_challenged() {
    let mut challenge = begun();
    challenge.reports(0, ALL, x"02", x"06");
    abort
}

#[test, expected_failure(abort_code = members::EBitmap, location = members)]
fun stray_bit() {
    let mut challenge = begun();
    challenge.reports(0, x"10", ALL, ALL);
    abort
}

#[test, expected_failure(abort_code = members::EBitmap, location = members)]
fun long_bitmap() {
    let mut challenge = begun();
    challenge.reports(0, ALL, x"0f00", ALL);
    abort
}

#[test]
fun bitmaps() {
    members::check(&x"", 0);
    members::check(&x"ff", 8);
    members::check(&x"ff01", 9);
    assert!(members::has(&x"0080", 15));
    assert!(!members::has(&x"0080", 14));
    assert!(!members::has(&x"ff", 8));
    assert_eq!(members::fill(7u8, 3), vector[7, 7, 7]);
    assert_eq!(members::fill(7u8, 0), vector[]);
}
