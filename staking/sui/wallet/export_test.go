package wallet

import "time"

// Impatient shortens the waits for what does not come.
func (w *Wallet) Impatient(d time.Duration) { w.settle, w.await = d, d }
