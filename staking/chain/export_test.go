package chain

import "time"

// Impatient shortens the wait for an endpoint that is behind.
func Impatient(c *Chain, d time.Duration) { c.patience = d }
