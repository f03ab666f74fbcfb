package remedy

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gradlab/nn"
	"gradlab/optim"
	"gradlab/train"
)

func act(name string) nn.Layer { return nn.Activation{Name: name} }

// lenet is a convolutional network with repeated layers.
func lenet() nn.Model {
	return nn.Model{Layers: []nn.Layer{
		nn.Conv2d{Filters: 6, Kernel: nn.Square(5)}, act("sigmoid"), nn.MaxPool2d{Kernel: nn.Square(2)},
		nn.Conv2d{Filters: 8, Kernel: nn.Square(3), Padding: nn.Square(1)}, act("sigmoid"), nn.Flatten{},
		nn.Linear{Out: 60}, act("sigmoid"),
		nn.Repeat{Times: 2, Layers: []nn.Layer{nn.Linear{Out: 40, Init: nn.Init{Name: "he"}}, act("sigmoid")}},
		nn.Linear{Out: nn.Classes},
	}}
}

var plain = train.Config{Epochs: 1, Batch: 4, Rule: optim.SGD{Rate: 0.01}}

func mustParse(t *testing.T, text string) Remedy {
	t.Helper()
	r, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func apply(t *testing.T, text string, m nn.Model) Variant {
	t.Helper()
	all, err := mustParse(t, text).Variants(m, plain)
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 1 {
		t.Fatalf("%s gives %d variants, want 1", text, len(all))
	}
	return all[0]
}

// TestWhatRemediesMake writes each remedy's model and words in short.
func TestWhatRemediesMake(t *testing.T) {
	hidden := func(name string, extra ...string) string { return strings.Join(append([]string{name}, extra...), " ") }
	for _, c := range []struct{ remedy, layers, changes string }{
		{"he-init", "init he-normal: conv1 sigmoid maxpool conv2 sigmoid flatten linear1 sigmoid linear2 sigmoid linear3 sigmoid linear4",
			"he-normal weights and biases of zero in 6 layers: conv1, conv2, linear1 to linear4"},
		{"batchnorm", "init : conv1- batchnorm sigmoid maxpool conv2- batchnorm sigmoid flatten linear1- batchnorm sigmoid linear2-he batchnorm sigmoid linear3-he batchnorm sigmoid linear4",
			"batch norm after 5 layers: conv1, conv2, linear1 to linear3; the biases before it are dropped, as it would take them off again"},
		{"layernorm", "init : conv1 layernorm sigmoid maxpool conv2 layernorm sigmoid flatten linear1 layernorm sigmoid linear2he layernorm sigmoid linear3he layernorm sigmoid linear4",
			"layer norm after 5 layers: conv1, conv2, linear1 to linear3"},
		{"relu", "init : conv1 relu maxpool conv2 relu flatten linear1 relu linear2he relu linear3he relu linear4", "relu in place of 5 × sigmoid"},
		{"leaky-relu", "init : conv1 leaky-relu maxpool conv2 leaky-relu flatten linear1 leaky-relu linear2he leaky-relu linear3he leaky-relu linear4",
			"leaky-relu in place of 5 × sigmoid (slope 0.01 below zero)"},
		{"selu", "init lecun-normal: conv1 selu maxpool conv2 selu flatten linear1 selu linear2 selu linear3 selu linear4",
			"selu in place of 5 × sigmoid | lecun-normal weights and biases of zero in 6 layers: conv1, conv2, linear1 to linear4"},
		{"skip", "init : conv1 sigmoid maxpool ( conv2 sigmoid ) flatten ( linear1 sigmoid ) ( linear2he sigmoid )he ( linear3he sigmoid )he linear4",
			"a skip connection around 4 layers: conv2, linear1 to linear3, each with its activation, projected where the shape changes | left alone, for they change the size of the image: conv1"},
		{"skip+batchnorm", "init : conv1- batchnorm sigmoid maxpool ( conv2- batchnorm sigmoid ) flatten ( linear1- batchnorm sigmoid ) ( linear2-he batchnorm sigmoid )he ( linear3-he batchnorm sigmoid )he linear4", ""},
		{"clip", "init : conv1 sigmoid maxpool conv2 sigmoid flatten linear1 sigmoid linear2he sigmoid linear3he sigmoid linear4", "the norm of all gradients together clipped at 1"},
		{"lsuv-init", "init lsuv: conv1 sigmoid maxpool conv2 sigmoid flatten linear1 sigmoid linear2 sigmoid linear3 sigmoid linear4", ""},
	} {
		v := apply(t, c.remedy, lenet())
		if got := "init " + v.Model.Init.Name + ": " + short(v.Model.Layers, map[string]int{}); got != hidden(c.layers) {
			t.Errorf("%s gives\n%s, want\n%s", c.remedy, got, c.layers)
		}
		if got := strings.Join(v.Changes, " | "); c.changes != "" && got != c.changes {
			t.Errorf("%s says\n%s, want\n%s", c.remedy, got, c.changes)
		}
		if wantClip := c.remedy == "clip"; (v.Train.Clip == optim.Clip{By: "norm", Limit: 1}) != wantClip {
			t.Errorf("%s clips by %v", c.remedy, v.Train.Clip)
		}
	}
}

// short writes layers in a line: layers with weights with their number, - for no bias and their initialisation,
// residual blocks in parentheses.
func short(layers []nn.Layer, count map[string]int) string {
	var out []string
	named := func(kind string, noBias bool, init nn.Init) {
		count[kind]++
		s := fmt.Sprint(kind, count[kind])
		if noBias {
			s += "-"
		}
		out = append(out, s+init.Name)
	}
	for _, l := range layers {
		switch l := l.(type) {
		case nn.Linear:
			named("linear", l.NoBias, l.Init)
		case nn.Conv2d:
			named("conv", l.NoBias, l.Init)
		case nn.Residual:
			out = append(out, "( "+short(l.Layers, count)+" )"+l.Init.Name)
		case nn.Activation:
			out = append(out, l.Name)
		default:
			name := strings.ToLower(reflect.TypeOf(l).Name())
			out = append(out, strings.TrimSuffix(name, "2d"))
		}
	}
	return strings.Join(out, " ")
}

// TestRemediesThatChangeNothing are errors with advice, and change nothing.
func TestRemediesThatChangeNothing(t *testing.T) {
	relu := nn.Model{Init: nn.Init{Name: "he-normal"}, Layers: []nn.Layer{nn.Flatten{}, nn.Linear{Out: 5}, act("relu"), nn.Linear{Out: nn.Classes}}}
	shallow := nn.Model{Layers: []nn.Layer{nn.Flatten{}, nn.Linear{Out: nn.Classes}, act("sigmoid")}}
	clipped := plain
	clipped.Clip = optim.Clip{By: "norm", Limit: 1}
	for _, c := range []struct {
		remedy string
		model  nn.Model
		train  train.Config
		want   string
	}{
		{"relu", relu, plain, "no hidden layer has an activation other than relu"},
		{"he-init", relu, plain, "every layer has the initialisation he-normal already"},
		{"relu", shallow, plain, "after the layer that gives the output"},
		{"batchnorm", shallow, plain, "no hidden layer with an activation"},
		{"skip", shallow, plain, "no hidden layer can have a skip connection"},
		{"clip", relu, clipped, "gradients are clipped (norm 1) already"},
		{"batchnorm+layernorm", relu, plain, "without normalisation"},
	} {
		before := fmt.Sprintf("%#v", c.model)
		all, err := mustParse(t, c.remedy).Variants(c.model, c.train)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "changes nothing") {
			t.Errorf("%s of %s gives %v and the error %v, want %q", c.remedy, short(c.model.Layers, map[string]int{}), all, err, c.want)
			continue
		}
		if h, ok := err.(interface{ Hint() string }); !ok || h.Hint() == "" {
			t.Errorf("%s: %v has no hint", c.remedy, err)
		}
		if got := fmt.Sprintf("%#v", c.model); got != before {
			t.Errorf("%s has changed the model to %s", c.remedy, got)
		}
	}
}

func TestParse(t *testing.T) {
	for _, name := range Names() {
		if got := mustParse(t, name).String(); got != name {
			t.Errorf("%s is read as %s", name, got)
		}
	}
	if r := mustParse(t, "skip + batchnorm"); r.String() != "skip+batchnorm" {
		t.Errorf("read as %v", r)
	}
	for _, text := range []string{"", "batchnrom", "skip+", "skip+skip", "random+placebo", "none+skip", strings.Repeat("skip+", 9) + "skip"} {
		if r, err := Parse(text); err == nil {
			t.Errorf("%q is read as %v", text, r)
		}
	}
}

// TestControlsAreDrawn: each seed draws the same every time; all that may be drawn is; and random is none of
// those that change nothing.
func TestControlsAreDrawn(t *testing.T) {
	for _, c := range []struct {
		control string
		want    int
	}{{Random, len(kinds) + 1}, {Placebo, len(placebos)}} {
		all, err := mustParse(t, c.control).Variants(lenet(), plain)
		if err != nil {
			t.Fatal(err)
		}
		if len(all) != c.want {
			t.Errorf("%s may draw %d changes, want %d", c.control, len(all), c.want)
		}
		const seeds = 4000
		drawn := map[string]int{}
		for seed := range uint64(seeds) {
			v := Draw(all, seed)
			drawn[v.Name]++
			if again := Draw(all, seed); again.Name != v.Name {
				t.Fatalf("seed %d draws %s, then %s", seed, v.Name, again.Name)
			}
			if len(v.Changes) == 0 {
				t.Fatalf("%s says of no change", v.Name)
			}
		}
		for _, v := range all {
			// A binomial count within five standard deviations.
			mean := float64(seeds) / float64(len(all))
			if n := float64(drawn[v.Name]); (n-mean)*(n-mean) > 25*mean {
				t.Errorf("%s is drawn %v of %d times", v.Name, n, seeds)
			}
		}
	}
	relu := nn.Model{Layers: []nn.Layer{nn.Flatten{}, nn.Linear{Out: 50}, act("relu"), nn.Linear{Out: nn.Classes}}}
	all, err := mustParse(t, Random).Variants(relu, plain)
	if err != nil {
		t.Fatal(err)
	}
	if slices.ContainsFunc(all, func(v Variant) bool { return v.Name == "relu" }) || len(all) != len(kinds) {
		t.Errorf("of a ReLU network random draws %d, relu among them", len(all))
	}
	if all, err := mustParse(t, "random+clip").Variants(lenet(), plain); err != nil || len(all) != len(kinds) {
		t.Errorf("random+clip gives %d variants and %v, want all but clip twice", len(all), err)
	}
}

// TestPlacebosStayHarmless: none changes what is computed, but for one layer a few units wider.
func TestPlacebosStayHarmless(t *testing.T) {
	all, err := mustParse(t, Placebo).Variants(lenet(), plain)
	if err != nil {
		t.Fatal(err)
	}
	expanded, err := lenet().Expand()
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range all {
		if v.Name == "a layer 3 units wider" {
			expanded[6] = nn.Linear{Out: 63}
		} else {
			expanded[6] = nn.Linear{Out: 60}
		}
		if diff := cmp.Diff(expanded, v.Model.Layers); diff != "" {
			t.Errorf("%s changes the model: %s", v.Name, diff)
		}
		if r := v.Train.Rule.Rate; r < 0.01 || r > 0.0106 {
			t.Errorf("%s has the learning rate %v", v.Name, r)
		}
	}
}
