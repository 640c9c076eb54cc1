//go:build !linux

package measure

import "time"

func cpuTime() time.Duration { return 0 }

func resetPeak() {}

func peak() int64 { return 0 }
