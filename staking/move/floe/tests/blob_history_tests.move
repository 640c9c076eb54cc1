/// Long random histories of many blobs: after every step no FROST is lost, and the ledger agrees with a model that knows
/// every object.
#[test_only]
module floe::blob_history_tests;

use floe::blob::Blob;
use floe::blob_world::{Self, World};
use std::unit_test::{assert_eq, destroy};

/// Different blob ids in a history.
const IDS: u64 = 4;
const STEPS: u64 = 100;

/// A certified object that was given up: nobody can end it before its time.
public struct Gone has copy, drop {
    blob_id: u256,
    end_epoch: u32,
}

/// Linear congruential numbers: the histories are the same in every run.
fun next(seed: &mut u64, below: u64): u64 {
    *seed = (((*seed as u128) * 6_364_136_223_846_793_005 + 1_442_695_040_888_963_407) & 0xffff_ffff_ffff_ffff) as u64;
    (*seed >> 33) % below
}

fun check(w: &World, blobs: &vector<Blob>, gone: &vector<Gone>) {
    w.check();
    let now = w.system().epoch();
    let mut indexes = 0;
    IDS.do!(|root| {
        let id = blob_world::id_of(root as u256, 1_000);
        let mut latest = 0u32;
        let mut live = 0;
        blobs.do_ref!(|blob| if (blob.blob_id() == id && blob.certified_epoch().is_some() && blob.end_epoch() > now) {
            live = live + 1;
            latest = latest.max(blob.end_epoch())
        });
        gone.do_ref!(|object| if (object.blob_id == id && object.end_epoch > now) {
            live = live + 1;
            latest = latest.max(object.end_epoch)
        });
        if (w.ledger().index_of(id).is_some()) {
            indexes = indexes + 1;
            w.check_live(id, latest, live)
        } else assert_eq!(live, 0)
    });
    assert_eq!(w.ledger().sequenced(), indexes)
}

fun history(mut seed: u64) {
    let mut ctx = tx_context::dummy();
    let mut w = blob_world::new(&mut ctx);
    let mut blobs: vector<Blob> = vector[];
    let mut gone: vector<Gone> = vector[];
    let mut burned: vector<ID> = vector[];
    let seed = &mut seed;
    STEPS.do!(|_| {
        let act = next(seed, 8);
        let now = w.system().epoch();
        if (act < 2) {
            let root = next(seed, IDS) as u256;
            let epochs = (next(seed, 6) + 1) as u32;
            let deletable = next(seed, 3) > 0;
            blobs.push_back(w.register(root, epochs, deletable, &mut ctx))
        } else if (act == 7) {
            w.next_epoch();
        } else if (!blobs.is_empty()) {
            let i = next(seed, blobs.length());
            let mut blob = blobs.swap_remove(i);
            let certified = blob.certified_epoch().is_some();
            let stored = blob.end_epoch() > now;
            if (act < 5 && stored && !certified) {
                let bitmap = vector[3u8, 7, 0xb, 0xf][next(seed, 4)];
                w.certify(&mut blob, bitmap, &mut ctx);
                blobs.push_back(blob)
            } else if (act < 5 && stored) {
                w.extend(&mut blob, (next(seed, 3) + 1) as u32, &mut ctx);
                blobs.push_back(blob)
            } else if (act == 5 && stored && blob.is_deletable()) {
                destroy(w.delete(blob))
            } else if (act == 6) {
                if (certified) gone.push_back(Gone { blob_id: blob.blob_id(), end_epoch: blob.end_epoch() })
                else burned.push_back(object::id(&blob));
                w.burn(blob)
            } else blobs.push_back(blob)
        };
        check(&w, &blobs, &gone)
    });
    // In the end everything was paid to the nodes, refunded or burned.
    w.skip_epochs(20);
    blobs.do_ref!(|blob| burned.push_back(object::id(blob)));
    burned.do!(|id| if (w.ledger().deposit_of(id) > 0) w.burn_deposit(id));
    let (deposits, _) = w.ledger().held();
    assert_eq!(deposits, 0);
    assert_eq!(w.system().held(), 0);
    check(&w, &blobs, &gone);
    destroy(blobs);
    w.end()
}

#[test]
fun history_1() { history(1) }

#[test]
fun history_2() { history(2) }
