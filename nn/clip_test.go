package nn

import (
	"encoding/json"
	"math"
	"os"
	"testing"

	"gradlab/internal/kernel"
	"gradlab/optim"
)

// clipCase is a case of testdata/clip.json, which testdata/clip.py wrote.
type clipCase struct {
	By                    string
	Limit                 float64
	Before, After         [][]float64 // by parameter, in PyTorch's layout
	NormBefore, NormAfter float64
	Cut                   bool
}

func clipCases(t *testing.T) []clipCase {
	t.Helper()
	var file struct{ Cases []clipCase }
	text, err := os.ReadFile("testdata/clip.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Cases) < 12 {
		t.Fatalf("clip.json has %d cases", len(file.Cases))
	}
	return file.Cases
}

func clipPlan[T kernel.Float](t *testing.T, engine *Engine) *Plan[T] {
	t.Helper()
	m := Model{Layers: []Layer{Conv2d{Filters: 3, Kernel: Square(3)}, Flatten{}, Linear{Out: 3}, Linear{Out: Classes}}}
	p, err := Compile[T](m, Shape{5, 5, 2}, 4, Options{Batch: 2, Engine: engine})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// importGrads sets the plan's gradients through the layout of Import, and grads gives them back.
func importGrads[T kernel.Float](t *testing.T, p *Plan[T], values [][]float64) {
	t.Helper()
	for i, q := range p.Params() {
		kept := q.Data
		q.Data = make([]T, len(kept))
		typed := make([]T, len(values[i]))
		for j, v := range values[i] {
			typed[j] = T(v)
		}
		if err := q.Import(typed); err != nil {
			t.Fatal(err)
		}
		copy(q.grad(), q.Data)
		q.Data = kept
	}
}

func exportGrad[T kernel.Float](q *Param[T]) []T {
	kept := q.Data
	defer func() { q.Data = kept }()
	q.Data = q.Grad
	values, _ := q.Export()
	return values
}

// TestClipAgainstPyTorch compares with clip_grad_value_ and clip_grad_norm_. linear1's gradient is among
// them in another order of columns, as every flattened image; a norm does not mind.
func TestClipAgainstPyTorch(t *testing.T) {
	t.Run("float32", func(t *testing.T) { clipAgainstPyTorch[float32](t, 3e-7) })
	t.Run("float64", func(t *testing.T) { clipAgainstPyTorch[float64](t, 1e-14) })
}

func clipAgainstPyTorch[T kernel.Float](t *testing.T, tolerance float64) {
	p := clipPlan[T](t, nil)
	for _, c := range clipCases(t) {
		importGrads(t, p, c.Before)
		got := p.Clip(optim.Clip{By: c.By, Limit: c.Limit})
		near := func(what string, got, want float64) {
			if !(math.Abs(got-want) <= tolerance*(math.Abs(want)+1e-30)) {
				t.Errorf("%s %g: %s is %.17g, want %.17g", c.By, c.Limit, what, got, want)
			}
		}
		near("the norm before", got.Before, c.NormBefore)
		near("the norm after", got.After, c.NormAfter)
		if got.Cut != c.Cut {
			t.Errorf("%s %g: cut is %v, want %v", c.By, c.Limit, got.Cut, c.Cut)
		}
		for i, q := range p.Params() {
			for j, v := range exportGrad(q) {
				near(q.Name, float64(v), c.After[i][j])
			}
		}
	}
}

// TestClipHasTheSameBits on every instruction set.
func TestClipHasTheSameBits(t *testing.T) {
	for _, c := range clipCases(t) {
		var want Clipped
		var digest [][]float32
		for i, isa := range kernel.Available() {
			p := clipPlan[float32](t, kernel.New(isa, 1))
			importGrads(t, p, c.Before)
			got := p.Clip(optim.Clip{By: c.By, Limit: c.Limit})
			var grads [][]float32
			for _, q := range p.Params() {
				grads = append(grads, q.Grad)
			}
			if i == 0 {
				want, digest = got, grads
				continue
			}
			if got != want {
				t.Errorf("%s %g on %v: %+v, want %+v", c.By, c.Limit, isa, got, want)
			}
			for j := range grads {
				for k := range grads[j] {
					if math.Float32bits(grads[j][k]) != math.Float32bits(digest[j][k]) {
						t.Fatalf("%s %g on %v: gradient %d of tensor %d is %v, want %v", c.By, c.Limit, isa, k, j, grads[j][k], digest[j][k])
					}
				}
			}
		}
	}
}

// TestClipAtItsEdges: no gradient, and gradients that are no numbers.
func TestClipAtItsEdges(t *testing.T) {
	p := clipPlan[float32](t, nil)
	for _, by := range optim.Clips() {
		for _, q := range p.Params() {
			clear(q.grad())
		}
		if got := p.Clip(optim.Clip{By: by, Limit: 1}); got != (Clipped{}) {
			t.Errorf("%s of no gradient gives %+v", by, got)
		}
	}
	p.Params()[0].grad()[0] = float32(math.NaN())
	p.Params()[5].grad()[1] = 1
	got := p.Clip(optim.Clip{By: optim.ClipNorm, Limit: 1})
	if !math.IsNaN(got.Before) || !math.IsNaN(float64(p.Params()[5].Grad[1])) {
		t.Errorf("a NaN gives %+v and leaves %v, want NaN throughout as in PyTorch", got, p.Params()[5].Grad[1])
	}
	if allocs := testing.AllocsPerRun(10, func() { p.Clip(optim.Clip{By: optim.ClipLayerNorm, Limit: 1}) }); allocs > 0 {
		t.Errorf("clipping allocates %v times", allocs)
	}
}

// TestClippedOutline: a clipped step stores its gradients, and cuts each of them.
func TestClippedOutline(t *testing.T) {
	m := Model{Layers: []Layer{Conv2d{Filters: 3, Kernel: Square(3)}, Activation{Name: "tanh"}, Flatten{}, Linear{Out: Classes}}}
	for _, c := range []struct{ by, kernel string }{{"value", "Clamp"}, {"norm", "Scale"}, {"layer-norm", "Scale"}} {
		o, err := NewClippedOutline[float32](m, Shape{5, 5, 2}, 4, Options{Batch: 2}, optim.SGD{Rate: 0.1}, optim.Clip{By: c.by, Limit: 1})
		if err != nil {
			t.Fatal(err)
		}
		cut, updates := 0, 0
		for _, k := range o.Kernels {
			if k.Pass == "clip" && k.Kernel == c.kernel {
				cut++
			}
			if k.Pass == "update" {
				updates++
			}
		}
		if cut != 4 || updates != 4 {
			t.Errorf("%s: %d calls of %s and %d updates, want 4 of each: %+v", c.by, cut, c.kernel, updates, o.Kernels)
		}
		for _, g := range o.Gradients {
			if g.Kept != "stored" {
				t.Errorf("%s: the gradient of %s is kept: %s", c.by, g.Param, g.Kept)
			}
		}
	}
}
