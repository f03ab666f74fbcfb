package stats

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"testing"
)

// pictures is testdata/pictures.json, which testdata/pictures.py wrote with statsmodels, SciPy and NumPy.
type pictures struct {
	McNemar []struct {
		D []int
		P float64
	}
	Needed []struct {
		D               []int
		Seeds           int
		Alpha, Power, N float64
	}
	Wilson      [][5]float64 // k, n, level, low, high
	Calibration []struct {
		Confidence []float64
		Correct    []bool
		Bins       int
		Error      float64
	}
}

func readPictures(t *testing.T) pictures {
	t.Helper()
	text, err := os.ReadFile("testdata/pictures.json")
	if err != nil {
		t.Fatal(err)
	}
	var g pictures
	if err := json.Unmarshal(text, &g); err != nil {
		t.Fatal(err)
	}
	return g
}

func TestMcNemarAgainstOthers(t *testing.T) {
	for _, c := range readPictures(t).McNemar {
		near(t, fmt.Sprintf("p of %d pictures", len(c.D)), McNemar(c.D), c.P, 1e-10)
	}
}

// TestMcNemarOfMany: where signs are not counted any more, p is nearly that of counting them.
func TestMcNemarOfMany(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	var d []int
	for range 20_000 {
		d = append(d, random.IntN(7)-3+random.IntN(40)/39)
	}
	whole := McNemar(d)
	sum, squares := 0.0, 0.0
	for _, v := range d {
		sum += float64(v)
		squares += float64(v * v)
	}
	if z := math.Abs(sum) / math.Sqrt(squares); z < 1 || math.Abs(whole-math.Erfc(z/math.Sqrt2)) > 1e-12 {
		t.Errorf("p = %g of z = %g", whole, z)
	}
	few := d[:2000]
	sum, squares = 0, 0
	for _, v := range few {
		sum += float64(v)
		squares += float64(v * v)
	}
	// Sums have one parity: half of what lies at the bound belongs to neither side.
	if exact, normal := McNemar(few), math.Erfc((math.Abs(sum)-1)/math.Sqrt(2*squares)); math.Abs(exact-normal) > 0.002 {
		t.Errorf("exact p = %g, normal %g", exact, normal)
	}
}

// TestMcNemarKeepsItsLevel where seeds say the same of every picture, and no arm is better.
func TestMcNemarKeepsItsLevel(t *testing.T) {
	random := rand.New(rand.NewPCG(2, 3))
	const trials = 2000
	found := 0
	for range trials {
		d := make([]int, 178)
		for i := range d {
			if random.IntN(10) == 0 { // ten seeds agree
				d[i] = 10 * (2*random.IntN(2) - 1)
			}
		}
		if McNemar(d) <= 0.05 {
			found++
		}
	}
	if share := float64(found) / trials; share > 0.05+4*math.Sqrt(0.05*0.95/trials) {
		t.Errorf("a difference is found in %.3f of sets without one", share)
	}
}

func TestPicturesNeededAgainstPower(t *testing.T) {
	for _, c := range readPictures(t).Needed {
		if got := PicturesNeeded(c.D, c.Seeds, c.Alpha, c.Power); got != math.Ceil(c.N) {
			t.Errorf("%d pictures of %d seeds need %g, want %g", len(c.D), c.Seeds, got, c.N)
		}
	}
	if n := PicturesNeeded([]int{1, -1, 0}, 1, 0.05, 0.8); !math.IsInf(n, 1) {
		t.Errorf("no difference needs %g pictures", n)
	}
	for _, n := range []float64{PicturesNeeded(nil, 1, 0.05, 0.8), PicturesNeeded([]int{1}, 0, 0.05, 0.8), PicturesNeeded([]int{1}, 1, 0, 0.8)} {
		if !math.IsNaN(n) {
			t.Errorf("nothing needs %g pictures", n)
		}
	}
}

// TestPicturesNeededSuffice: with so many pictures McNemar's test finds the difference about as often as was asked.
func TestPicturesNeededSuffice(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 8))
	sample := make([]int, 1000) // 6 % and 3 % of the pictures are discordant
	for i := range 90 {
		sample[i] = 1
		if i < 30 {
			sample[i] = -1
		}
	}
	n := int(PicturesNeeded(sample, 1, 0.05, 0.8))
	const trials = 1000
	found := 0
	for range trials {
		d := make([]int, n)
		for i := range d {
			d[i] = sample[random.IntN(len(sample))]
		}
		if McNemar(d) <= 0.05 {
			found++
		}
	}
	// The exact test is a little conservative: its p moves in steps.
	if share := float64(found) / trials; share < 0.72 || share > 0.85 {
		t.Errorf("%d pictures show the difference in %.3f of samples, want about 0.8", n, share)
	}
}

func TestWilsonAgainstStatsmodels(t *testing.T) {
	for _, c := range readPictures(t).Wilson {
		s := Wilson(int(c[0]), int(c[1]), c[2])
		near(t, "share", s.Value, c[0]/c[1], 0)
		if math.Abs(s.Low-c[3]) > 1e-12 || math.Abs(s.High-c[4]) > 1e-12 {
			t.Errorf("%g of %g: [%g, %g], want [%g, %g]", c[0], c[1], s.Low, s.High, c[3], c[4])
		}
	}
	if s := Wilson(0, 0, 0.95); !math.IsNaN(s.Value) || !math.IsNaN(s.Low) {
		t.Errorf("nothing is %+v", s)
	}
}

func TestCalibrationAgainstNumPy(t *testing.T) {
	for _, c := range readPictures(t).Calibration {
		e, bins := Calibration(c.Confidence, c.Correct, c.Bins)
		near(t, "calibration error", e, c.Error, 1e-12)
		n := 0
		for i, b := range bins {
			n += b.N
			if low, high := float64(i)/float64(c.Bins), float64(i+1)/float64(c.Bins); b.N > 0 && (b.Confidence <= low-1e-12 || b.Confidence > high+1e-12) {
				t.Errorf("bin %d holds a mean confidence of %g", i, b.Confidence)
			}
		}
		if n != len(c.Confidence) {
			t.Errorf("the bins hold %d of %d predictions", n, len(c.Confidence))
		}
	}
	if e, _ := Calibration(nil, nil, 15); !math.IsNaN(e) {
		t.Errorf("the error of no predictions is %g", e)
	}
	if e, _ := Calibration([]float64{1.5}, []bool{true}, 15); !math.IsNaN(e) {
		t.Errorf("a confidence of 1.5 gives %g", e)
	}
}
