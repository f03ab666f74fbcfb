package report

import (
	"bytes"
	"image/png"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gonum.org/v1/plot/vg/draw"

	"gradlab/lab"
)

var notFinite = regexp.MustCompile(`[^a-zA-Z](NaN|[+-]?Inf)[^a-zA-Z]`)

// TestFigures renders every picture of every case to SVG, inline SVG and PNG.
func TestFigures(t *testing.T) {
	for name, r := range cases() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, p := range newView(r).Parts {
				for _, f := range p.Figures {
					svg, err := f.SVG()
					if err != nil {
						t.Fatal(err)
					}
					elements, _ := parseXML(t, svg)
					if elements[0].name != "svg" || elements[0].attr["viewBox"] == "" || elements[0].attr["aria-label"] == "" {
						t.Errorf("%s.svg starts with %+v", f.Name, elements[0])
					}
					for _, e := range elements {
						if notFinite.MatchString(" " + e.attr["d"] + " " + e.attr["transform"] + " ") {
							t.Fatalf("%s.svg draws at a place that is no number: %v", f.Name, e)
						}
						if e.attr["id"] != "" {
							t.Errorf("%s.svg has the id %q, which another picture of a page may have too", f.Name, e.attr["id"])
						}
					}
					inline, err := f.Inline()
					if err != nil {
						t.Fatal(err)
					}
					parseXML(t, []byte(inline))
					if name != "ordinary" && name != "hostile" && name != "not a number" {
						continue // the same drawing, and encoding a PNG takes a tenth of a second
					}
					picture, err := f.PNG()
					if err != nil {
						t.Fatal(err)
					}
					config, err := png.DecodeConfig(bytes.NewReader(picture))
					if err != nil {
						t.Fatal(err)
					}
					if config.Width != 1440 || config.Height < 100 || config.Height > 8000 {
						t.Errorf("%s.png is %d×%d", f.Name, config.Width, config.Height)
					}
				}
			}
		})
	}
}

// TestFiguresOfOrdinaryResults: no picture is missing.
func TestFiguresOfOrdinaryResults(t *testing.T) {
	for _, p := range newView(small()).Parts {
		var names []string
		for _, f := range p.Figures {
			names = append(names, strings.TrimPrefix(f.Name, p.ID+"-"))
		}
		if got := strings.Join(names, " "); got != "accuracy differences curves networks gradient-flow gradient-heat update-ratios idle-units confusion" {
			t.Errorf("%s has the pictures %s", p.Study, got)
		}
	}
}

// TestInlineFollowsThePage: no colour but those of the heat map and white is fixed, so that the
// pictures turn dark with the page, and every variable is declared.
func TestInlineFollowsThePage(t *testing.T) {
	for _, p := range newView(small()).Parts {
		css := toneCSS(p.Figures, true)
		for _, f := range p.Figures {
			svg, err := f.Inline()
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range regexp.MustCompile(`var\((--k[0-9a-f]{6})\)`).FindAllStringSubmatch(string(svg), -1) {
				if !strings.Contains(css, v[1]+":") {
					t.Errorf("%s uses %s, which no style sheet declares", f.Name, v[1])
				}
			}
			heats := map[string]bool{"#FEFEFE": true, "#010101": true} // on the heat map's colours
			for i := range levels {
				heats[hex(heat(i, levels))] = true
			}
			what := strings.TrimPrefix(f.Name, p.ID+"-")
			for _, fixed := range hexColor.FindAllString(string(svg), -1) {
				if heats[fixed] && slices.Contains([]string{"gradient-heat", "idle-units", "networks"}, what) {
					continue
				}
				t.Errorf("%s has the fixed colour %s", f.Name, fixed)
			}
		}
	}
}

// TestStylesDiffer: no two arms of a part look alike.
func TestStylesDiffer(t *testing.T) {
	for n := range 40 {
		var plain, depths []lab.Arm
		varied := []lab.Variable{{Name: "activation", Values: []string{"tanh", "relu"}}, {Name: "depth", Numeric: true}}
		for i := range n {
			plain = append(plain, lab.Arm{Labels: map[string]any{"a": strings.Repeat("x", i+1)}})
			depths = append(depths, lab.Arm{Labels: map[string]any{"activation": []string{"tanh", "relu"}[i%2], "depth": i / 2}})
			if i%2 == 0 {
				varied[1].Values = append(varied[1].Values, strconv.Itoa(i/2))
			}
		}
		for _, arms := range [][]lab.Arm{plain, depths} {
			type look struct {
				tone
				glyph draw.GlyphDrawer
			}
			seen := map[look]bool{}
			for i, s := range styleArms(varied, arms) {
				key := look{s.tone, s.glyph} // dashes come on top
				if seen[key] {
					t.Errorf("arm %d of %d looks like another", i, n)
				}
				seen[key] = true
			}
		}
	}
}

func TestStyleTellsNumbersByLightness(t *testing.T) {
	var arms []lab.Arm
	for _, depth := range []any{3, 4.0, uint8(5), "6"} { // from Go, JSON and a flag
		arms = append(arms, lab.Arm{Labels: map[string]any{"depth": depth, "activation": "tanh"}})
	}
	varied := []lab.Variable{{Name: "depth", Numeric: true, Values: []string{"3", "4", "5", "6"}}}
	last := math.Inf(1)
	for _, s := range styleArms(varied, arms) {
		l := 0.299*float64(s.light.R) + 0.587*float64(s.light.G) + 0.114*float64(s.light.B)
		if l >= last {
			t.Errorf("lightness %v does not fall from %v", l, last)
		}
		last = l
	}
}

func TestBandOf(t *testing.T) {
	nan := math.NaN()
	b := BandOf([][]float64{{1, 2, 3, nan}, {3, nan, 5, nan}, {5, 4}})
	// Student's t with 2 degrees of freedom at 97.5 % is 4.302652730; the deviation of 1, 3, 5 is 2.
	margin := 4.302652730 * 2 / math.Sqrt(3)
	want := Band{Mid: []float64{3, 3, 4, nan}, Low: []float64{3 - margin, 2, 3, nan}, High: []float64{3 + margin, 4, 5, nan}}
	for i := range want.Mid {
		for _, pair := range [][2]float64{{b.Mid[i], want.Mid[i]}, {b.Low[i], want.Low[i]}, {b.High[i], want.High[i]}} {
			if math.IsNaN(pair[0]) != math.IsNaN(pair[1]) || math.Abs(pair[0]-pair[1]) > 1e-8 {
				t.Errorf("point %d: %v, want %v", i, pair[0], pair[1])
			}
		}
	}
	if len(b.Mid) != 4 || len(BandOf(nil).Mid) != 0 {
		t.Errorf("lengths %d and %d", len(b.Mid), len(BandOf(nil).Mid))
	}
}

func TestTicks(t *testing.T) {
	arms := func(names ...string) []lab.Position {
		var here []lab.Position
		for _, n := range names {
			here = append(here, lab.Position{Name: n, Kind: strings.TrimRight(n, "0123456789")})
		}
		return here
	}
	for _, c := range []struct {
		here []lab.Position
		want string
	}{
		{arms("conv1", "conv1"), "conv1"},
		{arms("tanh2", "sigmoid2", "relu2"), "act2"},
		{arms("tanh2", "sigmoid3"), "act"},
		{arms("linear3", "tanh5"), "linear3 / tanh5"},
		{arms("linear13", "maxpool15"), "linear13 / maxpoo…"},
	} {
		if got := tick(c.here); got != c.want {
			t.Errorf("tick is %q, want %q", got, c.want)
		}
	}
	for n := 1; n < 500; n++ {
		at, names := epochTicks(n)
		if at[0] != 1 || len(at) > 10 || at[len(at)-1] > float64(n) || len(names) != len(at) {
			t.Errorf("%d epochs: ticks at %v", n, at)
		}
	}
	for _, c := range [][2]float64{{0, 1}, {-12.3, -1.9}, {2.302, 2.304}, {0, 1e300}, {-1e-9, 1e-9}} {
		if at := majorTicks(c[0], c[1]); len(at) < 2 || len(at) > 8 {
			t.Errorf("ticks from %g to %g at %v", c[0], c[1], at)
		}
	}
}

func TestContactSheet(t *testing.T) {
	d := lab.Data{Shape: []int{2, 3, 1}, Classes: []string{"a", "b"}, Sample: []lab.Sample{
		{Class: 1, Pixels: []byte{1, 2, 3, 4, 5, 6}}, {Class: 0, Pixels: []byte{9, 9}}, {Class: -1, Pixels: make([]byte, 6)}, {Class: 7, Pixels: make([]byte, 6)}}}
	sheet, note, err := contactSheet(d)
	if err != nil || note != "A row per class, from the top: b, 7." {
		t.Fatalf("note %q, error %v", note, err)
	}
	img, err := png.Decode(bytes.NewReader(sheet))
	if err != nil {
		t.Fatal(err)
	}
	if b := img.Bounds(); b.Dx() != 3 || b.Dy() != 6 {
		t.Errorf("the sheet is %v, want two pictures of 3×2 with two rows between", b)
	}
	if r, _, _, _ := img.At(2, 1).RGBA(); r>>8 != 6 {
		t.Errorf("the last pixel of the first picture is %d, want 6", r>>8)
	}
	d.Shape = []int{2, 3, 2}
	if sheet, _, err := contactSheet(d); sheet != nil || err != nil {
		t.Errorf("two channels: %d bytes, error %v", len(sheet), err)
	}
}
