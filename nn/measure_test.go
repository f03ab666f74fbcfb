package nn

import (
	"runtime"
	"slices"
	"testing"
)

// TestMeasureIsWhatCompileAllocates compares the stated bytes with those of the runtime.
func TestMeasureIsWhatCompileAllocates(t *testing.T) {
	in, batch := Shape{32, 32, 3}, 64
	for _, init := range []string{"pytorch", "orthogonal", "zeros"} {
		m := Model{Init: Init{Name: init}, Layers: []Layer{
			Conv2d{Filters: 16, Kernel: Square(3)}, Activation{Name: "tanh"}, MaxPool2d{Kernel: Square(2)}, Flatten{},
			Linear{Out: 300, NoBias: true}, Activation{Name: "relu"}, Linear{Out: Classes},
		}}
		s, err := Measure[float32](m, in, 10, batch)
		if err != nil {
			t.Fatal(err)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		p, err := Compile[float32](m, in, 10, Options{Batch: batch})
		if err != nil {
			t.Fatal(err)
		}
		runtime.ReadMemStats(&after)
		if s.Parameters != p.Parameters() || s.Weights != 4*int64(p.Parameters()) {
			t.Errorf("%s: %d parameters in %d bytes, the plan has %d", init, s.Parameters, s.Weights, p.Parameters())
		}
		if !slices.Equal(s.Layers, p.Describe()) {
			t.Errorf("%s: layers %q, the plan's are %q", init, s.Layers, p.Describe())
		}
		got, want := float64(after.TotalAlloc-before.TotalAlloc), float64(s.Weights+s.Buffers+s.Draw)
		if got < 0.98*want || got > 1.02*want {
			t.Errorf("%s: Compile allocates %.0f bytes, measured were %.0f", init, got, want)
		}
	}
}

// TestMeasureAllocatesNothingLarge: a model of two gigabytes is measured at once.
func TestMeasureAllocatesNothingLarge(t *testing.T) {
	m := Model{Layers: []Layer{Linear{Out: 1 << 14}, Linear{Out: 1 << 14}, Linear{Out: Classes}}}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	s, err := Measure[float32](m, Shape{1 << 14}, 10, 1000)
	if err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if want := int64(4 * (2*(1<<28+1<<14) + 10*(1<<14) + 10)); s.Weights != want || s.Draw != 2<<30 || s.Buffers != 8*1000*(2<<14+10) {
		t.Errorf("%d bytes of weights, want %d; draw %d, buffers %d", s.Weights, want, s.Draw, s.Buffers)
	}
	if n := after.TotalAlloc - before.TotalAlloc; n > 1<<20 {
		t.Errorf("measuring allocates %d bytes", n)
	}
}
