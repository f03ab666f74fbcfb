package report

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"gradlab/lab"
)

// positionsOf makes positions of names, whose kinds are the names without their numbers.
func positionsOf(names string) []lab.Position {
	var all []lab.Position
	for i, name := range strings.Fields(names) {
		all = append(all, lab.Position{Index: i + 1, Name: name, Kind: strings.TrimRight(name, "0123456789"), GradRMS: ptr(float64(i + 1)), Saturated: ptr(0.5)})
	}
	return all
}

func trialsOf(networks ...string) []lab.Trial {
	var all []lab.Trial
	for _, n := range networks {
		all = append(all, lab.Trial{Positions: positionsOf(n)})
	}
	return all
}

func TestNetworksThatDiffer(t *testing.T) {
	const plain = "conv1 tanh1 maxpool1 flatten1 linear1 tanh2 linear2"
	for _, c := range []struct {
		name     string
		networks []string
		differ   bool
		common   string
	}{
		{"one", []string{plain}, false, "conv1 linear1 linear2"},
		{"another activation", []string{plain, strings.ReplaceAll(plain, "tanh", "relu")}, false, "conv1 linear1 linear2"},
		{"deeper", []string{plain, plain + " tanh3 linear3"}, false, "conv1 linear1 linear2 linear3"},
		{"normalised", []string{plain, "conv1 batchnorm1 tanh1 maxpool1 flatten1 linear1 batchnorm2 tanh2 linear2"}, true, "conv1 linear1 linear2"},
		{"residual", []string{plain, "conv1 tanh1 maxpool1 flatten1 linear1 tanh2 projection1 residual1 linear2 tanh3 residual2 linear3"}, true, "conv1 linear1 linear2 linear3"},
		{"a convolution more", []string{plain, "conv1 conv2 tanh1 flatten1 linear1"}, true, "conv1 conv2 linear1 linear2"},
	} {
		trials := trialsOf(c.networks...)
		if got := differ(trials); got != c.differ {
			t.Errorf("%s: differ is %v", c.name, got)
		}
		if got := strings.Join(common(trials), " "); got != c.common {
			t.Errorf("%s: common are %s, want %s", c.name, got, c.common)
		}
	}
	if got := indexes(trialsOf(plain)[0], []string{"linear2", "linear9", "conv1"}); !slices.Equal(got, []int{6, -1, 0}) {
		t.Errorf("indexes are %v", got)
	}
	if a := activations(trialsOf(plain)[0]); len(a) != 2 || a["act2"].Name != "tanh2" {
		t.Errorf("activations are %v", a)
	}
}

// TestRemediesInTheReport: what was changed, what was drawn and what clipping came to stand in every form.
func TestRemediesInTheReport(t *testing.T) {
	r := small()
	p := &r.Parts[0]
	p.Arms[0].Remedy, p.Arms[0].Changes = "batchnorm", []string{"batch norm after 2 layers: conv1, linear1", "left alone: conv9"}
	p.Arms[0].Clipping = &lab.ArmClipping{Cut: lab.Estimate{Mean: 0.25}, Before: lab.Estimate{Mean: 2.5}, After: lab.Estimate{Mean: 0.9}, LargestBefore: 40, LargestAfter: 1}
	drawer := p.Arms[1].Name
	for i := range r.Trials {
		if tr := &r.Trials[i]; tr.Study == p.Study && tr.Arm == drawer {
			tr.Remedy = []string{"relu", "clip"}[tr.Seed%2]
			tr.Positions = append([]lab.Position{{Name: "batchnorm1", Kind: "batchnorm"}}, tr.Positions...)
		}
	}
	page, err := html(newView(r), Options{})
	if err != nil {
		t.Fatal(err)
	}
	var terminal bytes.Buffer
	if err := Terminal(&terminal, r, Options{}); err != nil {
		t.Fatal(err)
	}
	for form, c := range map[string]struct {
		text string
		want []string
	}{
		"report.html": {string(page), []string{"What each remedy changed", "batch norm after 2 layers: conv1, linear1<br/>left alone: conv9", "Clipping of gradients", ">25.0 %<", ">40.0<", commonNote[1:40]}},
		"report.md":   {string(markdown(newView(r))), []string{"batch norm after 2 layers: conv1, linear1; left alone: conv9", "| 25.0 % | 2.50 | 40.0 | 0.900 | 1.00 |", "relu: seeds "}},
		"terminal":    {terminal.String(), []string{"steps cut", "25.0 %"}},
	} {
		for _, want := range c.want {
			if !strings.Contains(c.text, want) {
				t.Errorf("%s does not say %q", form, want)
			}
		}
	}
	if v := newTextView(small()); v.Parts[0].Common != nil {
		t.Error("networks that differ in their activations only are shown by their layers with weights")
	}
}
