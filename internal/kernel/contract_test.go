package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"regexp"
	"strings"
	"testing"

	"gradlab/internal/canon"
)

// The rules of the contract (doc.go) for all that is no product and no pooling, each stated once
// more as a plain loop and compared bit by bit on every instruction set. Products and pooling have
// theirs in product_test.go and pool_test.go, the functions of package canon there.

// onEvery runs f with an engine of every instruction set, in both element types.
func onEvery(t *testing.T, single, double func(t *testing.T, e *Engine)) {
	for _, isa := range Available() {
		t.Run("float32/"+isa.String(), func(t *testing.T) { single(t, New(isa, 1)) })
	}
	t.Run("float64", func(t *testing.T) { double(t, New(Portable, 1)) })
}

// extremes draws n numbers of all kinds, many of them at the ends of T's range.
func extremes[T Float](r *rand.Rand, n int) []T {
	x := make([]T, n)
	for i, v := range inputs(r, n, true) {
		x[i] = T(v)
		if r.IntN(8) == 0 {
			x[i] = values[T](r, 1, tiny)[0]
		}
	}
	return x
}

// TestElementwiseFollowsTheContract: rules 4, 7, 8 and 11. Every result but Exp's is flushed.
func TestElementwiseFollowsTheContract(t *testing.T) {
	onEvery(t, testElementwise[float32], testElementwise[float64])
}

func testElementwise[T Float](t *testing.T, e *Engine) {
	const slope = 0.01
	positive := func(x, then, otherwise T) T {
		if x > 0 {
			return then
		}
		return otherwise
	}
	// From the first input x (a gradient's dy) and the second y (the gradient's x, or its y).
	rules := map[string]func(x, y T) T{
		"Exp":           func(x, _ T) T { return canon.Exp(x) },
		"Tanh":          func(x, _ T) T { return canon.Flush(canon.Tanh(x)) },
		"ScaledSigmoid": func(x, _ T) T { return canon.Flush(canon.TanhHalf(x)) },
		"Sigmoid":       func(x, _ T) T { return canon.Flush(canon.Sigmoid(x)) },
		"GELU":          func(x, _ T) T { return canon.Flush(x * canon.NormCDF(x)) },
		"SiLU":          func(x, _ T) T { return canon.Flush(x * canon.Sigmoid(x)) },
		"ReLU": func(x, _ T) T {
			if x != x {
				return x
			}
			return canon.Flush(positive(x, x, 0))
		},
		"LeakyReLU":         func(x, _ T) T { return canon.Flush(positive(x, x, slope*x)) },
		"TanhGrad":          func(dy, y T) T { return canon.Flush(dy * canon.FMA(-y, y, 1)) },
		"ScaledSigmoidGrad": func(dy, y T) T { return canon.Flush(dy * (canon.FMA(-y, y, 1) / 2)) },
		"SigmoidGrad":       func(dy, y T) T { return canon.Flush((dy * y) * (1 - y)) },
		"GELUGrad":          func(dy, x T) T { return canon.Flush(dy * canon.GELUSlope(x)) },
		"SiLUGrad": func(dy, x T) T {
			s := canon.Sigmoid(x)
			return canon.Flush(dy * (s * canon.FMA(x, 1-s, 1)))
		},
		"ReLUGrad": func(dy, y T) T {
			if y <= 0 {
				return 0
			}
			return canon.Flush(dy)
		},
		"LeakyReLUGrad": func(dy, x T) T { return canon.Flush(positive(x, dy, slope*dy)) },
	}
	r := rand.New(rand.NewPCG(19, 20))
	for _, k := range elementKernels[T]() {
		rule, ok := rules[k.name]
		if !ok {
			if !strings.HasPrefix(k.name, "SGD") { // which has a test of its own
				t.Errorf("no rule for %s", k.name)
			}
			continue
		}
		for _, n := range []int{1, 17, 20000} {
			in := [3][]T{extremes[T](r, n), extremes[T](r, n)}
			got, want := make([]T, n), make([]T, n)
			for i := range want {
				want[i] = rule(in[0][i], in[1][i])
			}
			k.run(e, [2][]T{got}, in)
			sameBits(t, k.name, got, want)
		}
	}
}

// TestReductionsFollowTheContract: rules 5 and 6. The numbers' magnitudes differ so much that any
// other order rounds differently.
func TestReductionsFollowTheContract(t *testing.T) {
	onEvery(t, testReductions[float32], testReductions[float64])
}

// lanes16 is rule 6: sixteen lanes, then i and i+8, i+4, i+2, i+1.
func lanes16[S Float](n int, addTo func(lane S, i int) S) S {
	var l [16]S
	for i := range n {
		l[i%16] = addTo(l[i%16], i)
	}
	eight := func(i int) S { return l[i] + l[i+8] }
	four := func(i int) S { return eight(i) + eight(i+4) }
	two := func(i int) S { return four(i) + four(i+2) }
	return two(0) + two(1)
}

func testReductions[T Float](t *testing.T, e *Engine) {
	r := rand.New(rand.NewPCG(9, 10))
	for _, n := range []int{0, 1, 7, 15, 16, 17, 31, 33, 100, 1000} {
		x := make([]T, n)
		for i := range x {
			x[i] = T(r.NormFloat64() * math.Exp(10*r.NormFloat64()))
		}
		want := lanes16(n, func(lane float64, i int) float64 { return lane + float64(x[i]) })
		if got := Sum(e, x); !equal(got, want) {
			t.Errorf("Sum of %d = %x, want %x", n, got, want)
		}
		want = lanes16(n, func(lane float64, i int) float64 { return canon.FMA(float64(x[i]), float64(x[i]), lane) })
		if got := SumSquares(e, x); !equal(got, want) {
			t.Errorf("SumSquares of %d = %x, want %x", n, got, want)
		}
	}
	for _, kind := range []kind{ordinary, wild, tiny} { // tiny: the sums pass through subnormals
		for _, cols := range []int{1, 17, 130} {
			const rows = 50
			x, got, want := values[T](r, rows*cols, kind), values[T](r, cols, wild), make([]T, cols)
			for i := range x {
				want[i%cols] += x[i]
			}
			for c := range want {
				want[c] = canon.Flush(want[c])
			}
			ColSum(e, got, x, rows, cols)
			sameBits(t, fmt.Sprintf("ColSum of %d columns, %v", cols, kind), got, want)
		}
	}
}

// TestSoftmaxFollowsTheContract: rules 6, 8 and 9.
func TestSoftmaxFollowsTheContract(t *testing.T) {
	onEvery(t, testSoftmax[float32], testSoftmax[float64])
}

func testSoftmax[T Float](t *testing.T, e *Engine) {
	const scale = 0.2
	r := rand.New(rand.NewPCG(21, 22))
	for round := range 300 {
		rows, cols := 3, []int{1, 2, 10, 16, 33, 100}[round%6]
		x, labels := make([]T, rows*cols), make([]int32, rows)
		spread := []float64{1, 5, -float64(minExponent[T]()) / 3}[round/6%3] // the last: exponentials that underflow
		for i := range x {
			x[i] = T(spread * r.NormFloat64())
		}
		if round%10 == 0 {
			x = extremes[T](r, len(x))
		}
		var losses, grad []T
		for row := range rows {
			labels[row] = int32(r.IntN(cols))
			x, label := x[row*cols:][:cols], int(labels[row])
			m := T(math.Inf(-1))
			for _, v := range x {
				m = max(m, v) // NaN where one is NaN
			}
			sum := lanes16(cols, func(lane T, i int) T { return lane + canon.Exp(x[i]-m) })
			losses = append(losses, canon.Log(sum)-(x[label]-m))
			for i, v := range x {
				p := canon.Exp(v-m) / sum
				if i == label {
					p -= 1
				}
				grad = append(grad, canon.Flush(p*scale))
			}
		}
		got, gotGrad := make([]T, rows), make([]T, len(x))
		SoftmaxCrossEntropy(e, gotGrad, x, labels, got, rows, cols, scale)
		sameBits(t, "loss", got, losses)
		sameBits(t, "dlogits", gotGrad, grad)
	}
}

// TestSGDFollowsTheContract: rules 8 and 12.
func TestSGDFollowsTheContract(t *testing.T) {
	onEvery(t, testSGD[float32], testSGD[float64])
}

func testSGD[T Float](t *testing.T, e *Engine) {
	const n = 4099
	r := rand.New(rand.NewPCG(23, 24))
	for _, c := range []SGDCoefficients[T]{
		{Rate: 0.1}, {Rate: 0.1, Nesterov: true}, {Rate: 0.1, WeightDecay: 0.01},
		{Rate: 0.1, Momentum: 0.9}, {Rate: 0.1, Momentum: 0.9, WeightDecay: 0.01},
		{Rate: 0.1, Momentum: 0.9, Nesterov: true}, {Rate: 0.1, Momentum: 0.9, Nesterov: true, WeightDecay: 0.01},
	} {
		for _, draw := range []func() []T{
			func() []T { return values[T](r, n, ordinary) },
			func() []T { return values[T](r, n, tiny) },
			func() []T { return extremes[T](r, n) },
		} {
			w, g, v := draw(), draw(), draw()
			wantW, wantV := make([]T, n), make([]T, n)
			for i := range w {
				d := g[i]
				if c.WeightDecay != 0 {
					d = canon.FMA(c.WeightDecay, w[i], g[i])
				}
				wantV[i] = v[i]
				if c.Momentum != 0 {
					wantV[i] = canon.Flush(canon.FMA(c.Momentum, v[i], d))
					if c.Nesterov {
						d = canon.FMA(c.Momentum, wantV[i], d)
					} else {
						d = wantV[i]
					}
				}
				wantW[i] = canon.Flush(canon.FMA(-c.Rate, d, w[i]))
			}
			SGDUpdate(e, w, g, v, c)
			sameBits(t, fmt.Sprintf("%+v: w", c), w, wantW)
			sameBits(t, fmt.Sprintf("%+v: v", c), v, wantV)
		}
	}
}

// TestAssemblyHasTheCoefficientsOfCanon: the constants of the generator and of NEON's kernels are those of
// package canon for float32 (rule 7). Results alone would not tell: few of them depend on a high coefficient's last bit.
func TestAssemblyHasTheCoefficientsOfCanon(t *testing.T) {
	definition := regexp.MustCompile(`(?m)^\s(\w+)\s*[:=]\s*(?:\[\]float32|float32)?[({]?([-0-9][^)}\n]*?)[)}]?,?$`)
	read := func(path, from, to string) map[string]string {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		_, after, _ := strings.Cut(string(text), from)
		block, _, _ := strings.Cut(after, to)
		numbers := map[string]string{}
		for _, m := range definition.FindAllStringSubmatch(block, -1) {
			numbers[m[1]] = m[2]
		}
		return numbers
	}
	want := read("../canon/coefficients.go", "coefficients[float32]{", "\n}")
	for _, path := range []string{"asm/coefficients.go", "coefficients_arm64.go"} {
		got := read(path, "var (", "\n)")
		if len(want) < 20 || len(got) != len(want) {
			t.Fatalf("%d coefficients in %s, %d in package canon", len(got), path, len(want))
		}
		for name, v := range want {
			if got[name] != v {
				t.Errorf("%s has %s = %s, package canon %s", path, name, got[name], v)
			}
		}
	}
}
