package report

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"gradlab/data"
	"gradlab/lab"
	"gradlab/preflight"
)

// foreseen is what a preflight might see of three networks: one healthy, one sick, one without figures.
func foreseen() *lab.Preflight {
	nan := preflight.Number(math.NaN())
	estimate := func(f float64) preflight.Estimate {
		return preflight.Estimate{Mean: preflight.Number(f), Low: preflight.Number(f * 0.9), High: preflight.Number(f * 1.1), N: 3}
	}
	pair := func(f float64) preflight.Pair {
		return preflight.Pair{Predicted: preflight.Number(f), Measured: estimate(f * 1.01)}
	}
	nothing := preflight.Pair{Predicted: nan, Measured: preflight.Estimate{Mean: nan, Low: nan, High: nan}}
	network := func(factor float64) *preflight.Report {
		r := &preflight.Report{Batch: 4, Steps: 100, Rate: 0.01, Seeds: 3, Images: 128, Chance: 2.303, Loss: pair(2.31),
			Fall: &preflight.Fall{Positions: []string{"linear1", "linear2"}, Factor: pair(factor), Total: pair(factor)}, NoDepth: "there is none",
			Overfit: preflight.Overfit{Images: 16, Steps: 12, Before: 2.3, After: 0.5, Guess: 2.1, Correct: 16}}
		for i, name := range []string{"linear1", "tanh1", "linear2"} {
			kind := name[:len(name)-1]
			q := preflight.Position{Index: i + 1, Name: name, Kind: kind, Shape: []int{10}, Gradient: pair(math.Pow(factor, float64(2-i))), Factor: pair(factor),
				Deviation: pair(1), Saturated: nothing, UpdateRatio: pair(1e-3)}
			r.Positions = append(r.Positions, q)
		}
		return r
	}
	sick := network(1e-3)
	sick.Findings = []preflight.Finding{
		{Trouble: preflight.Vanishing, Cause: preflight.Activation, Text: "The gradient falls.", Try: []string{"relu", "batchnorm"}},
		{Trouble: preflight.Vanishing, Cause: preflight.TooDeep, Text: "It is deep.", Try: []string{"fewer layers"}},
	}
	empty := network(1)
	for i := range empty.Positions {
		q := &empty.Positions[i]
		q.Gradient, q.Factor, q.UpdateRatio = nothing, nothing, nothing
	}
	empty.Fall, empty.NoTheory, empty.Overfit.After = nil, "its weights are not random", nan
	info := data.Info{Name: hostile, H: 32, W: 32, C: 3, Classes: []string{"a", "b"}}
	return &lab.Preflight{Study: hostile, Parts: []lab.PartPreflight{{Study: hostile, Data: info, Models: []lab.ModelPreflight{
		{Arms: []string{"tanh", "tanh · epochs 10"}, Report: network(0.8)}, {Arms: []string{hostile}, Report: sick}, {Arms: []string{"constant"}, Report: empty},
	}}}}
}

// TestPreflight: what is printed fits the terminal, is free of control characters, and says the verdicts.
func TestPreflight(t *testing.T) {
	for _, width := range []int{40, 80, 100, 120} {
		var b bytes.Buffer
		if err := Preflight(&b, foreseen(), Options{Width: width, Dir: "out"}); err != nil {
			t.Fatal(err)
		}
		text := b.String()
		for _, want := range []string{"healthy", "vanishing gradients", "try: relu", "tanh; tanh"} {
			if !strings.Contains(text, want) {
				t.Errorf("at %d columns %q is missing from\n%s", width, want, text)
			}
		}
		if strings.ContainsAny(text, "\x1b\x00") {
			t.Error("control characters reach the terminal")
		}
		for _, line := range strings.Split(text, "\n") {
			if n := utf8.RuneCountInString(line); n > width && width >= 100 && strings.Contains(line, " ") {
				t.Errorf("%d columns of %d: %s", n, width, line)
			}
		}
	}
	if got := Verdict(foreseen().Parts[0].Models[1].Report); got != "vanishing gradients (activation, depth)" {
		t.Errorf("verdict %q", got)
	}
}

// TestGradientPicture: predictions and measurements stand where their logarithms are, on a scale between whole
// powers of ten.
func TestGradientPicture(t *testing.T) {
	p := func(predicted, measured float64) preflight.Position {
		return preflight.Position{Name: "x", Gradient: preflight.Pair{Predicted: preflight.Number(predicted), Measured: preflight.Estimate{Mean: preflight.Number(measured), N: 1}}}
	}
	g := gradientTable(&preflight.Report{Positions: []preflight.Position{p(1e-4, 1), p(1e-2, 1e-2), p(1e-1, 1e-3)}})
	if head := g.columns[3].head; !strings.HasPrefix(head, "−4 ") || !strings.HasSuffix(head, " 0") {
		t.Errorf("scale %q", head)
	}
	for i, want := range []string{"○·······················●", "············◉············", "······●···········○······"} {
		if got := g.rows[i][3]; got != want {
			t.Errorf("row %d: %s, want %s", i, got, want)
		}
	}
}

// TestWritePreflight: JSON without NaN, and pictures that are pictures.
func TestWritePreflight(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	names, err := WritePreflight(dir, foreseen())
	if err != nil {
		t.Fatal(err)
	}
	if len(names) != 3 {
		t.Fatalf("files %q", names)
	}
	for _, name := range names {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		switch filepath.Ext(name) {
		case ".json":
			if !json.Valid(text) || bytes.Contains(text, []byte("NaN")) {
				t.Errorf("%s is no JSON", name)
			}
		case ".svg":
			if !bytes.Contains(text, []byte("</svg>")) || bytes.Contains(text, []byte("NaN")) || bytes.Contains(text, []byte("<script")) {
				t.Errorf("%s is no sound SVG", name)
			}
		case ".png":
			if !bytes.HasPrefix(text, []byte("\x89PNG")) {
				t.Errorf("%s is no PNG", name)
			}
		}
	}
	// Nothing to draw.
	if _, ok := preflightFigure(&lab.PartPreflight{}); ok {
		t.Error("a part without networks has a picture")
	}
}

// TestTheoryFigure: results with predictions have the picture; those of versions without have none.
func TestTheoryFigure(t *testing.T) {
	r := small()
	v := newTextView(r)
	if _, ok := theoryFigure(&v.Parts[0]); ok {
		t.Error("a picture of no predictions")
	}
	for i := range r.Parts[0].Arms {
		r.Parts[0].Arms[i].Theory = &lab.Theory{GradRMS: []*float64{ptr(1e-3), nil, ptr(math.NaN()), ptr(1e-2)}}
	}
	for i := range r.Trials {
		r.Trials[i].Flow[0].Steps = lab.Steps{First: 1, Last: 1, Every: 1, Count: 1}
	}
	v = newTextView(r)
	f, ok := theoryFigure(&v.Parts[0])
	if !ok {
		t.Fatal("no picture of predictions")
	}
	svg, err := f.SVG()
	if err != nil || bytes.Contains(svg, []byte("NaN")) {
		t.Errorf("error %v, or NaN in the drawing", err)
	}
}
