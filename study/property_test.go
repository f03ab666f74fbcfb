package study

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"gradlab/nn"
)

// checkSource fails unless a part's Source expands to the same part, and formats as itself.
func checkSource(t interface{ Fatalf(string, ...any) }, p Part) {
	s, err := Parse("source.yaml", []byte(p.Source))
	if err != nil {
		t.Fatalf("the source does not parse: %v\n%s", report(err), p.Source)
	}
	again, err := s.Parts()
	if err != nil {
		t.Fatalf("the source does not expand: %v\n%s", report(err), p.Source)
	}
	if diff := cmp.Diff([]Part{p}, again); diff != "" {
		t.Fatalf("the source is another part (-want +got):\n%s\n%s", diff, p.Source)
	}
}

func TestSourcesOfBuiltins(t *testing.T) {
	for _, b := range Builtins() {
		for _, p := range load(t, b.Name) {
			checkSource(t, p)
		}
	}
	checkSource(t, only(t, grid))
	checkSource(t, only(t, settable))
	checkSource(t, only(t, hashed))
}

// drawLayers writes random layers, one per line of a block list.
func drawLayers(t *rapid.T, depth int) string {
	var b strings.Builder
	whole := rapid.IntRange(1, 9)
	indent := strings.Repeat("    ", depth) + "  "
	for range rapid.IntRange(1, 4).Draw(t, "layers") {
		kinds := []string{"flatten", "linear: classes", "$act", "leaky-relu", "leaky-relu: {slope: 1e-3}",
			fmt.Sprintf("linear: %d", whole.Draw(t, "out")),
			fmt.Sprintf("linear: {out: $w + %d, bias: false, init: {name: he-normal, gain: 0.5}}", whole.Draw(t, "plus")),
			"dropout: {rate: 0.2, spatial: true}", "dropout: 0.5",
			fmt.Sprintf("conv: {filters: %d, kernel: [%d, $w], padding: 1}", whole.Draw(t, "filters"), whole.Draw(t, "kernel")),
			fmt.Sprintf("maxpool: {kernel: %d, stride: [1, 2]}", whole.Draw(t, "pool")), "avgpool: 2", "gelu:"}
		layer := rapid.SampledFrom(kinds).Draw(t, "layer")
		if depth < 3 && rapid.IntRange(0, 4).Draw(t, "repeat") == 0 {
			layer = fmt.Sprintf("repeat:\n%s    times: %d\n%s    layers:\n%s", indent, whole.Draw(t, "times"), indent,
				strings.TrimSuffix(drawLayers(t, depth+1), "\n"))
		}
		b.WriteString(indent + "- " + layer + "\n")
	}
	return b.String()
}

// Random studies: the source expands to the same part, and the grid is the product of its values.
func TestRandomStudies(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		acts := rapid.SliceOfNDistinct(rapid.SampledFrom(nn.Activations()), 1, 4, rapid.ID).Draw(t, "acts")
		widths := rapid.SliceOfNDistinct(rapid.IntRange(1, 500), 1, 3, rapid.ID).Draw(t, "widths")
		rate := rapid.Float64Range(1e-30, 1e30).Draw(t, "rate")
		question := rapid.StringOfN(rapid.RuneFrom([]rune(`aZ9 é更"'\:#[]{},&*!|>%@$-?~`+"`")), 1, 30, -1).Draw(t, "question")
		src := fmt.Sprintf("study: r\ndata: shapes\nmodel:\n%s  - $act\n  - linear: $w\ntrain: {epochs: 1, sgd: {rate: %v}}\nvary: {act: [%s], w: [%s]}\n",
			drawLayers(t, 0), rate, strings.Join(acts, ", "), strings.Trim(strings.ReplaceAll(fmt.Sprint(widths), " ", ", "), "[]"))
		if strings.TrimSpace(question) != "" {
			src += "question: " + quote(question) + "\n"
		}
		s, err := Parse("r.yaml", []byte(src))
		if err != nil {
			t.Fatalf("%s\n%s", report(err), src)
		}
		p, err := s.Parts()
		if err != nil {
			t.Fatalf("%s\n%s", report(err), src)
		}
		if got, want := len(p[0].Arms), len(acts)*len(widths); got != want {
			t.Fatalf("%d arms, want %d\n%s", got, want, src)
		}
		if got := p[0].Arms[0].Train.Rule.Rate; got != rate {
			t.Fatalf("rate is %v, want %v", got, rate)
		}
		if want := strings.Join(strings.Fields(question), " "); want != "" && p[0].Question != want {
			t.Fatalf("question is %q, want %q", p[0].Question, want)
		}
		checkSource(t, p[0])
	})
}

// The place of an unknown name is right wherever it stands.
func TestPlaceOfAMistake(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		before := rapid.IntRange(0, 5).Draw(t, "lines before")
		layers := strings.Split(strings.TrimSuffix(drawLayers(t, 0), "\n"), "\n")
		src := "study: r\n" + strings.Repeat("# é\n", before) + "model:\n" + strings.Join(layers, "\n") + "\n"
		line := strings.Count(src, "\n") + 1
		src += "  - \"é更\": oops\n  - $act\n  - linear: $w\ntrain: {epochs: 1, sgd: {rate: 0.1}}\ndata: shapes\nlet: {act: tanh, w: 3}\n"
		_, err := Parse("r.yaml", []byte(src))
		want := fmt.Sprintf("r.yaml:%d:%d: ", line, 5)
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Fatalf("error is %v, want %s\n%s", err, want, src)
		}
	})
}
