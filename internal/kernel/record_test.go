package kernel

import (
	"slices"
	"testing"
)

// TestRecorderComputesNothing: no slice changes, and what is told comes in order.
func TestRecorderComputesNothing(t *testing.T) {
	for _, isa := range Available() {
		for _, threads := range []int{1, 2} {
			var calls []Call
			e := Recorder(isa, threads, func(c Call) { calls = append(calls, c) })
			x := slices.Repeat([]float32{3}, 1<<16)
			g := Conv{H: 4, W: 4, C: 3, F: 4, KH: 3, KW: 3, SH: 1, SW: 1, PH: 1, PW: 1, OutH: 4, OutW: 4}
			w := Window{H: 4, W: 4, C: 3, KH: 2, KW: 2, SH: 2, SW: 2, OutH: 2, OutW: 2}
			u := &Update[float32]{W: x, V: x, SGDCoefficients: SGDCoefficients[float32]{Rate: 1, Momentum: 1}}
			winners, labels := make([]uint16, 1000), make([]int32, 10)
			for _, call := range []func(){
				func() {
					MatMulNT(e, x, x, x, x, 128, 128, 128, func(from, to int) { Tanh(e, x[from:to], x[from:to]) })
				},
				func() { MatMulNN(e, x, x, x, 8, 8, 8, nil) },
				func() { MatMulTN(e, x, x, x, 8, 8, 8) },
				func() { MatMulTNUpdate(e, u, x, x, 8, 8, 8) },
				func() { ConvForward(e, &g, x, x, x, x, 2) },
				func() { ConvInputGrad(e, &g, x, x, x, 2) },
				func() { ConvWeightGrad(e, &g, x, x, x, x, 2) },
				func() { MaxPool(e, &w, x, winners, x, 2) },
				func() { MaxPoolGrad(e, &w, x, x, winners, 2) },
				func() { AvgPool(e, &w, x, x, 2) },
				func() { AvgPoolGrad(e, &w, x, x, 2) },
				func() { SGDUpdate(e, u, x, 8, 8) },
				func() { SoftmaxCrossEntropy(e, x, x, labels, x, 10, 10, 1) },
				func() { ColSum(e, x, x, 8, 8) },
				func() { LeakyReLU(e, x, x, 0.1) },
				func() { LeakyReLUGrad(e, x, x, x, 0.1) },
				func() { GELU(e, x, x) },
				func() { GELUGrad(e, x, x, x) },
				func() { Add(e, x, x, x) },
				func() { Scale(e, x, 2) },
				func() { Clamp(e, x, 2) },
				func() { ELU(e, x, x, 1, 1) },
				func() { ELUGrad(e, x, x, x, 1, 1) },
				func() { ColMoments(e, x, x, x, 8, 8) },
				func() { InvStd(e, x, x, 1) },
				func() { Normalize(e, x, x, x, x, nil, nil, 8, 8) },
				func() { NormalizeGrad(e, x, x, x, x, x, x, x, nil, 8, 8) },
				func() { LayerNorm(e, x, x, x, x, x, x, 1, 8, 8) },
				func() { LayerNormGrad(e, x, x, x, x, x, x, 8, 8) },
				func() { LayerNormParamGrad(e, x, x, x, x, x, x, 8, 8) },
			} {
				before := len(calls)
				call()
				if len(calls) != before+1 {
					t.Fatalf("%v: %d calls are told of, want 1: %+v", isa, len(calls)-before, calls[before:])
				}
			}
			if slices.ContainsFunc(x, func(v float32) bool { return v != 3 }) || slices.Max(winners) > 0 {
				t.Errorf("%v: the recorder computes", isa)
			}
			c := calls[0]
			if c.Kernel != "MatMulNT" || c.ISA != isa || c.Threads != threads || c.Shape != "128×128, K 128" || c.FLOPs != 2<<21 {
				t.Errorf("%v, %d threads: %+v", isa, threads, c)
			}
			if len(c.Fused) != 2 || c.Fused[0].Kernel != "bias" || c.Fused[1].Kernel != "Tanh" {
				t.Errorf("%v: fused is %+v", isa, c.Fused)
			}
		}
	}
}

// TestNilKernelsArePortable: where a table has no entry, portable code runs, which is told, and the bits
// are the same.
func TestNilKernelsArePortable(t *testing.T) {
	isa := Available()[0]
	if elementwiseSets[isa] == nil {
		t.Skip("there is no assembly")
	}
	x := []float32{-2, -1, 0, 1, 2}
	want := make([]float32, len(x))
	Tanh(New(Portable, 1), want, x)
	whole := elementwiseSets[isa]
	defer func() { elementwiseSets[isa] = whole }()
	without := *whole
	without.unary[opTanh] = nil
	without.binary[opReLUGrad] = nil
	without.leakyReLU = nil
	elementwiseSets[isa] = &without

	var calls []Call
	e := Recorder(isa, 1, func(c Call) { calls = append(calls, c) })
	Tanh(e, x, x)
	ReLUGrad(e, x, x, x)
	LeakyReLU(e, x, x, 1)
	ReLU(e, x, x)
	for i, want := range []ISA{Portable, Portable, Portable, isa} {
		if calls[i].ISA != want {
			t.Errorf("%s runs on %v, want %v", calls[i].Kernel, calls[i].ISA, want)
		}
	}
	got := make([]float32, len(x))
	Tanh(New(isa, 1), got, x)
	sameBits(t, "tanh", got, want)
}
