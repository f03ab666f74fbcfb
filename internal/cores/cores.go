// Package cores divides independent work over the machine's cores.
package cores

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// Each calls f with 0 … n−1, once each, from as many goroutines as Go uses cores, and returns when all have returned. An
// index is handed out when a core is free, so that dear ones do not wait for each other. Where f panics, Each does.
func Each(n int, f func(i int)) {
	next := new(atomic.Int64)
	var wait sync.WaitGroup
	var cause atomic.Pointer[any]
	for range min(runtime.GOMAXPROCS(0), n) {
		wait.Go(func() {
			defer func() {
				if c := recover(); c != nil { // who calls may recover, and cannot here
					cause.Store(&c)
				}
			}()
			for i := next.Add(1) - 1; i < int64(n); i = next.Add(1) - 1 {
				f(int(i))
			}
		})
	}
	wait.Wait()
	if c := cause.Load(); c != nil {
		panic(*c)
	}
}
