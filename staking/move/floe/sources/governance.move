/// Proposals for the penalties of the next epoch, and the votes on them. Members of the committee propose and vote, each with
/// the stake that elected it.
module floe::governance;

use floe::members;
use floe::params::Penalties;
use sui::event;

/// The member has already proposed in this epoch.
const EProposed: u64 = 0;
/// The member has already voted in this epoch.
const EVoted: u64 = 1;
/// No proposal has that number.
const ENoProposal: u64 = 2;

/// A set of penalties and the stake in favour of it (FROST).
public struct Proposal has copy, drop, store {
    penalties: Penalties,
    stake: u64,
}

/// The proposals of an epoch.
public struct Governance has store {
    proposals: vector<Proposal>,
    /// By member: whether it has proposed.
    proposed: vector<bool>,
    /// By member: whether it has voted.
    voted: vector<bool>,
    /// Stake of all who voted (FROST).
    cast: u64,
    /// What the votes decided for the next epoch.
    adopted: Option<Penalties>,
}

/// A member wants other penalties from the next epoch.
public struct PenaltiesProposed has copy, drop {
    epoch: u32,
    node_id: ID,
    proposal: u64,
    penalties: Penalties,
}

/// A member voted, for a proposal or for none of them, with its stake (FROST).
public struct PenaltiesVoted has copy, drop {
    epoch: u32,
    node_id: ID,
    proposal: Option<u64>,
    stake: u64,
}

/// These penalties hold from the next epoch.
public struct PenaltiesAdopted has copy, drop {
    next_epoch: u32,
    penalties: Penalties,
}

public(package) fun new(): Governance {
    Governance {
        proposals: vector[],
        proposed: vector[],
        voted: vector[],
        cast: 0,
        adopted: option::none(),
    }
}

/// Forgets the last epoch; the committee has `count` members.
public(package) fun restart(self: &mut Governance, count: u64) {
    self.proposals = vector[];
    self.proposed = members::fill(false, count);
    self.voted = members::fill(false, count);
    self.cast = 0;
    self.adopted = option::none();
}

/// Member number `member` proposes `penalties`, which were checked. Aborts with `EProposed`.
public(package) fun propose(self: &mut Governance, member: u64, node_id: ID, epoch: u32, penalties: Penalties) {
    assert!(!self.proposed[member], EProposed);
    *(&mut self.proposed[member]) = true;
    let proposal = self.proposals.length();
    self.proposals.push_back(Proposal { penalties, stake: 0 });
    event::emit(PenaltiesProposed { epoch, node_id, proposal, penalties });
}

/// Member number `member` votes for a proposal or, with none, for the status quo. Aborts with `EVoted`, `ENoProposal`.
public(package) fun vote(
    self: &mut Governance,
    member: u64,
    node_id: ID,
    epoch: u32,
    proposal: Option<u64>,
    stake: u64,
) {
    assert!(!self.voted[member], EVoted);
    *(&mut self.voted[member]) = true;
    self.cast = self.cast + stake;
    if (proposal.is_some()) {
        let chosen = *proposal.borrow();
        assert!(chosen < self.proposals.length(), ENoProposal);
        let favour = &mut self.proposals[chosen].stake;
        *favour = *favour + stake;
    };
    event::emit(PenaltiesVoted { epoch, node_id, proposal, stake });
}

/// Closes the votes at the cutoff: a proposal with more than half of the votes cast is adopted if those are at least two
/// thirds of `total` (stake of the committee, FROST).
public(package) fun close(self: &mut Governance, total: u64, next_epoch: u32) {
    if (self.cast == 0 || (self.cast as u128) * 3 < (total as u128) * 2) return;
    let mut i = 0;
    while (i < self.proposals.length()) {
        let Proposal { penalties, stake } = self.proposals[i];
        if ((stake as u128) * 2 > (self.cast as u128)) {
            self.adopted = option::some(penalties);
            event::emit(PenaltiesAdopted { next_epoch, penalties });
        };
        i = i + 1;
    }
}

/// The penalties adopted for the next epoch, if any.
public(package) fun adopted(self: &Governance): Option<Penalties> { self.adopted }

/// The proposals of the epoch, in order.
public fun proposals(self: &Governance): &vector<Proposal> { &self.proposals }
