package workload

import (
	"testing"

	"gradlab/internal/kernel"
)

// TestWorkloads: each has the operations that follow from its text, and learns its batch by heart.
func TestWorkloads(t *testing.T) {
	conv := func(pixels, filters, taps int) int { return pixels * filters * taps }
	want := map[string]struct{ first, others, batch int }{ // products per image and pass, of the first layer and of the others
		"W1": {conv(28*28, 6, 5*5*3), conv(10*10, 16, 5*5*6) + 400*120 + 120*84 + 84*10, 4},
		"W2": {3072 * 512, 512*256 + 256*128 + 128*10, 64},
		"W3": {3072 * 512, 5*512*512 + 512*10, 128},
		"W4": {conv(32*32, 32, 3*3*3), conv(16*16, 64, 3*3*32) + 64*8*8*128 + 128*10, 64},
	}
	for _, w := range All() {
		training, err := w.Start(kernel.New(kernel.Available()[0], 1))
		if err != nil {
			t.Fatal(err)
		}
		n := want[w.Name]
		if got, want := training.StepFLOPs(), 2*n.batch*(2*n.first+3*n.others); got != want {
			t.Errorf("%s: %d operations in a step, want %d", w.Name, got, want)
		}
		before := training.Step()
		for range 20 {
			training.Step()
		}
		if after := training.Step(); !(after < before) {
			t.Errorf("%s: the loss goes from %v to %v", w.Name, before, after)
		}
	}
	if len(All()) != len(want) {
		t.Errorf("%d workloads, want %d", len(All()), len(want))
	}
}
