package store

// Tuned returns options with smaller borders, so that a test meets them sooner.
func (o Options) Tuned(packBelow, segmentSize int64) Options {
	o.packBelow, o.segmentSize = packBelow, segmentSize
	return o
}

// CompactNow compacts all segments that are not the newest, whatever is alive in them.
func (s *Files) CompactNow() error {
	_, segments := s.ledger.held()
	for id := range segments {
		if id == s.active.Load() {
			continue
		}
		if err := s.compact(s.ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// CompactUnderPressure compacts as when a put was refused.
func (s *Files) CompactUnderPressure() { s.compactSparse(make(map[uint32]bool), true) }

// Idle reports of a closed store whether everything that changes held was given back: promised bytes, records, descriptors.
func (s *Files) Idle() bool {
	return s.ledger.promised == 0 && s.pending.TryAcquire(pendingBytes) && s.files.TryAcquire(openFiles)
}

// WaitForSweep returns when the sweep after a crash is over.
func (s *Files) WaitForSweep() { <-s.swept }

// Hold keeps the committer from going on until release is called.
func (s *Files) Hold() (release func()) {
	held, free := make(chan struct{}), make(chan struct{})
	go func() {
		_ = s.runAlone(s.ctx, func() error {
			close(held)
			<-free
			return nil
		})
	}()
	<-held
	return func() { close(free) }
}
