package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gradlab/internal/canon"
)

// columnTotals is rule 15: the sums down the columns of a matrix, element i of which addTo adds to a lane.
func columnTotals[T Float](rows, cols int, addTo func(lane T, i int) T) []float64 {
	width := cols
	for cols < 64 && (width < 64 || width%16 != 0) {
		width *= 2
	}
	n, chunk := rows*cols, 32*width
	chunks := (n + chunk - 1) / chunk
	var runs [16][]float64
	for s := range runs {
		runs[s] = make([]float64, cols)
		for k := chunks * s / 16; k < chunks*(s+1)/16; k++ {
			lanes := make([]T, width)
			for i := k * chunk; i < min(n, (k+1)*chunk); i++ {
				lanes[i%width] = addTo(lanes[i%width], i)
			}
			for ; len(lanes) > cols; lanes = lanes[:len(lanes)/2] {
				for c := range len(lanes) / 2 {
					lanes[c] = canon.Flush(lanes[c] + lanes[c+len(lanes)/2])
				}
			}
			for c, v := range lanes {
				runs[s][c] += float64(v)
			}
		}
	}
	totals := make([]float64, cols)
	for _, run := range runs {
		for c, v := range run {
			totals[c] += v
		}
	}
	return totals
}

// means divides and rounds.
func means[T Float](totals []float64, n int) []T {
	var m []T
	for _, t := range totals {
		m = append(m, canon.Flush(T(t/float64(n))))
	}
	return m
}

func TestNormalisationFollowsTheContract(t *testing.T) {
	for _, isa := range Available() {
		for _, threads := range []int{1, 2, 3} {
			t.Run(fmt.Sprintf("float32/%v/%d", isa, threads), func(t *testing.T) { testNormalisation[float32](t, New(isa, threads)) })
		}
	}
	t.Run("float64", func(t *testing.T) { testNormalisation[float64](t, New(Portable, 2)) })
}

func testNormalisation[T Float](t *testing.T, e *Engine) {
	r := rand.New(rand.NewPCG(31, 32))
	for _, shape := range [][2]int{{1, 1}, {3, 1}, {100, 3}, {4, 10}, {2000, 6}, {1029, 16}, {31, 17}, {700, 32}, {40, 63}, {35, 64}, {50, 65}, {33, 130}, {2100, 84}, {20000, 7}, {3, 5000}} {
		rows, cols := shape[0], shape[1]
		for _, kind := range []kind{ordinary, wild, tiny} {
			what := fmt.Sprintf("%v %v", shape, kind)
			n := rows * cols
			x, dy := values[T](r, n, kind), values[T](r, n, kind)
			if kind == ordinary {
				dy = extremes[T](r, n)
			}
			gamma, beta := values[T](r, cols, kind), values[T](r, cols, kind)
			testBatchNorm(t, e, what, x, dy, gamma, beta, rows, cols)
			testLayerNorm(t, e, what, x, dy, gamma, beta, rows, cols)
		}
	}
}

func testBatchNorm[T Float](t *testing.T, e *Engine, what string, x, dy, gamma, beta []T, rows, cols int) {
	t.Helper()
	const eps = 1e-5
	n := len(x)
	mean := means[T](columnTotals(rows, cols, func(lane T, i int) T { return lane + x[i] }), rows)
	d := func(i int) T { return x[i] - mean[i%cols] }
	variance := means[T](columnTotals(rows, cols, func(lane T, i int) T { return canon.FMA(d(i), d(i), lane) }), rows)
	inv := make([]T, cols)
	for c, v := range variance {
		inv[c] = 1 / T(math.Sqrt(float64(v+eps)))
	}
	gotMean, gotVariance, gotInv := make([]T, cols), make([]T, cols), make([]T, cols)
	ColMoments(e, gotMean, gotVariance, x, rows, cols)
	InvStd(e, gotInv, gotVariance, eps)
	sameBits(t, what+": mean", gotMean, mean)
	sameBits(t, what+": variance", gotVariance, variance)
	sameBits(t, what+": 1/σ", gotInv, inv)

	y, bare, got := make([]T, n), make([]T, n), make([]T, n)
	for i := range x {
		c := i % cols
		y[i] = canon.Flush(canon.FMA(d(i), inv[c]*gamma[c], beta[c]))
		bare[i] = canon.Flush(d(i) * inv[c])
	}
	Normalize(e, got, x, mean, inv, gamma, beta, rows, cols)
	sameBits(t, what+": Normalize", got, y)
	copy(got, x)
	Normalize(e, got, got, mean, inv, nil, nil, rows, cols)
	sameBits(t, what+": Normalize in place", got, bare)

	sums := columnTotals(rows, cols, func(lane T, i int) T { return lane + dy[i] })
	products := columnTotals(rows, cols, func(lane T, i int) T { return canon.FMA(dy[i], d(i), lane) })
	for c := range products {
		products[c] *= float64(inv[c])
	}
	dx := make([]T, n)
	for i := range x {
		c := i % cols
		slope := inv[c] * T(products[c]/float64(rows))
		dx[i] = canon.Flush(inv[c] * gamma[c] * canon.FMA(-d(i), slope, dy[i]-T(sums[c]/float64(rows))))
	}
	dgamma, dbeta := make([]T, cols), make([]T, cols)
	copy(got, dy)
	NormalizeGrad(e, got, dgamma, dbeta, got, x, mean, inv, gamma, rows, cols)
	sameBits(t, what+": NormalizeGrad in place", got, dx)
	sameBits(t, what+": dgamma", dgamma, means[T](products, 1))
	sameBits(t, what+": dbeta", dbeta, means[T](sums, 1))
	clear(dgamma)
	NormalizeGrad(e, nil, dgamma, dbeta, dy, x, mean, inv, gamma, rows, cols)
	sameBits(t, what+": dgamma alone", dgamma, means[T](products, 1))
}

// rowTotal is rule 6's sum of a vector of n in chunks of 4096.
func rowTotal[T Float](n int, addTo func(lane T, i int) T) float64 {
	total := 0.0
	for k := 0; k < n; k += 4096 {
		total += float64(lanes(32, min(4096, n-k), func(lane T, i int) T { return addTo(lane, k+i) }))
	}
	return total
}

func testLayerNorm[T Float](t *testing.T, e *Engine, what string, x, dy, gamma, beta []T, rows, cols int) {
	t.Helper()
	const eps = 1e-5
	n := len(x)
	mean, inv, y, bare := make([]T, rows), make([]T, rows), make([]T, n), make([]T, n)
	dx, plain := make([]T, n), make([]T, n)
	dgamma, dbeta := make([]T, cols), make([]T, cols)
	for r := range rows {
		x, dy := x[r*cols:][:cols], dy[r*cols:][:cols]
		sum, _ := sums(x, 0)
		mean[r] = canon.Flush(T(sum / float64(cols)))
		_, squares := sums(x, mean[r])
		inv[r] = 1 / T(math.Sqrt(float64(canon.Flush(T(squares/float64(cols)))+eps)))
		normed := func(c int) T { return (x[c] - mean[r]) * inv[r] }
		for _, v := range []struct {
			gamma  func(c int) T
			y, dx  []T
			params bool
		}{
			{func(c int) T { return gamma[c] }, y, dx, true},
			{func(int) T { return 1 }, bare, plain, false},
		} {
			g := func(c int) T { return T(dy[c] * v.gamma(c)) }
			a := T(rowTotal(cols, func(lane T, c int) T { return lane + g(c) }) / float64(cols))
			b := T(rowTotal(cols, func(lane T, c int) T { return canon.FMA(g(c), normed(c), lane) }) / float64(cols))
			for c := range x {
				shift := T(0)
				if v.params {
					shift = beta[c]
				}
				v.y[r*cols+c] = canon.Flush(canon.FMA(normed(c), v.gamma(c), shift))
				v.dx[r*cols+c] = canon.Flush(inv[r] * canon.FMA(-normed(c), b, g(c)-a))
			}
		}
		for c := range x {
			dgamma[c] = canon.FMA(dy[c], normed(c), dgamma[c])
			dbeta[c] += dy[c]
		}
	}
	gotMean, gotInv, got := make([]T, rows), make([]T, rows), make([]T, n)
	copy(got, x)
	LayerNorm(e, got, gotMean, gotInv, got, gamma, beta, eps, rows, cols)
	sameBits(t, what+": LayerNorm's mean", gotMean, mean)
	sameBits(t, what+": LayerNorm's 1/σ", gotInv, inv)
	sameBits(t, what+": LayerNorm", got, y)
	LayerNorm(e, got, gotMean, gotInv, x, nil, nil, eps, rows, cols)
	sameBits(t, what+": LayerNorm without parameters", got, bare)
	copy(got, dy)
	LayerNormGrad(e, got, got, x, mean, inv, gamma, rows, cols)
	sameBits(t, what+": LayerNormGrad", got, dx)
	LayerNormGrad(e, got, dy, x, mean, inv, nil, rows, cols)
	sameBits(t, what+": LayerNormGrad without parameters", got, plain)

	gotGamma, gotBeta := make([]T, cols), make([]T, cols)
	half := rows / 2
	LayerNormParamGrad(e, gotGamma, gotBeta, dy, x, mean, inv, half, cols)
	LayerNormParamGrad(e, gotGamma, gotBeta, dy[half*cols:], x[half*cols:], mean[half:], inv[half:], rows-half, cols)
	sameBits(t, what+": LayerNorm's dgamma", gotGamma, dgamma)
	sameBits(t, what+": LayerNorm's dbeta", gotBeta, dbeta)
}

// TestColMoments compares with two passes in float64, where the mean is far larger than the spread and rows
// are many too.
func TestColMoments(t *testing.T) {
	r := rand.New(rand.NewPCG(33, 34))
	for _, isa := range Available() {
		e := New(isa, 2)
		for _, c := range []struct{ middle, spread float64 }{{0, 1}, {1, 1}, {-1000, 1}, {1e4, 0.1}, {1, 1e-4}, {0, 1e-12}} {
			const rows, cols = 150_000, 3
			x := around[float32](r, rows*cols, c.middle, c.spread)
			mean, variance := make([]float32, cols), make([]float32, cols)
			ColMoments(e, mean, variance, x, rows, cols)
			for col := range cols {
				sum, squares := 0.0, 0.0
				for i := col; i < len(x); i += cols {
					sum += float64(x[i])
				}
				for i := col; i < len(x); i += cols {
					d := float64(x[i]) - sum/rows
					squares += float64(d * d)
				}
				tolerance := 0x1p-24*math.Abs(sum/rows) + 1e-7*c.spread // half a last place of the mean
				if math.Abs(float64(mean[col])-sum/rows) > tolerance {
					t.Errorf("%v mean about %v ± %v: %v, want %v", isa, c.middle, c.spread, mean[col], sum/rows)
				}
				want := squares / rows
				if math.Abs(float64(variance[col])-want) > 1e-6*want+tolerance*tolerance {
					t.Errorf("%v variance about %v ± %v: %v, want %v", isa, c.middle, c.spread, variance[col], want)
				}
			}
		}
	}
}

// TestNormalisationGradients compares with central differences, in float64.
func TestNormalisationGradients(t *testing.T) {
	r := rand.New(rand.NewPCG(35, 36))
	e := New(Portable, 1)
	const rows, cols, eps, h = 7, 5, 1e-3, 1e-5
	x, weights := around[float64](r, rows*cols, 2, 1.5), around[float64](r, rows*cols, 0, 1)
	gamma, beta := around[float64](r, cols, 1, 0.3), around[float64](r, cols, 0, 1)
	y := make([]float64, rows*cols)
	moments := [3][]float64{make([]float64, rows), make([]float64, rows), make([]float64, rows)}
	batch := func() {
		ColMoments(e, moments[0][:cols], moments[2][:cols], x, rows, cols)
		InvStd(e, moments[1][:cols], moments[2][:cols], eps)
		Normalize(e, y, x, moments[0][:cols], moments[1][:cols], gamma, beta, rows, cols)
	}
	layer := func() { LayerNorm(e, y, moments[0], moments[1], x, gamma, beta, eps, rows, cols) }
	for name, c := range map[string]struct {
		forward  func()
		backward func(dx, dgamma, dbeta []float64)
	}{
		"batch norm": {batch, func(dx, dgamma, dbeta []float64) {
			NormalizeGrad(e, dx, dgamma, dbeta, weights, x, moments[0][:cols], moments[1][:cols], gamma, rows, cols)
		}},
		"layer norm": {layer, func(dx, dgamma, dbeta []float64) {
			LayerNormGrad(e, dx, weights, x, moments[0], moments[1], gamma, rows, cols)
			LayerNormParamGrad(e, dgamma, dbeta, weights, x, moments[0], moments[1], rows, cols)
		}},
	} {
		loss := func() (l float64) {
			c.forward()
			for i, w := range weights {
				l += float64(w * y[i])
			}
			return l
		}
		loss()
		dx, dgamma, dbeta := make([]float64, rows*cols), make([]float64, cols), make([]float64, cols)
		c.backward(dx, dgamma, dbeta)
		for _, p := range []struct {
			name    string
			at, got []float64
		}{{"dx", x, dx}, {"dgamma", gamma, dgamma}, {"dbeta", beta, dbeta}} {
			for i, v := range p.at {
				p.at[i] = v + h
				above := loss()
				p.at[i] = v - h
				want := (above - loss()) / (2 * h)
				p.at[i] = v
				if math.Abs(p.got[i]-want) > 1e-7 {
					t.Errorf("%s: %s[%d] = %v, want %v", name, p.name, i, p.got[i], want)
				}
			}
		}
	}
}

// BenchmarkNormalisation measures against the memory's traffic: the bytes are those of x, dy and results, as
// often as each is read or written.
func BenchmarkNormalisation(b *testing.B) {
	for _, shape := range [][2]int{{64 * 32 * 32, 16}, {4 * 28 * 28, 6}, {64 * 8 * 8, 64}, {256, 512}} {
		rows, cols := shape[0], shape[1]
		n := rows * cols
		r := rand.New(rand.NewPCG(1, 1))
		x, dy, y := inputs(r, n, false), inputs(r, n, false), make([]float32, n)
		m := make([]float32, 4*max(rows, cols))
		mean, inv, gamma, beta := m[:max(rows, cols)], m[max(rows, cols):][:max(rows, cols)], make([]float32, cols), make([]float32, cols)
		for _, isa := range Available() {
			e := New(isa, 1)
			for _, k := range []struct {
				name  string
				times int // elements read and written
				run   func()
			}{
				{"ColMoments", 2, func() { ColMoments(e, mean[:cols], inv[:cols], x, rows, cols) }},
				{"Normalize", 2, func() { Normalize(e, y, x, mean, inv, gamma, beta, rows, cols) }},
				{"NormalizeGrad", 5, func() { NormalizeGrad(e, y, gamma, beta, dy, x, mean[:cols], inv[:cols], nil, rows, cols) }},
				{"LayerNorm", 4, func() { LayerNorm(e, y, mean, inv, x, gamma, beta, 1e-5, rows, cols) }},
				{"LayerNormGrad", 5, func() { LayerNormGrad(e, y, dy, x, mean, inv, gamma, rows, cols) }},
				{"LayerNormParamGrad", 2, func() { LayerNormParamGrad(e, gamma, beta, dy, x, mean, inv, rows, cols) }},
				{"Add", 3, func() { Add(e, y, x, dy) }},
				{"Copy", 2, func() { copy(y, x) }},
			} {
				b.Run(fmt.Sprintf("%s/%d×%d/%v", k.name, rows, cols, isa), func(b *testing.B) {
					b.SetBytes(int64(4 * n * k.times))
					for b.Loop() {
						k.run()
					}
				})
			}
		}
	}
}
