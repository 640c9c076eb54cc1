package objects

// Limits bound what one transaction does with objects. All are inclusive.
type Limits struct {
	NewIDs        int // identities that it makes
	DeletedIDs    int // identities that it ends
	Transfers     int // objects that it hands on, shares or freezes
	CachedObjects int // dynamic fields whose presence it asks about; absent ones count
	OpenObjects   int // dynamic fields that it reads, changes, adds or removes
	Events        int
	EventBytes    int // of one event with its type, in BCS
	EventsBytes   int // of all events
	ObjectBytes   int // of one object that it writes
	WrittenBytes  int // of all objects that it writes
	// HeldBytes is the memory of the values that the State holds, as values.Size counts it. Code that runs has a limit of
	// its own, which a value that was handed on or added to an object no longer counts against.
	HeldBytes uint64
}

// DefaultLimits are those of Sui's protocol for transactions of users (the parameter that sets each is named).
func DefaultLimits() Limits {
	return Limits{
		NewIDs:        2048,            // max_num_new_move_object_ids
		DeletedIDs:    2048,            // max_num_deleted_move_object_ids
		Transfers:     2048,            // max_num_transferred_move_object_ids
		CachedObjects: 1000,            // object_runtime_max_num_cached_objects
		OpenObjects:   1000,            // object_runtime_max_num_store_entries
		Events:        1024,            // max_num_event_emit
		EventBytes:    250 << 10,       // max_event_emit_size
		EventsBytes:   256 * 250 << 10, // max_event_emit_size_total
		ObjectBytes:   250 << 10,       // max_move_object_size
		WrittenBytes:  5 * 1000 * 1000, // max_size_written_objects
		// Not a limit of Sui. What may be written in the end takes at most 40 times its size in memory, and no contract comes
		// near a tenth of that.
		HeldBytes: 64 << 20,
	}
}

// SystemLimits are those for transactions without gas, which Sui itself and its unit tests make.
func SystemLimits() Limits {
	l := DefaultLimits()
	// Sui gives them sixteen times as much (the parameters that end in _system_tx), and ten times the bytes.
	for _, n := range []*int{&l.NewIDs, &l.DeletedIDs, &l.Transfers, &l.CachedObjects, &l.OpenObjects} {
		*n *= 16
	}
	l.WrittenBytes *= 10
	l.HeldBytes *= 16
	return l
}
