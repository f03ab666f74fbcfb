package cores_test

import (
	"runtime"
	"slices"
	"sync"
	"testing"

	"gradlab/internal/cores"
)

func TestEach(t *testing.T) {
	for _, n := range []int{0, 1, 2, 1000} {
		calls := make([]int, n)
		cores.Each(n, func(i int) { calls[i]++ })
		if slices.ContainsFunc(calls, func(c int) bool { return c != 1 }) {
			t.Errorf("of %d, these are not called once: %v", n, calls)
		}
	}
}

// Two calls that wait for each other end only where both are under way at once.
func TestEachAtOnce(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2))
	var both sync.WaitGroup
	both.Add(2)
	cores.Each(2, func(int) {
		both.Done()
		both.Wait()
	})
}

// Who calls can recover from what goes wrong on another core.
func TestEachPanics(t *testing.T) {
	defer func() {
		if c := recover(); c != "three" {
			t.Errorf("recovered %v", c)
		}
	}()
	cores.Each(8, func(i int) {
		if i == 3 {
			panic("three")
		}
	})
}
