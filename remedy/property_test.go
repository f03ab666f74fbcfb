package remedy

import (
	"fmt"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"gradlab/nn"
)

// drawLayers draws layers of a vector or an image, nested in repeats and residual blocks.
func drawLayers(t *rapid.T, depth int, image bool, keep bool) []nn.Layer {
	var layers []nn.Layer
	activation := func() nn.Layer {
		return act(rapid.SampledFrom([]string{"sigmoid", "tanh", "relu", "gelu", "identity"}).Draw(t, "activation"))
	}
	for range rapid.IntRange(1, 4).Draw(t, "units") {
		init := nn.Init{Name: rapid.SampledFrom([]string{"", "he-normal", "orthogonal", "lsuv"}).Draw(t, "init")}
		var unit []nn.Layer
		shrinks := false // so that nothing can be added to it
		if image {
			c := nn.Conv2d{Filters: rapid.IntRange(1, 3).Draw(t, "filters"), Kernel: nn.Square(3), Padding: nn.Square(1), Init: init}
			if !keep && depth == 0 && rapid.Bool().Draw(t, "bare") {
				c.Padding, shrinks = nn.Pair{}, true
			}
			unit = []nn.Layer{c}
		} else {
			unit = []nn.Layer{nn.Linear{Out: rapid.SampledFrom([]int{4, 35}).Draw(t, "out"), Init: init, NoBias: rapid.Bool().Draw(t, "no bias")}}
		}
		switch rapid.IntRange(0, 3).Draw(t, "normalisation") {
		case 0:
			unit = append(unit, nn.BatchNorm{})
		case 1:
			unit = append(unit, nn.LayerNorm{})
		}
		if rapid.IntRange(0, 4).Draw(t, "active") > 0 {
			unit = append(unit, activation())
		}
		switch rapid.IntRange(0, 5).Draw(t, "nested") {
		case 0:
			if depth < 2 && !keep {
				unit = []nn.Layer{nn.Repeat{Times: rapid.IntRange(0, 2).Draw(t, "times"), Layers: drawLayers(t, depth+1, image, true)}}
			}
		case 1:
			if !shrinks {
				unit = []nn.Layer{nn.Residual{Layers: unit}}
			}
		}
		layers = append(layers, unit...)
	}
	return layers
}

func drawModel(t *rapid.T) nn.Model {
	m := nn.Model{Init: nn.Init{Name: rapid.SampledFrom([]string{"", "pytorch", "he-normal", "xavier-uniform"}).Draw(t, "model's init")}}
	if rapid.Bool().Draw(t, "convolutional") {
		m.Layers = drawLayers(t, 0, true, false)
	}
	m.Layers = append(m.Layers, nn.Flatten{})
	m.Layers = append(m.Layers, drawLayers(t, 0, false, false)...)
	m.Layers = append(m.Layers, nn.Linear{Out: nn.Classes})
	if rapid.IntRange(0, 5).Draw(t, "output activation") == 0 {
		m.Layers = append(m.Layers, act("sigmoid"))
	}
	return m
}

var input, classes = nn.Shape{9, 9, 2}, 3

// TestRemediesOfRandomModels: whatever model compiles, its remedied twin does, for the same classes; the model
// itself stays as it was; a remedy says what it changed; applied again, it has nothing left to change.
func TestRemediesOfRandomModels(t *testing.T) { rapid.Check(t, testRemedy) }

func testRemedy(t *rapid.T) {
	m := drawModel(t)
	if _, err := nn.Compile[float32](m, input, classes, nn.Options{Batch: 2}); err != nil {
		t.Fatalf("the model itself: %v", err)
	}
	before := fmt.Sprintf("%#v", m)
	names := rapid.SliceOfNDistinct(rapid.SampledFrom(kindNames()), 1, 3, rapid.ID[string]).Draw(t, "remedies")
	var r Remedy
	for _, name := range names {
		r = append(r, Step{Name: name})
	}
	all, err := r.Variants(m, plain)
	if after := fmt.Sprintf("%#v", m); after != before {
		t.Fatalf("%v has changed the model it was given from\n%s to\n%s", r, before, after)
	}
	if err != nil {
		return // it changes nothing, as TestRemediesThatChangeNothing checks
	}
	for _, v := range all {
		if len(v.Changes) < 1 {
			t.Errorf("%s says nothing", v.Name)
		}
		if _, err := nn.Compile[float32](v.Model, input, classes, nn.Options{Batch: 2}); err != nil {
			t.Errorf("%s of\n%s gives\n%s: %v", v.Name, before, short(v.Model.Layers, map[string]int{}), err)
		}
	}
	if last := names[len(names)-1]; !r.Drawn() && last != "selu" {
		if again, err := (Remedy{{Name: last}}).Variants(all[0].Model, all[0].Train); err == nil {
			t.Errorf("%s once more changes %v", last, again[0].Changes)
		}
	}
}

// kindNames are the names of remedies, of the controls at most one among those that one test draws.
func kindNames() []string {
	names := []string{Random}
	for _, k := range kinds {
		names = append(names, k.Name)
	}
	return names
}

// TestNormalisationsCommuteWithSkips: skip+batchnorm is batchnorm+skip, and likewise with layernorm.
func TestNormalisationsCommuteWithSkips(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawModel(t)
		norm := rapid.SampledFrom([]string{"batchnorm", "layernorm"}).Draw(t, "normalisation")
		a, err := (Remedy{{Name: "skip"}, {Name: norm}}).Variants(m, plain)
		b, err2 := (Remedy{{Name: norm}, {Name: "skip"}}).Variants(m, plain)
		if (err == nil) != (err2 == nil) {
			t.Fatalf("%v, but the other way round %v", err, err2)
		}
		if err != nil {
			return
		}
		x, y := short(a[0].Model.Layers, map[string]int{}), short(b[0].Model.Layers, map[string]int{})
		if x != y {
			t.Errorf("skip+%s gives\n%s, the other way round\n%s", norm, x, y)
		}
	})
}

// TestNoneChangesNothing: not even a Repeat is written out.
func TestNoneChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawModel(t)
		r, err := Parse(None)
		if err != nil {
			t.Fatal(err)
		}
		all, err := r.Variants(m, plain)
		if err != nil || len(all) != 1 || fmt.Sprintf("%#v", all[0].Model) != fmt.Sprintf("%#v", m) || !reflect.DeepEqual(all[0].Train, plain) || all[0].Changes != nil {
			t.Errorf("none gives %+v and %v", all, err)
		}
	})
}

// TestWalkNamesLayersAsCompileDoes, residual blocks and repeats included.
func TestWalkNamesLayersAsCompileDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawModel(t)
		p, err := nn.Compile[float32](m, input, classes, nn.Options{Batch: 2})
		if err != nil {
			t.Fatal(err)
		}
		var want, got []string
		for _, position := range p.Positions() {
			if position.Kind == "linear" || position.Kind == "conv" {
				want = append(want, position.Name)
			}
		}
		layers, err := m.Expand()
		if err != nil {
			t.Fatal(err)
		}
		w := walked(layers)
		edit(layers, func(l nn.Layer) nn.Layer {
			if weighted(l) {
				name, _ := w.next(l)
				got = append(got, name)
			}
			return l
		})
		if !slices.Equal(got, want) {
			t.Errorf("named %v, want %v", got, want)
		}
	})
}
