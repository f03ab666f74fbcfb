package kernel

import (
	"runtime"
	"strings"
	"testing"
	"time"
)

// square makes the operands of a product that is worth dividing.
func square() (n int, y, a, b []float32) {
	n = 160
	return n, make([]float32, n*n), make([]float32, n*n), make([]float32, n*n)
}

// TestADividedProductAllocatesNothing: what doc.go of nn promises of a step.
func TestADividedProductAllocatesNothing(t *testing.T) {
	n, y, a, b := square()
	if 2*n*n*n < worthDividing {
		t.Fatalf("%d operations are not divided", 2*n*n*n)
	}
	e := New(Available()[0], 2)
	if allocs := testing.AllocsPerRun(20, func() { MatMulNT(e, y, a, b, nil, n, n, n, nil) }); allocs != 0 {
		t.Errorf("a product on two threads allocates %v times", allocs)
	}
}

// TestThreadsEndWithTheirEngine counts the goroutines that wait for work.
func TestThreadsEndWithTheirEngine(t *testing.T) {
	waiting := func() int {
		stacks := make([]byte, 1<<20)
		stacks = stacks[:runtime.Stack(stacks, true)]
		return strings.Count(string(stacks), "created by gradlab/internal/kernel")
	}
	ended := func(want int) bool {
		for range 200 {
			runtime.GC()
			if waiting() <= want {
				return true
			}
			time.Sleep(5 * time.Millisecond)
		}
		return false
	}
	before := 0
	if !ended(before) {
		t.Fatalf("%d threads of earlier engines did not end", waiting())
	}
	n, y, a, b := square()
	e := New(Portable, 3)
	MatMulNT(e, y, a, b, nil, n, n, n, nil)
	if got := waiting(); got != before+2 {
		t.Errorf("an engine of three threads has %d beside the caller, want 2", got)
	}
	runtime.KeepAlive(e)
	e = nil
	if !ended(before) {
		t.Errorf("%d threads outlive their engine", waiting())
	}
}
