package gradcheck

import (
	"cmp"
	"math"
	"slices"

	"gradlab/optim"
)

// faults are the mistakes that the checker must find, each at a layer of one of the networks.
func faults() []fault {
	return slices.Concat(lossFaults, linearFaults, convFaults, poolFaults, normFaults, dropoutFaults, activationFaults, blockFaults, wholeFaults, updateFaults)
}

// scaled multiplies by what it finds at the site.
func scaled(x func(s *site) []float64, factor func(s *site) float64) func(*site) {
	return func(s *site) {
		f := factor(s)
		for i := range x(s) {
			x(s)[i] *= f
		}
	}
}

func dx(s *site) []float64 { return s.dx }
func dw(s *site) []float64 { return s.dw }
func db(s *site) []float64 { return s.db }

func times(f float64) func(*site) float64 { return func(*site) float64 { return f } }

var lossFaults = []fault{
	{name: "missing 1/N", on: "linear", at: "loss", back: scaled(dx, func(s *site) float64 { return float64(s.n) })},
	{name: "summed over the samples, the value too", on: "linear", at: "loss",
		value: func(loss float64, n int) float64 { return loss * float64(n) },
		back:  scaled(dx, func(s *site) float64 { return float64(s.n) })},
	{name: "the value of the loss off by 1e-4", on: "linear", at: "loss", value: func(loss float64, _ int) float64 { return loss * (1 + 1e-4) }},
	{name: "a short batch divided by the full batch", on: "linear", at: "loss", larger: true,
		back: scaled(dx, func(s *site) float64 { return float64(s.n) / float64(s.batch) })},
	{name: "the mean over the classes, too", on: "linear", at: "loss", back: scaled(dx, func(s *site) float64 { return 1 / float64(s.in.Size()) })},
	{name: "target minus softmax", on: "linear", at: "loss", back: scaled(dx, times(-1))},
	{name: "softmax without subtraction of the target", on: "linear", at: "loss", back: softmax(func(_, _ float64) float64 { return 0 })},
	{name: "label smoothing ignored", on: "smoothed", at: "loss", back: softmax(func(hard, _ float64) float64 { return hard })},
	{name: "smoothed over the other classes only", on: "smoothed", at: "loss", back: softmax(func(hard, smoothing float64) float64 {
		return hard*(1-smoothing) + (1-hard)*smoothing/3
	})},
}

// softmax is the gradient of the mean cross-entropy for targets that are made of the hard ones, 1 at the label.
func softmax(target func(hard, smoothing float64) float64) func(*site) {
	smoothing := networks()["smoothed"].Smoothing
	return func(s *site) {
		classes := s.in.Size()
		for k := range s.n {
			z := s.x[k*classes:][:classes]
			largest, sum := slices.Max(z), 0.0
			for _, v := range z {
				sum += math.Exp(v - largest)
			}
			for c, v := range z {
				hard := 0.0
				if c == int(s.labels[k]) {
					hard = 1
				}
				s.dx[k*classes+c] = (math.Exp(v-largest)/sum - target(hard, smoothing)) / float64(s.n)
			}
		}
	}
}

var linearFaults = []fault{
	{name: "transposed weight in the input's gradient", on: "linear", at: "linear2", back: func(s *site) {
		size := s.in.Size() // as many as outputs
		for k := range s.n {
			for i := range size {
				sum := 0.0
				for o := range size {
					sum += s.dy[k*size+o] * s.w[i*size+o]
				}
				s.dx[k*size+i] = sum
			}
		}
	}},
	{name: "transposed weight gradient", on: "linear", at: "linear2", back: func(s *site) {
		size, old := s.in.Size(), slices.Clone(s.dw)
		for i := range size {
			for o := range size {
				s.dw[o*size+i] = old[i*size+o]
			}
		}
	}},
	{name: "dropped bias gradient", on: "linear", at: "linear1", back: func(s *site) { clear(s.db) }},
	{name: "bias gradient of one sample only", on: "linear", at: "linear2", back: func(s *site) { copy(s.db, s.dy) }},
	{name: "weight gradient without the last sample", on: "linear", at: "linear2", back: func(s *site) { outer(s, s.x, s.n-1) }},
	{name: "a stale activation", on: "linear", at: "linear2", back: func(s *site) {
		if s.stale != nil {
			outer(s, s.stale, s.n)
		}
	}},
	{name: "half the precision in the input's gradient", on: "large", at: "linear1", back: func(s *site) { product(s, s.half) }},
}

// outer is the gradient Σ dy·xᵀ of a linear layer's weights, over some of the samples.
func outer(s *site, x []float64, n int) {
	in, out := s.in.Size(), s.out.Size()
	for o := range out {
		for i := range in {
			sum := 0.0
			for k := range n {
				sum += s.dy[k*out+o] * x[k*in+i]
			}
			s.dw[o*in+i] = sum
		}
	}
}

// product is the gradient dy·W of a linear layer's input, where every operation is rounded.
func product(s *site, round func(float64) float64) {
	in, out := s.in.Size(), s.out.Size()
	for k := range s.n {
		for i := range in {
			sum := 0.0
			for o := range out {
				sum = round(sum + round(s.dy[k*out+o]*s.w[o*in+i]))
			}
			s.dx[k*in+i] = sum
		}
	}
}

var dropoutFaults = []fault{
	{name: "dropout's scale missing on the way back", on: "dropout", at: "dropout1", back: masked(func(kept bool) float64 { return when(kept, 1) })},
	{name: "dropout's scale 1/p for 1/(1−p)", on: "dropout", at: "dropout1", back: masked(func(kept bool) float64 { return when(kept, 1/plantedNoise.Rate) })},
	{name: "dropout's mask inverted on the way back", on: "dropout", at: "dropout1", back: masked(func(kept bool) float64 { return when(!kept, 1/(1-plantedNoise.Rate)) })},
	{name: "no mask on the way back", on: "dropout", at: "dropout1", back: masked(func(bool) float64 { return 1 })},
	{name: "dropout's scale squared", on: "dropout", at: "dropout1", back: scaled(dx, times(1/(1-plantedNoise.Rate)))},
	{name: "another sample's mask on the way back", on: "dropout", at: "dropout1", back: func(s *site) {
		size := s.in.Size()
		for i := range s.dx {
			s.dx[i] = s.dy[i] * when(s.y[(i+size)%len(s.y)] != 0, 1/(1-plantedNoise.Rate))
		}
	}},
}

// masked multiplies gradients by a factor that goes by whether an element was kept.
func masked(factor func(kept bool) float64) func(*site) {
	return func(s *site) {
		for i := range s.dx {
			s.dx[i] = s.dy[i] * factor(s.y[i] != 0)
		}
	}
}

// when is v where it holds, and otherwise 0.
func when(holds bool, v float64) float64 {
	if holds {
		return v
	}
	return 0
}

var blockFaults = []fault{
	{name: "a residual sum's gradient dropped on the skip", on: "residual", at: "linear2", back: func(s *site) { product(s, exact) }},
	{name: "a residual sum's gradient dropped on the branch", on: "residual", at: "tanh1", back: scaled(dx, times(0))},
	{name: "a residual sum's gradient halved on both arms", on: "residual", at: "linear3", back: scaled(dx, times(0.5))},
	{name: "a projection's input gradient dropped", on: "projection", at: "linear2", back: func(s *site) { product(s, exact) }},
	{name: "a projection's weight gradient dropped", on: "projection", at: "projection1", back: scaled(dw, times(0))},
}

func exact(v float64) float64 { return v }

// wholeFaults spoil the gradients of all parameters.
var wholeFaults = []fault{
	{name: "gradients accumulated over steps", on: "conv", grads: kept(1)},
	{name: "momentum for the gradient", on: "conv", grads: kept(0.9)},
	{name: "gradients clipped in secret, by value", on: "conv", grads: func(grads [][]float64, _ *stateful) {
		for _, g := range grads {
			for i, v := range g {
				g[i] = max(-0.05, min(0.05, v))
			}
		}
	}},
	{name: "gradients clipped in secret, by norm", on: "conv", grads: func(grads [][]float64, _ *stateful) {
		size := norm(slices.Concat(grads...))
		for _, g := range grads {
			for i := range g {
				g[i] *= min(1, 0.1/size)
			}
		}
	}},
	{name: "one entry of 4800 off by a hundredth", on: "large", at: "linear1", back: func(s *site) {
		order := make([]int, len(s.dw)) // the entry in the middle, by size
		for i := range order {
			order[i] = i
		}
		slices.SortFunc(order, func(a, b int) int { return cmp.Compare(math.Abs(s.dw[a]), math.Abs(s.dw[b])) })
		s.dw[order[len(order)/2]] *= 1.01
	}},
	{name: "off by 1e-3 everywhere", on: "conv", at: "loss", back: scaled(dx, times(1+1e-3))},
	{name: "off by 1e-5 everywhere", on: "linear", at: "loss", back: scaled(dx, times(1+1e-5))},
	{name: "off by ±1e-5, entry by entry", on: "linear", grads: func(grads [][]float64, _ *stateful) {
		for _, g := range grads {
			for i := range g {
				g[i] *= 1 + 1e-5*float64(1-2*(i%2))
			}
		}
	}},
}

// kept adds to each gradient a share of what it was the step before.
func kept(share float64) func([][]float64, *stateful) {
	return func(grads [][]float64, s *stateful) {
		for k, g := range grads {
			if k < len(s.sums) {
				for i := range g {
					g[i] += share * s.sums[k][i]
				}
			}
		}
		s.sums = nil
		for _, g := range grads {
			s.sums = append(s.sums, slices.Clone(g))
		}
	}
}

// updateFaults are mistakes in what moves the weights, beside gradients that are right.
var updateFaults = []fault{
	{name: "weight decay twice", on: "weight decay", rule: func(r *optim.SGD) { r.WeightDecay *= 2 }},
	{name: "weight decay dropped", on: "weight decay", rule: func(r *optim.SGD) { r.WeightDecay = 0 }},
	{name: "L1 on the wrong sign", on: "L1", rule: func(r *optim.SGD) { r.Penalty.L1 *= -1 }},
	{name: "L2 on the wrong sign", on: "L2", rule: func(r *optim.SGD) { r.Penalty.L2 *= -1 }},
	{name: "L1 as L2", on: "L1", rule: func(r *optim.SGD) { r.Penalty.L1, r.Penalty.L2 = 0, r.Penalty.L1 }},
	{name: "L2 without its factor 2", on: "L2", rule: func(r *optim.SGD) { r.Penalty.L2 /= 2 }},
	{name: "biases penalised", on: "L1", rule: func(r *optim.SGD) { r.Penalty.Biases = true }},
	{name: "biases not penalised", on: "elastic net", rule: func(r *optim.SGD) { r.Penalty.Biases = false }},
	{name: "weights of normalisations penalised", on: "L2", rule: func(r *optim.SGD) { r.Penalty.Norms = true }},
	{name: "weights of normalisations not penalised", on: "elastic net", rule: func(r *optim.SGD) { r.Penalty.Norms = false }},
}
