package study

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gradlab/nn"
	"gradlab/optim"
	"gradlab/remedy"
)

func TestLayersOfRemedies(t *testing.T) {
	p := only(t, `
study: layers
data: shapes
model:
  - batchnorm
  - layernorm: {epsilon: 1e-3, affine: false}
  - flatten
  - residual: [linear: 8, batchnorm: {momentum: 0.2, epsilon: 1e-4, affine: false}, tanh]
  - residual: {layers: [repeat: {times: 2, layers: [linear: 4]}, relu], init: orthogonal}
  - linear: classes
init: lsuv
train: {epochs: 1, sgd: {rate: 0.1}, clip: {layer-norm: 0.5}}
`[1:])
	want := nn.Model{Init: nn.Init{Name: "lsuv"}, Layers: []nn.Layer{
		nn.BatchNorm{}, nn.LayerNorm{Epsilon: 1e-3, NoAffine: true}, nn.Flatten{},
		nn.Residual{Layers: []nn.Layer{nn.Linear{Out: 8}, nn.BatchNorm{Momentum: 0.2, Epsilon: 1e-4, NoAffine: true}, nn.Activation{Name: "tanh"}}},
		nn.Residual{Init: nn.Init{Name: "orthogonal"}, Layers: []nn.Layer{
			nn.Repeat{Times: 2, Layers: []nn.Layer{nn.Linear{Out: 4}}}, nn.Activation{Name: "relu"},
		}},
		nn.Linear{Out: nn.Classes},
	}}
	if diff := cmp.Diff(want, p.Arms[0].Model); diff != "" {
		t.Errorf("model differs (-want +got):\n%s", diff)
	}
	if got, want := p.Arms[0].Train.Clip, (optim.Clip{By: "layer-norm", Limit: 0.5}); got != want {
		t.Errorf("clip is %v, want %v", got, want)
	}
	checkSource(t, p)
}

const remedied = `study: s
data: shapes
model: [flatten, linear: 40, sigmoid, linear: 40, sigmoid, linear: classes]
remedy: none
train: {epochs: 1, sgd: {rate: 0.1}}
seeds: [1]
`

// TestRemediedTrialsHaveTheHashOfWhatTheyTrain: a remedy's twin written out by hand is the same trial.
func TestRemediedTrialsHaveTheHashOfWhatTheyTrain(t *testing.T) {
	for _, c := range []struct{ remedy, path, value string }{
		{"he-init", "init", "he-normal"},
		{"batchnorm", "model", "[flatten, {linear: {out: 40, bias: false}}, batchnorm: {momentum: 0.1, epsilon: 1e-5}, sigmoid, {linear: {out: 40, bias: false}}, batchnorm, sigmoid, linear: classes]"},
		{"layernorm", "model", "[flatten, linear: 40, layernorm, sigmoid, linear: 40, layernorm: {epsilon: 1e-5}, sigmoid, linear: classes]"},
		{"skip", "model", "[flatten, residual: [linear: 40, sigmoid], residual: {layers: [linear: 40, sigmoid], init: pytorch}, linear: classes]"},
		{"relu", "model", "[flatten, linear: 40, relu, linear: 40, relu, linear: classes]"},
		{"clip", "train.clip", "{norm: 1}"},
		{"{clip: {value: 0.1}}", "train.clip", "{value: 0.1}"},
		{"{leaky-relu: {slope: 0.2}}", "model", "[flatten, linear: 40, leaky-relu: {slope: 0.2}, linear: 40, leaky-relu: {slope: 0.2}, linear: classes]"},
		{"[relu, he-init]", "model", "[flatten, linear: {out: 40, init: he-normal}, relu, linear: {out: 40, init: he-normal}, relu, linear: {out: classes, init: he-normal}]"},
	} {
		got, want := hashOf(t, remedied, "remedy="+c.remedy), hashOf(t, remedied, c.path+"="+c.value)
		if got != want {
			t.Errorf("%s: another hash than %s=%s", c.remedy, c.path, c.value)
		}
		if got == hashOf(t, remedied) {
			t.Errorf("%s: the hash of no remedy", c.remedy)
		}
	}
}

// TestDrawnRemedies: the trials of one arm differ, each is hashed for what its seed drew, and says it.
func TestDrawnRemedies(t *testing.T) {
	p := only(t, remedied, "remedy=random", "seeds=40")
	drawn := map[string]bool{}
	for _, trial := range p.Trials(1, "sha256:00") {
		v := trial.Variant
		drawn[v.Name] = true
		if len(v.Changes) == 0 {
			t.Errorf("seed %d says no change", trial.Seed)
		}
		if v.Name == "clip" {
			v.Name = "{clip: {norm: 1}}"
		}
		alone := only(t, remedied, "remedy="+v.Name, "seeds=40").Trials(1, "sha256:00")
		if want := alone[slices.IndexFunc(alone, func(o Trial) bool { return o.Seed == trial.Seed })].Hash; trial.Hash != want {
			t.Errorf("seed %d drew %s, and has another hash than a study of that", trial.Seed, v.Name)
		}
	}
	if len(drawn) < 8 {
		t.Errorf("40 seeds draw %d remedies", len(drawn))
	}
	placebo := only(t, remedied, "remedy=placebo", "seeds=20").Trials(1, "sha256:00")
	plain := only(t, remedied, "seeds=20").Trials(1, "sha256:00")
	for i := range placebo {
		if placebo[i].Hash == plain[i].Hash {
			t.Errorf("seed %d of placebo (%s) is the trial without it", placebo[i].Seed, placebo[i].Variant.Name)
		}
	}
	checkSource(t, p)
}

// TestBuiltinRemedies: every remedy is an arm, with both controls and two networks of five fully-connected layers.
func TestBuiltinRemedies(t *testing.T) {
	p := load(t, "remedies")[0]
	names := armNames(p)
	want := append(remedy.Names(), "skip+batchnorm", "relu+he-init", "none · layers 5", "none · tanh · layers 5")
	slices.Sort(names)
	slices.Sort(want)
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("arms differ (-want +got):\n%s", diff)
	}
	for _, a := range p.Arms {
		layers, err := a.Model.Expand()
		if err != nil {
			t.Fatal(err)
		}
		linear := countLinear(layers)
		want := 6
		if strings.Contains(a.Name, "layers 5") {
			want = 5
		}
		if linear != want {
			t.Errorf("%s has %d linear layers, want %d", a.Name, linear, want)
		}
		if (a.Changes == nil && a.Drawn == nil) != strings.HasPrefix(a.Name, "none") {
			t.Errorf("%s says that it changes %q", a.Name, a.Changes)
		}
	}
	if len(p.Seeds) != 10 || !slices.Equal(p.Against, []string{"none", "random", "placebo", "none · layers 5", "none · tanh · layers 5"}) {
		t.Errorf("%d seeds, against %q", len(p.Seeds), p.Against)
	}
}

func countLinear(layers []nn.Layer) int {
	n := 0
	for _, l := range layers {
		switch l := l.(type) {
		case nn.Linear:
			n++
		case nn.Residual:
			n += countLinear(l.Layers)
		}
	}
	return n
}

// TestReferencesGoWithTheirArms: what --set takes away is no longer compared with.
func TestReferencesGoWithTheirArms(t *testing.T) {
	s, err := Load("remedies")
	if err != nil {
		t.Fatal(err)
	}
	for _, set := range [][2]string{{"vary.remedy", "[none, skip, placebo]"}, {"also", ""}} {
		if err := s.Set(set[0], set[1]); err != nil {
			t.Fatal(err)
		}
	}
	parts, err := s.Parts()
	if err != nil {
		t.Fatal(err)
	}
	if got := parts[0].Against; !slices.Equal(got, []string{"none", "placebo"}) {
		t.Errorf("against %q", got)
	}
	checkSource(t, parts[0])
	if err := s.Set("vary.remedy", "[skip, relu]"); err != nil {
		t.Fatal(err)
	}
	if parts, err = s.Parts(); err != nil || parts[0].Against != nil {
		t.Errorf("against %q and %v, want none", parts[0].Against, err)
	}
	checkSource(t, parts[0])
}
