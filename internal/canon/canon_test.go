package canon

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"
)

// function is one elementary function under test, with the largest error allowed in units of the
// last place.
type function struct {
	name     string
	f32      func(float32) float32
	f64      func(float64) float64
	ulp32    float64
	ulp64    float64
	absolute float64 // where set: the largest error in units of 1's last place, instead
}

var functions = []function{
	{"exp", Exp[float32], Exp[float64], 1, 1, 0},
	{"tanh", Tanh[float32], Tanh[float64], 1.25, 1.25, 0},
	{"tanhhalf", TanhHalf[float32], TanhHalf[float64], 1.25, 1.25, 0},
	{"sigmoid", Sigmoid[float32], Sigmoid[float64], 1.75, 1.75, 0},
	// In the lower tail; 4.5 ulp from −3 on (TestNormCDFNearZero).
	{"normcdf", NormCDF[float32], NormCDF[float64], 6, 8, 0},
	// Where Φ(x) is subnormal, below −13; 6 ulp above.
	{"gelu", GELU[float32], GELU[float64], 12, 12, 0},
	{"geluslope", GELUSlope[float32], GELUSlope[float64], 0, 0, 2}, // it crosses 0
	{"erf", Erf[float32], Erf[float64], 1.5, 1.5, 0},
	{"log", Log[float32], Log[float64], 1, 1, 0},
	{"sin", Sin[float32], Sin[float64], 2, 2, 0},
	{"cos", Cos[float32], Cos[float64], 2, 2, 0},
	{"expm1", Expm1[float32], Expm1[float64], 1.5, 1.5, 0},
}

// limit32 is the largest error of the float32 function, in its unit.
func (f function) limit32() float64 {
	if f.absolute > 0 {
		return f.absolute
	}
	return f.ulp32
}

// ulps is |got − (head+tail)| in units of the last place of the type with so many bits, the smallest
// normal exponent of which is minExp.
func ulps(got, head, tail float64, bits, minExp int) float64 {
	exponent := max(math.Ilogb(head), minExp)
	return math.Abs((got-head)-tail) / math.Ldexp(1, exponent-bits+1)
}

func ulps32(got float32, want float64) float64 { return ulps(float64(got), want, 0, 24, -126) }

// TestVectors compares with values computed by mpmath to 107 bits (testdata/vectors.py).
func TestVectors(t *testing.T) {
	file, err := os.Open("testdata/vectors.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	byName := map[string]function{}
	for _, f := range functions {
		byName[f.name] = f
	}
	worst := map[string]float64{}
	for lines := bufio.NewScanner(file); lines.Scan(); {
		var name, kind string
		var x, head, tail float64
		// ParseFloat, which Sscan uses, reads hexadecimal floating-point numbers.
		if _, err := fmt.Sscan(lines.Text(), &name, &kind, &x, &head, &tail); err != nil {
			t.Fatalf("%q: %v", lines.Text(), err)
		}
		f, ok := byName[name]
		if !ok {
			t.Fatalf("no function %q", name)
		}
		var got, miss, limit, one float64
		if kind == "float32" {
			got, limit, one = float64(f.f32(float32(x))), f.ulp32, 0x1p-23
			miss = ulps(got, head, tail, 24, -126)
		} else {
			got, limit, one = f.f64(x), f.ulp64, 0x1p-52
			miss = ulps(got, head, tail, 53, -1022)
		}
		if f.absolute > 0 {
			miss, limit = math.Abs((got-head)-tail)/one, f.absolute
		}
		if !(miss <= limit) {
			t.Errorf("%s %s(%v) = %v, want %v: %.2f ulp", kind, name, x, got, head, miss)
		}
		worst[name+" "+kind] = max(worst[name+" "+kind], miss)
	}
	for _, f := range functions {
		t.Logf("%-10s worst float32 %.2f, float64 %.2f ulp", f.name, worst[f.name+" float32"], worst[f.name+" float64"])
	}
}

// TestFloat32Sweep runs through every 9973rd float32 and compares with the float64 function. (Package
// kernel has a test over all of them.)
func TestFloat32Sweep(t *testing.T) {
	for _, f := range functions {
		sweep(t, f, f.f64, 9973)
	}
}

// TestNormCDFNearZero holds the tighter bound where GELU's inputs are.
func TestNormCDFNearZero(t *testing.T) {
	worst := 0.0
	for x := float32(-3); x < 3; x += 1.0 / 65537 {
		worst = max(worst, ulps32(NormCDF(x), NormCDF(float64(x))))
	}
	t.Logf("worst %.2f ulp", worst)
	if worst > 4.5 {
		t.Errorf("Φ errs by %.2f ulp between −3 and 3", worst)
	}
}

// sweep compares f at every stride-th float32 with reference, and logs the largest error.
func sweep(t *testing.T, f function, reference func(float64) float64, stride uint64) {
	worst, at := 0.0, float32(0)
	for u := uint64(0); u < 1<<32; u += stride {
		x := math.Float32frombits(uint32(u))
		got := f.f32(x)
		if (f.name == "sin" || f.name == "cos") && abs(x) > 1e4 {
			continue
		}
		want := reference(float64(x))
		if special := math.IsNaN(want) || math.Abs(want) >= 0x1.ffffffp127; special {
			if rounded := float32(want); rounded != got && (rounded == rounded || got == got) {
				t.Errorf("%s(%v) = %v, want %v", f.name, x, got, want)
			}
			continue
		}
		miss := math.Abs(float64(got)-want) * 0x1p149 // NaN stays NaN
		if f.absolute > 0 {
			miss *= 0x1p-126 // in units of 1's last place
		} else if want != 0 {
			miss = ulps32(got, want)
		}
		if !(miss <= worst) {
			worst, at = miss, x
		}
	}
	t.Logf("%-10s worst %.3f ulp at %v (%#08x)", f.name, worst, at, math.Float32bits(at))
	if !(worst <= f.limit32()) {
		t.Errorf("%s(%v) = %v, want %v: %.2f ulp", f.name, at, f.f32(at), reference(float64(at)), worst)
	}
}

// TestSpecialValues holds the values at zeros, infinities and NaN, where the sign of zero counts.
func TestSpecialValues(t *testing.T) {
	inf, nan, zero := math.Inf(1), math.NaN(), math.Copysign(0, -1)
	cases := []struct {
		names string
		x, y  float64
	}{
		{"exp tanh tanhhalf sigmoid normcdf gelu geluslope erf log sin cos expm1", nan, nan},
		{"expm1", 0, 0}, {"expm1", zero, 0}, {"expm1", -inf, -1}, {"expm1", -800, -1}, {"expm1", 1, 0}, {"expm1", inf, 0},
		{"exp", 0, 1}, {"exp", zero, 1}, {"exp", -inf, 0}, {"exp log", inf, inf}, {"exp", 800, inf}, {"exp", -800, 0},
		{"tanh tanhhalf gelu erf sin", 0, 0}, {"tanh tanhhalf gelu erf sin", zero, zero},
		{"tanh tanhhalf erf", inf, 1}, {"tanh tanhhalf erf", -inf, -1}, {"tanh", 1e9, 1},
		{"sigmoid normcdf", inf, 1}, {"sigmoid normcdf", -inf, 0}, {"sigmoid normcdf geluslope", 0, 0.5},
		{"sigmoid normcdf geluslope", zero, 0.5}, {"geluslope", inf, 1},
		// Where Φ(x) is subnormal, below −13; 6 ulp above.
		{"gelu", inf, inf}, {"gelu", -inf, nan}, // −∞·0, as in PyTorch
		{"log", 0, -inf}, {"log", zero, -inf}, {"log", -1, nan}, {"log", -inf, nan}, {"log", 1, 0},
		{"sin cos", inf, nan}, {"sin cos", -inf, nan}, {"sin cos", 1e6, nan}, {"cos", 0, 1}, {"cos", zero, 1},
	}
	for _, c := range cases {
		for _, f := range functions {
			if !strings.Contains(" "+c.names+" ", " "+f.name+" ") {
				continue
			}
			if got := f.f64(c.x); !same(got, c.y) {
				t.Errorf("float64 %s(%v) = %v, want %v", f.name, c.x, got, c.y)
			}
			if got := float64(f.f32(float32(c.x))); !same(got, c.y) {
				t.Errorf("float32 %s(%v) = %v, want %v", f.name, c.x, got, c.y)
			}
		}
	}
}

func same(a, b float64) bool {
	return a != a && b != b || math.Float64bits(a) == math.Float64bits(b)
}

// TestGoldenBits holds every bit of every function over a sweep of each type: it is the same on all
// machines, and changes only with the version of the numerics (kernel.Numerics).
func TestGoldenBits(t *testing.T) {
	const want = "f8203b4c24a95c41"
	h := sha256.New()
	var buffer [8]byte
	put := func(y float64) {
		if y != y {
			y = math.NaN() // one NaN for all
		}
		binary.LittleEndian.PutUint64(buffer[:], math.Float64bits(y))
		h.Write(buffer[:])
	}
	for _, f := range functions {
		for u := uint64(0); u < 1<<32; u += 99991 {
			put(float64(f.f32(math.Float32frombits(uint32(u)))))
		}
		for i := range uint64(40000) { // all exponents, and more often those near 1
			put(f.f64(math.Float64frombits(i * 0x9e3779b97f4a7c15)))
			put(f.f64(math.Ldexp(float64(int64(i*0x9e3779b97f4a7c15)), -63+int(i%8))))
		}
	}
	if got := hex.EncodeToString(h.Sum(nil)[:8]); got != want {
		t.Errorf("the bits of the elementary functions changed: %s, want %s", got, want)
	}
}
