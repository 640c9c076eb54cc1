#[test_only]
module floe_reads::symbol_proof_tests;
#[test]
fun x() {}
