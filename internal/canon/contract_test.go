package canon

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
)

// The contract of this package, stated once more: the constants from their closed forms, the
// polynomials as numbers, the functions as the formulas of their comments in plain code. FMA and
// Flush are held against exact arithmetic and IEEE 754's definitions by tests of their own.

// statement is the numbers of one element type, and its functions.
type statement[T Float] struct {
	coefficients[T]
	digits, minExp int
}

var statement32 = statement[float32]{digits: 24, minExp: -126, coefficients: coefficients[float32]{
	magic: 1.5 * (1 << 23), expMagic: 1.5 * (1 << 19), expLog2E: math.Log2E, expLn2Hi: math.Ln2, expLn2Lo: math.Ln2 - 0x162e43p-21,
	expMax: 89, expMin: -105, tanhMax: 9, sqrt2: math.Sqrt2,
	trigTwoOverPi: 2 / math.Pi,
	// π/2 in three parts, each what the ones before have left.
	trigPio2A: math.Pi / 2, trigPio2B: math.Pi/2 - 0xc90fdbp-23, trigPio2C: math.Pi/2 - 0xc90fdbp-23 + 0x5dde97p-47,
	normK: 3, normInvK: 1.0 / 3, normMax: 14.5, normDensity: 1 / (math.Sqrt2 * math.SqrtPi),
	expPoly:   []float32{0xaaab91p-26, 0x400089p-23, 1},
	expm1Poly: []float32{0xaaab19p-28, 0x5555c3p-25, 0.5, 1},
	logPoly:   []float32{0x739611p-25, 0x926111p-25, 0x66661bp-24, 0xaaaaabp-24},
	sinPoly:   []float32{-0x66ac29p-35, 0x8885fp-26, -0xaaaaa9p-26},
	cosPoly:   []float32{0x3378a3p-37, -0xb6094dp-33, 0x555555p-27},
	normPoly: []float32{0x98f7c7p-29, -0x910c47p-27, 0x59e517p-26, -0x9b4899p-28, 0x9e1845p-28, -0x17acfbp-25,
		-0xaf333fp-27, 0x11a4f1p-24, 0xb673c3p-25, -0x2c98dp-18, 0.5},
	erfPoly: []float32{0xa476f7p-37, -0x68f257p-33, 0xa9ffc9p-31, -0x36ff0bp-27, 0x1ce2cfp-24, -0xc0939fp-25, 0x20dd75p-24},
}}

var statement64 = statement[float64]{digits: 53, minExp: -1022, coefficients: coefficients[float64]{
	magic: 1.5 * (1 << 52), expMagic: 1.5 * (1 << 48), expLog2E: math.Log2E, expLn2Hi: math.Ln2, expLn2Lo: math.Ln2 - 0x162e42fefa39efp-53,
	expMax: 710, expMin: -746, tanhMax: 19, sqrt2: math.Sqrt2,
	trigTwoOverPi: 2 / math.Pi,
	trigPio2A:     math.Pi / 2, trigPio2B: math.Pi/2 - 0x3243f6a8885a3p-49, trigPio2C: math.Pi/2 - 0x3243f6a8885a3p-49 - 0x11a62633145c07p-106,
	normK: 4, normInvK: 0.25, normMax: 39, normDensity: 1 / (math.Sqrt2 * math.SqrtPi),
	expPoly:   []float64{0x16c183df545ba7p-62, 0x111126edb6aef7p-59, 0x55555555212dfp-55, 0x15555555405dffp-55, 0x4000000000001p-51, 0x8000000000005p-51},
	expm1Poly: []float64{0x340351090d359p-62, 0x2d8305225c84fp-59, 0x2222222227a31p-56, 0x155555554a04f9p-57, 0xaaaaaaaaaaaa9p-54, 0x10000000000003p-53, 1},
	logPoly: []float64{0x880ff9dae0541p-54, 0x43d29e7d7dd8dp-53, 0x9d90aa88c9ebdp-54, 0x5d1736e2ac2a9p-53,
		0x1c71c725c25409p-55, 0x924924921783p-49, 0x33333333333abp-51, 0x15555555555555p-53},
	sinPoly: []float64{-0x638adf8af322bp-91, 0xb073a93634551p-84, -0xd731fd054e439p-77, 0x2e3bc7422f095p-68,
		-0x1a01a019fe934fp-65, 0x888888888881p-54, -0x15555555555555p-55},
	cosPoly: []float64{0x4da5e7b38b17fp-95, -0x192a9c6d6aff75p-89, 0x47bb360f7636fp-79, -0x93f27d78178cfp-73,
		0xd00d00cfdc367p-67, -0x5b05b05b05a8dp-60, 0x15555555555555p-57},
	normPoly: []float64{-0x5ec9a2d1fe247p-60, 0x73438430e561dp-57, -0x7fa950295f65fp-55, 0x559c5238232fp-49,
		-0x27257bc17324bp-51, 0x68a040ad954dbp-52, -0x1aacf830f0548bp-54, 0x153624a5e28013p-54, -0xd50049938bdf5p-54,
		0xda623a474452fp-55, -0xb23340a3a590fp-56, 0x14781bfd783afp-55, -0x1de3bd7b5a6601p-60, 0xe51823c73fa97p-59,
		0x47a3cf7bb51ddp-56, -0x1eebf1db3d9525p-64, -0x1be33e57857373p-57, -0x7b34194330a81p-56, 0xb74deeaddca77p-54,
		0x12e7c3460b9b2dp-56, -0x1989d6b526a4c3p-53, 0xa77bacc2bc9f5p-51, -0x11884533d43651p-52, 0.5},
	erfPoly: []float64{-0x42abb6a6b89fbp-85, 0x122775967eaeb5p-84, -0xf0a7a6436a15fp-81, 0x10e5fffdc11399p-78,
		-0x161c33716befd5p-75, 0x1ba20db9c24cd9p-72, -0x1f4d6525cf97adp-69, 0x1f9a35712997fdp-66, -0x1c02db590329afp-63,
		0x5596f345c16e1p-58, -0x1b82ce312c3fa7p-58, 0x738bc86810e93p-54, -0x1812746b037a01p-54, 0x106eba8214db69p-55},
}}

// TestCoefficients: the last bit of a high coefficient shows in so few results that only looking at
// it tells. The tables of exp and tanh are held by a digest: they are too many to write down.
func TestCoefficients(t *testing.T) {
	testCoefficients(t, coefficients32, &statement32, "ab39d65365406e55")
	testCoefficients(t, coefficients64, &statement64, "fad33517b6bbb7ee")
}

func testCoefficients[T Float](t *testing.T, c coefficients[T], s *statement[T], digest string) {
	h := sha256.New()
	for _, numbers := range append(c.tanhPoly[:len(c.tanhPoly):len(c.tanhPoly)], c.expTable, c.expTail) {
		for _, a := range numbers {
			fmt.Fprintf(h, "%x ", float64(a))
		}
	}
	if got := hex.EncodeToString(h.Sum(nil)[:8]); got != digest {
		t.Errorf("%T: the tables of exp and tanh have the digest %s, want %s", c, got, digest)
	}
	for k, a := range c.expTable {
		if want := math.Exp2(float64(k) / 16); math.Abs(float64(a)-want) > math.Ldexp(1, 1-s.digits) {
			t.Errorf("%T: 2^(%d/16) = %v, want %v", c, k, a, want)
		}
	}
	s.tanhPoly, s.expTable, s.expTail = c.tanhPoly, c.expTable, c.expTail
	if !reflect.DeepEqual(c, s.coefficients) {
		t.Errorf("%#v, the contract has %#v", c, s.coefficients)
	}
}

// poly is c[0]·xⁿ + … + c[n], from the inside out by fused multiply-add.
func (s *statement[T]) poly(x T, c []T) T {
	var y T // +0·x + c[0] is c[0]
	for _, a := range c {
		y = FMA(y, x, a)
	}
	return y
}

// times2 is p·2ⁿ, rounded once.
func times2[T Float](p T, n int) T { return T(math.Ldexp(float64(p), n)) }

func magnitude[T Float](x T) T { return T(math.Abs(float64(x))) }

func signed[T Float](x, s T) T { return T(math.Copysign(float64(x), float64(s))) }

// reduce is n, the nearest integer to x/(ln 2/16), and x − n·ln 2/16.
func (s *statement[T]) reduce(x T) (r T, n int) {
	t := FMA(x, s.expLog2E, s.expMagic)
	whole := t - s.expMagic
	r = FMA(-whole, s.expLn2Hi, x)
	return FMA(-whole, s.expLn2Lo, r), int(16 * whole)
}

// part is 2^(k/16)·eʳ where n = 16·q + k.
func (s *statement[T]) part(r T, n int) T {
	k := ((n % 16) + 16) % 16
	p := s.expTable[k]
	return FMA(p, FMA(r, s.poly(r, s.expPoly), s.expTail[k]), p)
}

// floor16 is ⌊n/16⌋.
func floor16(n int) int { return int(math.Floor(float64(n) / 16)) }

func (s *statement[T]) exp(x T) T {
	r, n := s.reduce(min(max(x, s.expMin), s.expMax))
	return times2(s.part(r, n), floor16(n))
}

// expm1 is p − 1 and p·q, p = 2^(n/16), by one rounding of their sum.
func (s *statement[T]) expm1(x T) T {
	r, n := s.reduce(max(min(x, 0), s.expMin))
	k := ((n % 16) + 16) % 16
	p := times2(s.expTable[k], floor16(n))
	return FMA(p, FMA(r, s.poly(r, s.expm1Poly), s.expTail[k]), p-1)
}

func (s *statement[T]) tanh(x T) T     { return s.tanhOf(magnitude(x), x) }
func (s *statement[T]) tanhHalf(x T) T { return s.tanhOf(magnitude(x)/2, x) }

// tanhOf is the polynomial of the interval [u, u + ¼·2^octave) that a lies in, the bounds of which are
// compared with a + 1.
func (s *statement[T]) tanhOf(a, x T) T {
	if a != a {
		return a
	}
	a = min(a, s.tanhMax)
	octave := math.Floor(math.Log2(float64(a + 1)))
	unit := math.Exp2(octave) / 4
	quarters := math.Floor(float64(a+1) / unit)
	c := make([]T, len(s.tanhPoly))
	for i := range c {
		c[i] = s.tanhPoly[i][4*int(octave)+int(quarters)-4]
	}
	return signed(s.poly(a-T(quarters*unit-1), c), x)
}

func (s *statement[T]) sigmoid(x T) T {
	e := s.exp(-magnitude(x))
	y := e / (1 + e)
	if x < 0 {
		return FMA(-e, y, e)
	}
	return FMA(-1, y, 1)
}

func (s *statement[T]) log(x T) T {
	switch {
	case x != x || x < 0:
		return T(math.NaN())
	case x == 0:
		return T(math.Inf(-1))
	case math.IsInf(float64(x), 1):
		return x
	}
	fraction, k := math.Frexp(float64(x))
	if fraction < math.Sqrt2/2 {
		fraction, k = 2*fraction, k-1
	}
	f := T(fraction) - 1
	q := f / (f + 2)
	z := T(q * q)
	h := T(T(f*f) / 2)
	hi := FMA(z, s.poly(z, s.logPoly), h)
	return FMA(T(k), s.expLn2Hi, f-(h-FMA(q, hi, T(T(k)*s.expLn2Lo))))
}

// wave is sin(x + quarters·π/2).
func (s *statement[T]) wave(x T, quarters int) T {
	if !(magnitude(x) <= 1e5) {
		return T(math.NaN())
	}
	t := FMA(x, s.trigTwoOverPi, s.magic)
	n := t - s.magic
	r := x
	for _, part := range []T{s.trigPio2A, s.trigPio2B, s.trigPio2C} {
		r = FMA(-n, part, r)
	}
	z := T(r * r)
	sin := FMA(T(r*z), s.poly(z, s.sinPoly), r)
	w := FMA(-0.5, z, 1)
	cos := w + FMA(T(z*z), s.poly(z, s.cosPoly), FMA(-0.5, z, 1-w))
	return [...]T{sin, cos, -sin, -cos}[(int(n)+quarters)&3]
}

func (s *statement[T]) sin(x T) T {
	if x == 0 {
		return x
	}
	return s.wave(x, 0)
}

// tail is Φ(−|x|) = q·e·2ⁿ and e, n of exp(−x²/2).
func (s *statement[T]) tail(x T) (q, e T, n int) {
	a := min(magnitude(x), s.normMax)
	d := a + s.normK
	v := a / d
	w := 1 - v
	w = FMA(-FMA(-v, d, a), T(w*s.normInvK), w)
	square := T(a * a)
	r, n := s.reduce(-square / 2)
	e = s.part(FMA(-0.5, FMA(a, a, -square), r), n)
	return T(T(w*s.poly(v, s.normPoly)) * e), e, floor16(n)
}

// side is q below zero, 1 − q above.
func side[T Float](x, q T) T {
	if x < 0 {
		return q
	}
	return 1 - q
}

func (s *statement[T]) normCDF(x T) T {
	q, _, n := s.tail(x)
	return side(x, times2(q, n))
}

func (s *statement[T]) gelu(x T) T { return T(x * s.normCDF(x)) }

func (s *statement[T]) geluSlope(x T) T {
	q, e, n := s.tail(x)
	a := min(magnitude(x), s.normMax)
	return side(x, times2(FMA(-T(a*s.normDensity), e, q), n))
}

func (s *statement[T]) erf(x T) T {
	switch {
	case x == 0:
		return x
	case magnitude(x) > 1:
		q, _, n := s.tail(T(magnitude(x) * s.sqrt2))
		return signed(1-times2(q, n+1), x)
	}
	return FMA(x, s.poly(T(x*x), s.erfPoly), x)
}

// TestFunctionsFollowTheContract: every function has every bit of the formulas above.
func TestFunctionsFollowTheContract(t *testing.T) {
	t.Run("float32", func(t *testing.T) { testFunctions(t, &statement32) })
	t.Run("float64", func(t *testing.T) { testFunctions(t, &statement64) })
}

func testFunctions[T Float](t *testing.T, s *statement[T]) {
	c := constants[T]()
	s.expTable, s.expTail, s.tanhPoly = c.expTable, c.expTail, c.tanhPoly // see TestCoefficients
	r := rand.New(rand.NewPCG(17, 18))
	points := []T{0, T(math.Copysign(0, -1)), T(math.Inf(1)), T(math.Inf(-1)), T(math.NaN()), 1, -1}
	for range 20000 {
		points = append(points,
			T(r.NormFloat64()), T(8*r.NormFloat64()), T(100*r.NormFloat64()), T(1000*r.NormFloat64()),
			T(math.Ldexp(r.NormFloat64(), r.IntN(-2*s.minExp)+s.minExp-s.digits/2)))
	}
	points = append(points, s.expMax, s.expMin, s.tanhMax, 2*s.tanhMax, s.normMax, -s.normMax) // the ends of clamping
	for i := range 20 {                                                                        // the ends of tanh's intervals
		u := T(math.Ldexp(1+float64(i%4)/4, i/4) - 1)
		points = append(points, u, -2*u, u*(1-0x1p-23), u*(1+0x1p-23), u-0x1p-24)
	}
	for n := s.minExp - s.digits; n < 128; n++ { // near ties of the reduction
		points = append(points, T((float64(n)+0.5)*math.Ln2/16), T(float64(n)*math.Ln2), T((float64(n)+0.5)*math.Pi/2))
	}
	for _, f := range []struct {
		name      string
		got, want func(T) T
	}{
		{"exp", Exp[T], s.exp}, {"log", Log[T], s.log},
		{"tanh", Tanh[T], s.tanh}, {"tanhhalf", TanhHalf[T], s.tanhHalf}, {"sigmoid", Sigmoid[T], s.sigmoid},
		{"sin", Sin[T], s.sin}, {"cos", Cos[T], func(x T) T { return s.wave(x, 1) }}, {"expm1", Expm1[T], s.expm1},
		{"normcdf", NormCDF[T], s.normCDF}, {"gelu", GELU[T], s.gelu}, {"geluslope", GELUSlope[T], s.geluSlope}, {"erf", Erf[T], s.erf},
	} {
		wrong := slices.IndexFunc(points, func(x T) bool { return !same(float64(f.got(x)), float64(f.want(x))) })
		if wrong >= 0 {
			x := points[wrong]
			t.Errorf("%s(%x) = %x, by the contract %x", f.name, x, f.got(x), f.want(x))
		}
	}
}
