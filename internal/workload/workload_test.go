package workload

import (
	"strings"
	"testing"

	"gradlab/internal/kernel"
	"gradlab/nn"
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

// TestOutlines: what a step runs multiplies as often as StepFLOPs says, and no gradient of a linear
// layer's weights is stored unless Backward and Update are called apart.
func TestOutlines(t *testing.T) {
	for _, w := range All() {
		e := kernel.New(kernel.Available()[0], 2)
		training, err := w.Start(e)
		if err != nil {
			t.Fatal(err)
		}
		for _, stored := range []bool{false, true} {
			o, err := nn.NewOutline[float32](w.Model, w.Input, classes, nn.Options{Batch: w.Batch, Engine: e}, w.Rule, stored)
			if err != nil {
				t.Fatal(err)
			}
			if got, want := o.FLOPs(), training.StepFLOPs(); got != want {
				t.Errorf("%s: the kernels of a step make %d operations, want %d", w.Name, got, want)
			}
			for _, g := range o.Gradients {
				want := "no"
				switch {
				case stored:
					want = "stored"
				case strings.HasSuffix(g.Param, ".bias") || strings.HasPrefix(g.Param, "conv"):
					want = "scratch"
				}
				if g.Kept != want {
					t.Errorf("%s, stored %v: the gradient of %s is kept %q, want %q", w.Name, stored, g.Param, g.Kept, want)
				}
			}
		}
	}
}
