package nn

import (
	"runtime"
	"slices"
	"testing"

	"gradlab/internal/kernel"
	"gradlab/optim"
)

// TestMeasureIsWhatAPlanAllocates compares the stated bytes with those of the runtime: of Compile, and of
// the first step.
func TestMeasureIsWhatAPlanAllocates(t *testing.T) {
	in, batch, rule := Shape{32, 32, 3}, 64, optim.SGD{Rate: 0.01, Momentum: 0.9}
	for _, init := range []string{"pytorch", "orthogonal", "zeros"} {
		m := Model{Init: Init{Name: init}, Layers: []Layer{
			Conv2d{Filters: 16, Kernel: Square(3), Padding: Square(1)}, BatchNorm{}, Activation{Name: "tanh"}, MaxPool2d{Kernel: Square(2)}, Flatten{},
			Linear{Out: 300, NoBias: true}, Residual{Layers: []Layer{LayerNorm{}, Activation{Name: "relu"}, Linear{Out: 20}}}, Linear{Out: Classes},
		}}
		o := Options{Batch: batch, Engine: kernel.New(kernel.Available()[0], 1)}
		s, err := Measure[float32](m, in, 10, o, rule)
		if err != nil {
			t.Fatal(err)
		}
		var p *Plan[float32]
		compiled := allocated(func() { p, err = Compile[float32](m, in, 10, o) })
		if err != nil {
			t.Fatal(err)
		}
		if s.Parameters != p.Parameters() || s.Memory.Parameters != 4*int64(p.Parameters()) {
			t.Errorf("%s: %d parameters in %d bytes, the plan has %d", init, s.Parameters, s.Memory.Parameters, p.Parameters())
		}
		if !slices.Equal(s.Layers, p.Describe()) {
			t.Errorf("%s: layers %q, the plan's are %q", init, s.Layers, p.Describe())
		}
		b := s.Memory
		aboutBytes(t, init+": Compile", compiled, b.Parameters+b.Outputs+b.OutputGrads+b.Winners+b.Losses+b.Statistics+s.Draw)
		x, labels := samples[float32](1, batch, in)
		step := func(watch bool) func() {
			return func() {
				p.Keep(watch)
				p.Forward(x, batch)
				p.Loss(labels, batch)
				p.BackwardUpdate(batch, rule, watch)
			}
		}
		aboutBytes(t, init+": the first step", allocated(step(false)), b.Velocities+b.UpdateScratch+b.Kernels)
		if watched := allocated(step(true)); watched > b.Squares+b.Squares/50 { // in whole pages
			t.Errorf("%s: watching a step allocates %d bytes, measured were %d", init, watched, b.Squares)
		}
		if more := allocated(step(true)); more > 4096 {
			t.Errorf("%s: a later step allocates %d bytes", init, more)
		}
	}
}

// allocated is the number of bytes that f allocates.
func allocated(f func()) int64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return int64(after.TotalAlloc - before.TotalAlloc)
}

// aboutBytes: some of what is stated is stated as the most that can be needed.
func aboutBytes(t *testing.T, what string, got, want int64) {
	t.Helper()
	if float64(got) < 0.95*float64(want) || float64(got) > 1.02*float64(want) {
		t.Errorf("%s allocates %d bytes, measured were %d", what, got, want)
	}
}

// TestMeasureAllocatesNothingLarge: a model of two gigabytes is measured at once.
func TestMeasureAllocatesNothingLarge(t *testing.T) {
	m := Model{Layers: []Layer{Linear{Out: 1 << 14}, Linear{Out: 1 << 14}, Linear{Out: Classes}}}
	var s Size
	var err error
	n := allocated(func() { s, err = Measure[float32](m, Shape{1 << 14}, 10, Options{Batch: 1000}, optim.SGD{}) })
	if err != nil {
		t.Fatal(err)
	}
	if want := int64(4 * (2*(1<<28+1<<14) + 10*(1<<14) + 10)); s.Memory.Parameters != want || s.Draw != 2<<30 || s.Memory.Outputs != 4*1000*(2<<14+10) {
		t.Errorf("%+v, draw %d; want %d bytes of parameters", s.Memory, s.Draw, want)
	}
	if n > 1<<20 {
		t.Errorf("measuring allocates %d bytes", n)
	}
}
