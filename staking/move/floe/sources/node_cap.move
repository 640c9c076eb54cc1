/// The right to act for a storage node.
module floe::node_cap;

/// Whoever holds it runs the node of this id, which is also the id of its pool.
public struct NodeCap has key, store {
    id: UID,
    node_id: ID,
}

public(package) fun new(node_id: ID, ctx: &mut TxContext): NodeCap {
    NodeCap { id: object::new(ctx), node_id }
}

public fun node_id(self: &NodeCap): ID { self.node_id }
