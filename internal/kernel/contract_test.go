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
		"ELU":           func(x, _ T) T { return canon.Flush(positive(x, 1.25*x, 1.25*1.5*canon.Expm1(x))) },
		"ELUGrad":       func(dy, y T) T { return canon.Flush(dy * positive(y, 1.25, y+1.25*1.5)) },
		"Add":           func(a, b T) T { return canon.Flush(a + b) },
		"Scale":         func(x, _ T) T { return canon.Flush(x * 0.7) },
		"Clamp":         func(x, _ T) T { return positive(x-1.5, 1.5, positive(-1.5-x, -1.5, x)) },
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

// lanes is a sum in the shape of rule 6: so many lanes, then the first half of them with the second, and
// the first half of that.
func lanes[S Float](count, n int, addTo func(lane S, i int) S) S {
	l := make([]S, count)
	for i := range n {
		l[i%count] = addTo(l[i%count], i)
	}
	for ; len(l) > 1; l = l[:len(l)/2] {
		for i := range len(l) / 2 {
			l[i] += l[i+len(l)/2]
		}
	}
	return l[0]
}

// sums is rule 6's sums of x − pivot and of its squares.
func sums[T Float](x []T, pivot T) (sum, squares float64) {
	for ; len(x) > 0; x = x[min(len(x), 4096):] {
		chunk := x[:min(len(x), 4096)]
		s := lanes(32, len(chunk), func(lane T, i int) T { return lane + (chunk[i] - pivot) })
		q := lanes(32, len(chunk), func(lane T, i int) T { d := chunk[i] - pivot; return canon.FMA(d, d, lane) })
		if q >= 0x1p-100 && !math.IsInf(float64(q), 0) {
			sum, squares = sum+float64(s), squares+float64(q)
			continue
		}
		d := func(i int) float64 { return float64(chunk[i]) - float64(pivot) }
		sum += lanes(16, len(chunk), func(lane float64, i int) float64 { return lane + d(i) })
		squares += lanes(16, len(chunk), func(lane float64, i int) float64 { return canon.FMA(d(i), d(i), lane) })
	}
	return sum, squares
}

func moments[T Float](x []T) (mean, squares float64) {
	pivot, n := x[0], float64(len(x))
	if math.IsInf(float64(pivot), 0) || pivot != pivot {
		pivot = 0
	}
	sum, all := sums(x, pivot)
	if all-float64(sum*(sum/n)) < all/4 {
		pivot = T(float64(pivot) + sum/n)
		sum, all = sums(x, pivot)
	}
	return float64(pivot) + sum/n, max(0, all-float64(sum*(sum/n)))
}

// around draws numbers about a middle.
func around[T Float](r *rand.Rand, n int, middle, spread float64) []T {
	x := make([]T, n)
	for i := range x {
		x[i] = T(middle + spread*r.NormFloat64())
	}
	return x
}

func testReductions[T Float](t *testing.T, e *Engine) {
	r := rand.New(rand.NewPCG(9, 10))
	for _, n := range []int{1, 7, 31, 32, 33, 63, 64, 65, 100, 1000, 4096, 4097, 10007} {
		logarithmic := around[T](r, n, 0, 1)
		for i := range logarithmic {
			logarithmic[i] *= T(math.Exp(10 * r.NormFloat64()))
		}
		for name, x := range map[string][]T{
			"of all magnitudes": logarithmic, "ordinary": around[T](r, n, 0, 1), "far from zero": around[T](r, n, 1e3, 1e-2),
			"with small squares": around[T](r, n, 0, 1e-19), "with no squares": around[T](r, n, 0, 1e-30), "with large squares": around[T](r, n, 0, 1e19),
			"subnormal": values[T](r, n, tiny), "extreme": extremes[T](r, n), "equal": around[T](r, n, 3, 0), "zero": make([]T, n),
		} {
			if n > 1 && n%2 == 1 { // the first one is the pivot
				x[0] = T(10)
			}
			what := fmt.Sprintf("%d numbers %s", n, name)
			_, want := sums(x, 0)
			if got := SumSquares(e, x); !equal(got, want) {
				t.Errorf("SumSquares of %s = %x, want %x", what, got, want)
			}
			mean, squares := Moments(e, x)
			wantMean, wantSquares := moments(x)
			if !equal(mean, wantMean) || !equal(squares, wantSquares) {
				t.Errorf("Moments of %s = %x, %x, want %x, %x", what, mean, squares, wantMean, wantSquares)
			}
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
			sum := lanes(16, cols, func(lane T, i int) T { return lane + canon.Exp(x[i]-m) })
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

// TestAssemblyHasTheCoefficientsOfCanon: the constants of the generator and of NEON's kernels are those of
// package canon for float32 (rule 7). Results alone would not tell: few of them depend on a high coefficient's last bit.
func TestAssemblyHasTheCoefficientsOfCanon(t *testing.T) {
	definition := regexp.MustCompile(`(?m)^\s(\w+)\s*[:=]\s*(?:\[\])*(?:float32)?[({]?([-{0-9][^)\n]*?)[)}]?,?$`)
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
