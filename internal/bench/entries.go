package bench

import (
	"fmt"
	"math/rand/v2"

	"gradlab/internal/kernel"
	"gradlab/internal/workload"
)

// An entry is one thing that is measured, in one or several variants.
type entry struct {
	section  string
	name     string
	unit     unit
	variants func(threads int) []variant // where there are so many threads
	// setup makes what a copy calls over and over, with data of its own, and says how much work that is:
	// floating-point operations, bytes or elements. copies are at work at the same time.
	setup func(e *kernel.Engine, copies int) (run func(), work float64, err error)
}

// unit is what speed is counted in; each is a billion of its work's units per second.
type unit string

const (
	gigaFLOPs unit = "GFLOP/s"
	gigabytes unit = "GB/s"
	elements  unit = "elements/ns"
)

// A variant runs so many copies at once, each on so many threads.
type variant struct {
	on              string
	copies, threads int
}

var oneThread = variant{"1 thread", 1, 1}

func alone(int) []variant { return []variant{oneThread} }

// divided is one copy, alone and on all threads.
func divided(threads int) []variant {
	if threads == 1 {
		return alone(1)
	}
	return []variant{oneThread, {fmt.Sprintf("%d threads", threads), 1, threads}}
}

// copied is one copy, and one on each thread.
func copied(threads int) []variant {
	if threads == 1 {
		return alone(1)
	}
	return []variant{oneThread, {fmt.Sprintf("%d threads", threads), threads, 1}}
}

// dividedAndTrials is divided, and an independent trial on each thread.
func dividedAndTrials(threads int) []variant {
	all := divided(threads)
	if threads > 1 {
		all = append(all, variant{fmt.Sprintf("%d trials", threads), threads, 1})
	}
	return all
}

// The sections.
const (
	limits      = "limits"
	matmul      = "matmul"
	conv        = "conv"
	elementwise = "elementwise"
	step        = "step"
)

var sections = []string{limits, matmul, conv, elementwise, step}

// entries is everything that is measured, in order.
func entries() []entry {
	var all []entry
	for _, section := range [][]entry{limitEntries(), matmulEntries(), convEntries(), elementwiseEntries(), stepEntries()} {
		all = append(all, section...)
	}
	return all
}

// matmulEntries are the three products of linear layers of W1, W2 and W3: forward, and the gradients of
// the input and of the weights.
func matmulEntries() []entry {
	type product func(e *kernel.Engine, c, a, b []float32, m, n, k int)
	forward := func(e *kernel.Engine, c, a, b []float32, m, n, k int) { kernel.MatMulNT(e, c, a, b, nil, m, n, k, nil) }
	backward := func(e *kernel.Engine, c, a, b []float32, m, n, k int) { kernel.MatMulNN(e, c, a, b, m, n, k, nil) }
	var all []entry
	add := func(name string, m, n, k int, f product) {
		all = append(all, entry{matmul, fmt.Sprintf("%s/%dx%dx%d", name, m, n, k), gigaFLOPs, divided,
			func(e *kernel.Engine, _ int) (func(), float64, error) {
				a, b, c := noise(m*k), noise(k*n), make([]float32, m*n)
				return func() { f(e, c, a, b, m, n, k) }, 2 * float64(m) * float64(n) * float64(k), nil
			}})
	}
	for _, l := range []struct{ batch, out, in int }{{4, 120, 400}, {64, 512, 3072}, {128, 512, 512}} {
		add("MatMulNT", l.batch, l.out, l.in, forward)
		add("MatMulNN", l.batch, l.in, l.out, backward)
		add("MatMulTN", l.out, l.in, l.batch, kernel.MatMulTN[float32])
	}
	return all
}

// convEntries are the three products of the convolutions of W1 and W4.
func convEntries() []entry {
	var all []entry
	for _, l := range []struct {
		batch int
		g     kernel.Conv
	}{
		{4, kernel.Conv{H: 32, W: 32, C: 3, F: 6, KH: 5, KW: 5, SH: 1, SW: 1, OutH: 28, OutW: 28}},
		{4, kernel.Conv{H: 14, W: 14, C: 6, F: 16, KH: 5, KW: 5, SH: 1, SW: 1, OutH: 10, OutW: 10}},
		{64, kernel.Conv{H: 32, W: 32, C: 3, F: 32, KH: 3, KW: 3, SH: 1, SW: 1, PH: 1, PW: 1, OutH: 32, OutW: 32}},
		{64, kernel.Conv{H: 16, W: 16, C: 32, F: 64, KH: 3, KW: 3, SH: 1, SW: 1, PH: 1, PW: 1, OutH: 16, OutW: 16}},
	} {
		for _, pass := range []struct {
			name string
			run  func(e *kernel.Engine, g *kernel.Conv, x, w, y []float32, n int)
		}{
			{"forward", func(e *kernel.Engine, g *kernel.Conv, x, w, y []float32, n int) {
				kernel.ConvForward(e, g, y, x, w, nil, n)
			}},
			{"inputgrad", func(e *kernel.Engine, g *kernel.Conv, x, w, y []float32, n int) {
				kernel.ConvInputGrad(e, g, x, y, w, n)
			}},
			{"weightgrad", func(e *kernel.Engine, g *kernel.Conv, x, w, y []float32, n int) {
				kernel.ConvWeightGrad(e, g, w, nil, x, y, n)
			}},
		} {
			all = append(all, entry{conv, fmt.Sprintf("Conv/%dto%d/%s", l.g.C, l.g.F, pass.name), gigaFLOPs, divided,
				func(e *kernel.Engine, _ int) (func(), float64, error) {
					g, n := l.g, l.batch
					outputs, taps := n*g.OutH*g.OutW*g.F, g.KH*g.KW*g.C
					x, w, y := noise(n*g.H*g.W*g.C), noise(g.F*taps), noise(outputs)
					return func() { pass.run(e, &g, x, w, y, n) }, 2 * float64(outputs) * float64(taps), nil
				}})
		}
	}
	return all
}

// elementwiseEntries are functions of vectors in the first-level cache.
func elementwiseEntries() []entry {
	const n = 2048
	var all []entry
	add := func(name string, run func(e *kernel.Engine, dst, a, b []float32)) {
		all = append(all, entry{elementwise, "Elementwise/" + name, elements, alone,
			func(e *kernel.Engine, _ int) (func(), float64, error) {
				dst, a, b := make([]float32, n), noise(n), noise(n)
				return func() { run(e, dst, a, b) }, n, nil
			}})
	}
	for _, f := range []struct {
		name string
		run  func(e *kernel.Engine, dst, src []float32)
	}{
		{"Exp", kernel.Exp[float32]}, {"Tanh", kernel.Tanh[float32]}, {"Sigmoid", kernel.Sigmoid[float32]},
		{"ReLU", kernel.ReLU[float32]}, {"GELU", kernel.GELU[float32]}, {"SiLU", kernel.SiLU[float32]},
		{"ELU", func(e *kernel.Engine, dst, src []float32) { kernel.ELU(e, dst, src, 1, 1) }},
	} {
		add(f.name, func(e *kernel.Engine, dst, a, _ []float32) { f.run(e, dst, a) })
	}
	for _, f := range []struct {
		name string
		run  func(e *kernel.Engine, dst, dy, x []float32)
	}{
		{"TanhGrad", kernel.TanhGrad[float32]}, {"SigmoidGrad", kernel.SigmoidGrad[float32]},
		{"ReLUGrad", kernel.ReLUGrad[float32]}, {"GELUGrad", kernel.GELUGrad[float32]}, {"SiLUGrad", kernel.SiLUGrad[float32]},
		{"ELUGrad", func(e *kernel.Engine, dst, dy, y []float32) { kernel.ELUGrad(e, dst, dy, y, 1, 1) }},
		{"Add", kernel.Add[float32]},
		{"AddSign", func(e *kernel.Engine, dst, g, w []float32) { kernel.AddSign(e, dst, g, w, 0.01) }},
	} {
		add(f.name, f.run)
	}
	const rows, cols = n / 16, 16
	mean, inv, gamma, beta := noise(cols), noise(cols), noise(cols), noise(cols)
	add("BatchNorm", func(e *kernel.Engine, dst, a, _ []float32) { // of 16 channels, in training
		kernel.ColMoments(e, mean, inv, a, rows, cols)
		kernel.InvStd(e, inv, inv, 1e-5)
		kernel.Normalize(e, dst, a, mean, inv, gamma, beta, rows, cols)
	})
	mask := kernel.Mask{Threshold: 1 << 15}
	add("Dropout", func(e *kernel.Engine, dst, a, _ []float32) { kernel.Dropout(e, dst, a, &mask, 0) })
	add("DropoutChannels", func(e *kernel.Engine, dst, a, _ []float32) {
		kernel.DropoutChannels(e, dst, a, &mask, 0, 1, rows, cols)
	})
	return all
}

// stepEntries are whole training steps.
func stepEntries() []entry {
	var all []entry
	for i, w := range workload.All() {
		variants := divided
		if i == 0 { // the small one, which scales by trials rather than threads
			variants = dividedAndTrials
		}
		all = append(all, entry{step, "Step/" + w.Name, gigaFLOPs, variants,
			func(e *kernel.Engine, _ int) (func(), float64, error) {
				t, err := w.Start(e)
				if err != nil {
					return nil, 0, err
				}
				return func() { t.Step() }, float64(t.StepFLOPs()), nil
			}})
	}
	return all
}

// noise draws n normal numbers.
func noise(n int) []float32 {
	r := rand.New(rand.NewPCG(1, 2))
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(r.NormFloat64())
	}
	return x
}
