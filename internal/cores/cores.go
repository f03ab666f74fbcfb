// Package cores divides independent work over the machine's cores.
package cores

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// Each calls f with 0 … n−1, once each, from as many goroutines as Go uses cores, and returns when all have returned. An
// index is handed out when a core is free, so that dear ones do not wait for each other.
func Each(n int, f func(i int)) {
	next := new(atomic.Int64)
	var wait sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), n) {
		wait.Go(func() {
			for i := next.Add(1) - 1; i < int64(n); i = next.Add(1) - 1 {
				f(int(i))
			}
		})
	}
	wait.Wait()
}
