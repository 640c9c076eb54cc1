package wallet

import "time"

// SettleWithin shortens the wait for what may be under way.
func (w *Wallet) SettleWithin(d time.Duration) { w.settle = d }
