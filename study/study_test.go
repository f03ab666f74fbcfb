package study

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gradlab/data"
	"gradlab/nn"
	"gradlab/optim"
	"gradlab/train"
)

// parts expands a study that must be right.
func parts(t testing.TB, src string, sets ...string) []Part {
	t.Helper()
	s, err := Parse("a.yaml", []byte(src))
	if err != nil {
		t.Fatal(report(err))
	}
	for _, set := range sets {
		path, value, _ := strings.Cut(set, "=")
		if err := s.Set(path, value); err != nil {
			t.Fatal(report(err))
		}
	}
	p, err := s.Parts()
	if err != nil {
		t.Fatal(report(err))
	}
	return p
}

func only(t testing.TB, src string, sets ...string) Part {
	t.Helper()
	return parts(t, src, sets...)[0]
}

func armNames(p Part) []string {
	var names []string
	for _, a := range p.Arms {
		names = append(names, a.Name)
	}
	return names
}

func load(t testing.TB, name string) []Part {
	t.Helper()
	s, err := Load(name)
	if err != nil {
		t.Fatal(report(err))
	}
	p, err := s.Parts()
	if err != nil {
		t.Fatal(report(err))
	}
	return p
}

// The network of the seed's study 1, in Go.
func lenet(activation string) nn.Model {
	act := nn.Activation{Name: activation}
	return nn.Model{Init: nn.Init{Name: "pytorch"}, Layers: []nn.Layer{
		nn.Conv2d{Filters: 6, Kernel: nn.Square(5)}, act, nn.MaxPool2d{Kernel: nn.Square(2)},
		nn.Conv2d{Filters: 16, Kernel: nn.Square(5)}, act, nn.MaxPool2d{Kernel: nn.Square(2)},
		nn.Flatten{}, nn.Linear{Out: 120}, act, nn.Linear{Out: 84}, act, nn.Linear{Out: nn.Classes},
	}}
}

func TestActivationsIsStudy1(t *testing.T) {
	p := load(t, "activations")[0]
	config := func(epochs int) train.Config {
		return train.Config{Epochs: epochs, Batch: 4, Rule: optim.SGD{Rate: 0.01}, Inputs: "unit"}
	}
	arm := func(activation string, epochs int64, name string) Arm {
		return Arm{Name: name, Labels: []Label{{"activation", activation}, {"epochs", epochs}},
			Model: lenet(activation), Train: config(int(epochs))}
	}
	want := []Arm{
		arm("sigmoid", 2, "sigmoid"),
		arm("tanh", 2, "tanh"),
		arm("relu", 2, "relu"),
		arm("scaled-sigmoid", 2, "scaled-sigmoid"),
		arm("sigmoid", 10, "sigmoid · epochs 10"),
	}
	if diff := cmp.Diff(want, p.Arms); diff != "" {
		t.Errorf("arms differ (-want +got):\n%s", diff)
	}
	if len(p.Seeds) != 10 || p.Data.Source != "cifar10" {
		t.Errorf("%d seeds on %v, want 10 on cifar10", len(p.Seeds), p.Data)
	}
}

func TestDepthCountsFullyConnectedLayers(t *testing.T) {
	p := load(t, "depth")[0]
	if len(p.Arms) != 10 || len(p.Seeds) != 10 {
		t.Fatalf("%d arms and %d seeds, want 10 and 10", len(p.Arms), len(p.Seeds))
	}
	for i, a := range p.Arms {
		var widths []int
		for _, l := range written(a.Model.Layers, a.Model.Init) {
			if l, ok := l.(nn.Linear); ok {
				widths = append(widths, l.Out)
			}
		}
		depth := []int{3, 4, 5, 6, 8}[i%5]
		want := []int{120}
		for range depth - 2 {
			want = append(want, 84)
		}
		want = append(want, nn.Classes)
		if diff := cmp.Diff(want, widths); diff != "" || a.Labels[1] != (Label{"depth", int64(depth)}) {
			t.Errorf("%s: labels %v, widths differ (-want +got):\n%s", a.Name, a.Labels, diff)
		}
	}
	if diff := cmp.Diff(lenet("tanh"), nn.Model{
		Layers: written(p.Arms[0].Model.Layers, nn.Init{}), Init: p.Arms[0].Model.Init},
		cmp.FilterPath(func(p cmp.Path) bool {
			return strings.HasSuffix(p.String(), "Init") || strings.HasSuffix(p.String(), "Stride")
		}, cmp.Ignore())); diff != "" {
		t.Errorf("three layers are not the network of study 1:\n%s", diff)
	}
}

func TestTourRunsOnShapes(t *testing.T) {
	got := load(t, "tour")
	if len(got) < 2 {
		t.Fatalf("%d parts, want activations and depth", len(got))
	}
	for _, p := range got {
		if p.Data.Source != "shapes" || len(p.Seeds) != 8 {
			t.Errorf("%s: %d seeds on %v, want 8 on shapes", p.Name, len(p.Seeds), p.Data)
		}
	}
}

func TestBuiltinsAskAQuestion(t *testing.T) {
	for _, b := range Builtins() {
		if !strings.HasSuffix(b.Question, "?") || load(t, b.Name) == nil {
			t.Errorf("%s asks %q", b.Name, b.Question)
		}
	}
}

const grid = `
study: g
data: shapes
let: {rate: 0.5, epochs: 2}
vary:
  activation: [tanh, leaky-relu: {slope: 0.2}]
  width: [8, 16]
also:
  - {activation: relu, width: 8, rate: 0.25}
  - {activation: tanh, width: 8, epochs: 2, rate: 1}
model: [flatten, linear: $width, $activation, linear: {out: classes, bias: false}]
train: {epochs: $epochs, sgd: {rate: $rate}}
seeds: [7, 3]
`

func TestGrid(t *testing.T) {
	p := only(t, grid)
	want := []string{
		"tanh · width 8",
		"tanh · width 16",
		"leaky-relu slope 0.2 · width 8",
		"leaky-relu slope 0.2 · width 16",
		"relu · width 8 · rate 0.25",
		"tanh · width 8 · rate 1",
	}
	if diff := cmp.Diff(want, armNames(p)); diff != "" {
		t.Errorf("arms differ (-want +got):\n%s", diff)
	}
	a := p.Arms[3]
	if diff := cmp.Diff([]Label{{"activation", "leaky-relu slope 0.2"}, {"width", int64(16)}, {"rate", 0.5}}, a.Labels); diff != "" {
		t.Errorf("labels differ (-want +got):\n%s", diff)
	}
	model := nn.Model{Init: nn.Init{Name: "pytorch"}, Layers: []nn.Layer{nn.Flatten{}, nn.Linear{Out: 16},
		nn.Activation{Name: "leaky-relu", Slope: 0.2}, nn.Linear{Out: nn.Classes, NoBias: true}}}
	if diff := cmp.Diff(model, a.Model); diff != "" {
		t.Errorf("model differs (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]uint64{7, 3}, p.Seeds); diff != "" {
		t.Errorf("seeds differ (-want +got):\n%s", diff)
	}
	if p.Question != "Do activation, width and rate make a difference?" {
		t.Errorf("question is %q", p.Question)
	}
}

// Every value that a study can hold, on its way into Go.
// The options of data in a mapping are those in one word.
func TestDataOptions(t *testing.T) {
	for src, word := range map[string]string{
		"{folder: {path: a b, size: 24x32, fit: stretch, channels: 1, holdout: 0.25, seed: 7, strict: true, list: l.csv}}": "a b?size=24x32&fit=stretch&channels=1&holdout=0.25&seed=7&strict=true&list=l.csv",
		"{folder: {path: photos.zip, size: 8, train: 5, test: 6}}":                                                         "photos.zip?size=8&train=5&test=6",
		"{../photos: {size: 8}}":       "../photos?size=8",
		"{folder: {path: /x/photos}}":  "/x/photos",
		"\"https://a.b/c?d=e#size=8\"": "https://a.b/c?d=e#size=8",
	} {
		want, err := data.ParseSpec(word)
		if err != nil {
			t.Fatal(err)
		}
		if got := only(t, completed("", "data: "+src+"\n")).Data; got != want {
			t.Errorf("%s is %+v, want %+v", src, got, want)
		}
	}
}

func TestEveryKey(t *testing.T) {
	p := only(t, `
study: every-key
question: >
  Does every
  key arrive?
data: {shapes: {train: 100, test: 50, seed: 9}}
let: {block: [linear: 7, silu], k: [5, 3], many: 3}
init: {name: orthogonal, gain: 1.5}
model:
  - conv: {filters: 4, kernel: $k, stride: [2, 1], padding: 1, bias: false, init: zeros}
  - maxpool: {kernel: 3, stride: 2, padding: 1}
  - avgpool: [1, 2]
  - flatten
  - $block
  - repeat: {times: $many - 3, layers: [gelu]}
  - repeat: {times: $many+1, layers: [linear: {out: $many, init: {name: normal, std: 0.1}}, leaky-relu]}
  - linear: {out: classes, init: {name: constant, value: -0.5}}
train:
  epochs: 3
  batch: 16
  sgd: {rate: 1e-2, momentum: 0.9, nesterov: true, weight-decay: 5e-4}
  schedule: {step: {every: 2, factor: 0.5}, warmup: 10}
  inputs: standard
  probe: never
seeds: 2
`[1:])
	layers := []nn.Layer{
		nn.Conv2d{Filters: 4, Kernel: nn.Pair{H: 5, W: 3}, Stride: nn.Pair{H: 2, W: 1}, Padding: nn.Square(1),
			NoBias: true, Init: nn.Init{Name: "zeros"}},
		nn.MaxPool2d{Kernel: nn.Square(3), Stride: nn.Square(2), Padding: nn.Square(1)},
		nn.AvgPool2d{Kernel: nn.Pair{H: 1, W: 2}},
		nn.Flatten{},
		nn.Linear{Out: 7}, nn.Activation{Name: "silu"},
		nn.Repeat{Times: 0, Layers: []nn.Layer{nn.Activation{Name: "gelu"}}},
		nn.Repeat{Times: 4, Layers: []nn.Layer{nn.Linear{Out: 3, Init: nn.Init{Name: "normal", Std: 0.1}}, nn.Activation{Name: "leaky-relu"}}},
		nn.Linear{Out: nn.Classes, Init: nn.Init{Name: "constant", Value: -0.5}},
	}
	want := Part{
		Name:     "every-key",
		Question: "Does every key arrive?",
		Data:     data.Spec{Source: "shapes", Train: 100, Test: 50, Seed: 9},
		Seeds:    []uint64{1, 2},
		Arms: []Arm{{
			Name:  "every-key",
			Model: nn.Model{Layers: layers, Init: nn.Init{Name: "orthogonal", Gain: 1.5}},
			Train: train.Config{Epochs: 3, Batch: 16,
				Rule:     optim.SGD{Rate: 0.01, Momentum: 0.9, Nesterov: true, WeightDecay: 5e-4},
				Schedule: optim.Schedule{Name: "step", Every: 2, Factor: 0.5, Warmup: 10},
				Inputs:   "standard", Probe: -1},
		}},
		Source: p.Source,
	}
	if diff := cmp.Diff(want, p); diff != "" {
		t.Errorf("part differs (-want +got):\n%s", diff)
	}
}

func TestQuotedTextIsNoVariable(t *testing.T) {
	p := only(t, completed("", "data: \"$HOME/images\"\n"))
	if p.Data.Source != "$HOME/images" {
		t.Errorf("data is %v", p.Data)
	}
}

// The example of the package comment, which names every key, is a study.
func TestExampleOfTheDocumentation(t *testing.T) {
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	var src string
	for _, line := range strings.Split(string(doc), "\n") {
		if rest, found := strings.CutPrefix(line, "//\t"); found {
			src += rest + "\n"
		}
	}
	src, _, _ = strings.Cut(src[strings.Index(src, "study: depth"):], "studies:")
	if got, want := armNames(only(t, src)), []string{"tanh · depth 3", "tanh · depth 6", "relu · depth 3", "relu · depth 6", "sigmoid · depth 3"}; !slices.Equal(got, want) {
		t.Errorf("arms are %v, want %v", got, want)
	}
}

// A variable may hold a list of layers, and an empty one: an arm with a layer and one without.
func TestVariableOfLayers(t *testing.T) {
	p := only(t, completed("", "vary: {extra: [[], [linear: 8, tanh]]}\nmodel: [flatten, $extra, linear: classes]\n"))
	if got, want := armNames(p), []string{"none", "[linear 8, tanh]"}; !slices.Equal(got, want) {
		t.Errorf("arms are %v, want %v", got, want)
	}
	if a, b := len(p.Arms[0].Model.Layers), len(p.Arms[1].Model.Layers); a != 2 || b != 4 {
		t.Errorf("%d and %d layers, want 2 and 4", a, b)
	}
}

func TestDefaults(t *testing.T) {
	p := only(t, completed("", ""))
	want := train.Config{Epochs: 1, Batch: 32, Rule: optim.SGD{Rate: 0.1}, Inputs: "unit"}
	if diff := cmp.Diff(want, p.Arms[0].Train); diff != "" {
		t.Errorf("training differs (-want +got):\n%s", diff)
	}
	if p.Data.Source != "shapes" || len(p.Seeds) != 10 || p.Arms[0].Model.Init.Name != "pytorch" {
		t.Errorf("data %v, %d seeds, init %v", p.Data, len(p.Seeds), p.Arms[0].Model.Init)
	}
	wantSource := `study: s
question: "How does this network train?"
data: shapes
model:
  - flatten
  - linear: classes
init: pytorch
train: {epochs: 1, sgd: {rate: 0.1}, batch: 32, inputs: unit}
seeds: 10
`
	if diff := cmp.Diff(wantSource, p.Source); diff != "" {
		t.Errorf("source differs (-want +got):\n%s", diff)
	}
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "mine.yaml")
	if err := os.WriteFile(file, []byte(completed("", "")), 0o644); err != nil {
		t.Fatal(err)
	}
	if s, err := Load(file); err != nil || s.Name() != "s" {
		t.Errorf("a file: %v", err)
	}
	large := filepath.Join(dir, "large.yaml")
	if err := os.WriteFile(large, make([]byte, maxBytes+1), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, want string }{
		{"dept", "dept: there is no built-in study and no file of this name\nhint: did you mean depth?"},
		{"zzzzz", "hint: built-in studies are activations, depth"},
		{filepath.Join(dir, "none.yaml"), "none.yaml: there is no such file\nhint: name a study file"},
		{dir, dir + ": this is a directory, expected a study file\nhint: "},
		{large, "large.yaml: the file is longer than 1048576 bytes\nhint: is this a study file?"},
		{"", "hint: built-in studies are"},
	} {
		_, err := Load(c.name)
		if got := report(err); !strings.Contains(got, c.want) {
			t.Errorf("Load(%q): %s\nwant: %s", c.name, got, c.want)
		}
	}
}

func TestBytesThatAreNoText(t *testing.T) {
	for _, c := range []struct{ src, want string }{
		{"study: s\nmodel: \xff\n", "a.yaml:2:8: byte 0xff is not UTF-8\nhint: save the file as UTF-8 text"},
		{"study: s\x00", "a.yaml:1:9: control character U+0000\nhint: a study file is plain text"},
		{"study: \"\\x07\"", "a.yaml:1:8: there is a control character in this text\n    1 | study: \"\\x07\"\n      |        ^^^\nhint: a study file is plain text"},
		{strings.Repeat("- ", maxTokens+1), "a.yaml: the file has more than 100000 words and signs\nhint: is this a study file?"},
		{strings.Repeat("[", 50_000), "nested more than 32 deep"},
		{strings.Repeat("- ", 50_000), "nested more than 32 deep"},
		{strings.Repeat("{a: ", 25_000), "nested more than 32 deep"},
	} {
		_, err := Parse("a.yaml", []byte(c.src))
		if got := report(err); !strings.Contains(got, c.want) {
			t.Errorf("Parse(%.30q): %s\nwant: %s", c.src, got, c.want)
		}
	}
	if _, err := Parse("a.yaml", []byte("\uFEFF"+strings.ReplaceAll(completed("", ""), "\n", "\r\n"))); err != nil {
		t.Errorf("byte order mark and CR LF: %v", err)
	}
}

// TestLoadModel reads a file with a model alone, and a study as Load does.
func TestLoadModel(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	alone := write("model.yaml", "model: [flatten, linear: $out, linear: classes]\nvary: {out: [4, 5]}\n")
	s, err := LoadModel(alone)
	if err != nil {
		t.Fatal(err)
	}
	parts, err := s.Parts()
	if err != nil || len(parts[0].Arms) != 2 || parts[0].Data.String() == "" {
		t.Errorf("%v, %+v", err, parts)
	}
	if _, err := Load(alone); err == nil {
		t.Error("Load takes a model alone")
	}
	if _, err := LoadModel(write("wrong.yaml", "model: [flaten]\n")); err == nil || !strings.Contains(err.Error(), "wrong.yaml:1:9") {
		t.Errorf("a mistake in a model is told as %v", err)
	}
	for _, b := range Builtins() {
		s, err := LoadModel(b.Name)
		if err != nil {
			t.Errorf("%s: %v", b.Name, err)
		} else if want := map[bool]int{true: 3}[b.Tour]; s.CheckEntries() != want {
			t.Errorf("%s checks %d entries, want %d", b.Name, s.CheckEntries(), want)
		}
	}
}
