package gradcheck

import (
	"context"
	"flag"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"gradlab/nn"
)

var seeds = flag.Int("seeds", 1, "how many seeds each fault is planted under")

// TestMutations plants every fault into the layers that train, in float64 and in float32, and wants each one found.
// Each must first be one: under it, loss, gradients or update differ from the right ones. docs/gradcheck.md has the table:
//
//	go test ./gradcheck -run Mutations -seeds 10 -v
func TestMutations(t *testing.T) {
	all, on := faults(), networks()
	var table strings.Builder
	fmt.Fprintf(&table, "%-58s %-10s %-28s %-28s %s\n", "fault", "size", "float64: killed by", "float32: killed by", "plain mode")
	var planted, plain, named int
	killed := [2]int{}
	for _, f := range all {
		for seed := range uint64(*seeds) {
			s := on[f.on]
			planted++
			size := difference(t, s, f, seed)
			if !(size > 2e-8) {
				t.Errorf("%s, seed %d: what is computed is off by %.2g, which is no fault", f.name, seed, size)
			}
			o := Options{Seed: seed, Threads: 1, ISA: "none"}
			o.fault64 = func(p *nn.Plan[float64]) network[float64] { return plant(p, &f, s.Smoothing) }
			double := untilFound(t, s, o)
			textbook := &Report{}
			if testing.Verbose() { // it is no failure of the checker where the textbook's procedure finds nothing
				o.Mode = Plain
				textbook = check(t, s, o)
			}
			o = Options{Seed: seed, Threads: 1, PerTensor: 1}
			o.fault32 = func(p *nn.Plan[float32]) network[float32] { return plant(p, &f, s.Smoothing) }
			single := untilFound(t, s, o)
			by64, by32 := killer(double), killer32(single)
			for i, by := range []string{by64, by32} {
				if by == "" {
					t.Errorf("%s, seed %d: not found in float%d: %s", f.name, seed, 64>>i, []*Report{double, single}[i].Reason)
				} else {
					killed[i]++
				}
			}
			if f.at != "" {
				if double.Suspect != f.at {
					t.Errorf("%s, seed %d: %q is suspected, but the fault lies in %q", f.name, seed, double.Suspect, f.at)
				} else {
					named++
				}
			}
			found := "–"
			if textbook.Verdict == Fail {
				plain++
				found = "killed"
			}
			if seed == 0 {
				fmt.Fprintf(&table, "%-58s %-10.2g %-28s %-28s %s\n", f.name, size, by64, by32, found)
			}
		}
	}
	placed := 0
	for _, f := range all {
		if f.at != "" {
			placed += *seeds
		}
	}
	t.Logf("\n%s%d faults, %d times planted: float64 kills %d, float32 %d of %d; the plain mode %d; the right layer named %d times of %d",
		table.String(), len(all), planted, killed[0], killed[1], planted, plain, named, placed)
}

// TestRewrittenLayersAreRight: what recomputes a layer's gradient for the faults gives the right one, when it slips
// nowhere. So a fault is that one slip.
func TestRewrittenLayersAreRight(t *testing.T) {
	slope := func(f func(x, y float64) float64) func(*site) { return sloped(f) }
	logistic := func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
	elu := func(alpha, scale float64) func(*site) {
		return slope(func(x, _ float64) float64 { return when(x > 0, scale) + when(x <= 0, scale*alpha*math.Exp(x)) })
	}
	for _, f := range []fault{
		{on: "linear", at: "loss", back: softmax(func(hard, _ float64) float64 { return hard })},
		{on: "smoothed", at: "loss", back: softmax(func(hard, smoothing float64) float64 { return hard*(1-smoothing) + smoothing/4 })},
		{on: "linear", at: "linear2", back: func(s *site) { outer(s, s.x, s.n); product(s, exact) }},
		{on: "conv", at: "conv2", back: convInput(convSlips{})},
		{on: "conv", at: "conv2", back: convWeights(convSlips{})},
		{on: "maxpool", at: "maxpool1", back: maxPool(func(tap, winner, _ int) bool { return tap == winner })},
		{on: "avgpool", at: "avgpool1", back: avgPool(func(int) float64 { return 1. / 9 }, false)},
		{on: "batchnorm", at: "batchnorm1", back: normalised("batchnorm", normSlips{})},
		{on: "layernorm", at: "layernorm1", back: normalised("layernorm", normSlips{})},
		{on: "dropout", at: "dropout1", back: masked(func(kept bool) float64 { return when(kept, 65536/(65536-math.Round(65536*plantedNoise.Rate))) })},
		{on: "tanh", at: "tanh1", back: slope(func(_, y float64) float64 { return 1 - y*y })},
		{on: "sigmoid", at: "sigmoid1", back: slope(func(_, y float64) float64 { return y * (1 - y) })},
		{on: "scaled-sigmoid", at: "scaled-sigmoid1", back: slope(func(_, y float64) float64 { return (1 - y*y) / 2 })},
		{on: "relu", at: "relu1", back: slope(func(x, _ float64) float64 { return when(x > 0, 1) })},
		{on: "leaky-relu", at: "leaky-relu1", back: slope(func(x, _ float64) float64 { return 0.2 + when(x > 0, 0.8) })},
		{on: "gelu", at: "gelu1", back: slope(func(x, _ float64) float64 {
			return math.Erfc(-x/math.Sqrt2)/2 + x*math.Exp(-x*x/2)/math.Sqrt(2*math.Pi)
		})},
		{on: "silu", at: "silu1", back: slope(func(x, _ float64) float64 { return logistic(x) * (1 + x*(1-logistic(x))) })},
		{on: "elu", at: "elu1", back: elu(1, 1)},
		{on: "selu", at: "selu1", back: elu(1.6732632423543772848, 1.0507009873554804934)},
		{on: "conv"}, // the wrapper by itself
	} {
		s := networks()[f.on]
		if size := difference(t, s, f, 3); !(size < 1e-11) {
			t.Errorf("%s of %s without a slip is off by %.2g", f.at, f.on, size)
		}
		o := Options{Seed: 3, Threads: 1, PerTensor: 8, Saturate: -1, ISA: "portable"}
		o.fault64 = func(p *nn.Plan[float64]) network[float64] { return plant(p, &f, s.Smoothing) }
		o.fault32 = func(p *nn.Plan[float32]) network[float32] { return plant(p, &f, s.Smoothing) }
		if r := check(t, s, o); r.Verdict != Pass {
			t.Errorf("%s of %s without a slip: %s: %s", f.at, f.on, r.Verdict, r.Reason)
		}
	}
}

func check(t *testing.T, s Subject, o Options) *Report {
	t.Helper()
	r, err := Model(context.Background(), s, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// untilFound looks once, and at the later times, too, where that finds nothing.
func untilFound(t *testing.T, s Subject, o Options) *Report {
	t.Helper()
	once := o
	once.Steps, once.Saturate = -1, -1
	if r := check(t, s, once); r.Verdict == Fail {
		return r
	}
	return check(t, s, o)
}

// killer tells what finds a fault in float64: the first tensor of the first look that fails.
func killer(r *Report) string {
	for _, l := range r.Looks {
		if l.Verdict != Fail {
			continue
		}
		for _, t := range l.Tensors {
			if t.Verdict == Fail {
				return t.Name + later(r, l)
			}
		}
		for _, d := range l.Directions {
			if d.Verdict == Fail {
				return d.Tensor + ", a direction" + later(r, l)
			}
		}
		return "the value of the loss" + later(r, l)
	}
	return ""
}

// killer32 tells what finds it in float32; "" where one of the instruction sets does not.
func killer32(r *Report) string {
	found := map[string]string{}
	for _, l := range r.Looks {
		for _, s := range l.Single {
			if s.Verdict == Fail && found[s.ISA] == "" {
				found[s.ISA] = s.Worst + later(r, l)
			}
		}
	}
	by := ""
	for _, s := range r.Looks[0].Single {
		if by = found[s.ISA]; by == "" {
			return ""
		}
	}
	return by
}

// later says which look it was, when it was not the first.
func later(r *Report, l Look) string {
	if l.When == r.Looks[0].When {
		return ""
	}
	before, _, _ := strings.Cut(l.When, " of ")
	before, _, _ = strings.Cut(before, " (")
	return ", " + before
}

// difference is how far loss, gradients and update of a network with a fault are from those of the network, at most:
// by the norm of the difference over that of the right ones. It looks, as the checker does, at initialisation, after
// training, and with larger weights, twice each.
func difference(t *testing.T, s Subject, f fault, seed uint64) float64 {
	t.Helper()
	samples, err := s.UsualSamples()
	if err == nil {
		err = s.fill(samples, seed)
	}
	if err != nil {
		t.Fatal(err)
	}
	right, err := compile[float64](&s, samples, seed, nil)
	if err != nil {
		t.Fatal(err)
	}
	copied, err := compile[float64](&s, samples, seed, nil)
	if err != nil {
		t.Fatal(err)
	}
	wrong := plant(copied, &f, s.Smoothing)
	all := func(net network[float64]) [][]float64 {
		net.Forward(s.X, samples)
		out := [][]float64{{net.Loss(s.Labels, samples)}}
		net.Backward(samples)
		out = append(out, slices.Clone(net.Gradient(0, samples)))
		for _, q := range net.Params() {
			out = append(out, slices.Clone(q.Grad))
		}
		return append(out, steps(net, s.X, s.Labels, s.Rule)...)
	}
	largest := 0.0
	for look := range 3 { // relative to each tensor, but for those that are nothing beside the others
		switch look {
		case 1:
			rule := s.Rule
			rule.Rate = 0.05
			for range 20 {
				right.Forward(s.X, samples)
				right.Loss(s.Labels, samples)
				right.BackwardUpdate(samples, rule, false)
			}
		case 2:
			for _, q := range right.Params() {
				for i := range q.Data {
					q.Data[i] *= 3
				}
			}
		}
		for k, q := range wrong.Params() {
			copy(q.Data, right.Params()[k].Data)
		}
		for range 2 {
			a, b := all(right), all(wrong)
			most := 0.0
			for _, x := range a {
				most = max(most, norm(x))
			}
			for k := range a {
				off := make([]float64, len(a[k]))
				for i := range off {
					off[i] = a[k][i] - b[k][i]
				}
				largest = max(largest, norm(off)/max(norm(a[k]), 1e-3*most))
			}
		}
	}
	return largest
}
