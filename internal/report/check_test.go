package report

import (
	"bytes"
	"encoding/json"
	"math"
	"strings"
	"testing"

	"gradlab/data"
	"gradlab/gradcheck"
	"gradlab/lab"
)

// checkedNetworks is a check of one network that passes and one that fails, with figures that are no numbers.
func checkedNetworks() *lab.Check {
	curve := []gradcheck.Point{{Step: 0.25, Error: 1}, {Step: 1e-3, Error: 1e-6}, {Step: 1e-9, Error: 1e-12}}
	weight := gradcheck.Tensor{
		Name: "linear1.weight", Shape: []int{4, 3}, Values: 12, Checked: 8, Norm: 1, Largest: 3e-8, Median: 2e-9, Order: 2.01, Curve: curve,
		Worst: &gradcheck.Entry{Index: []int{3, 1}, Analytic: -0.25, Numeric: -0.25, Error: 3e-8, By: "central"}, Decided: gradcheck.Decided{Central: 7, Norm: 1}, Verdict: gradcheck.Pass,
	}
	wrong := weight
	wrong.Largest, wrong.Verdict, wrong.Reason = 0.5, gradcheck.Fail, "3 of 8 entries differ"
	wrong.Worst = &gradcheck.Entry{Index: []int{0, 2}, Analytic: 0.3, Numeric: math.Inf(-1), Error: 0.5, By: "richardson"}
	wrong.Decided = gradcheck.Decided{Central: 5, Failed: 3}
	info := data.Info{Name: "shapes", H: 8, W: 8, C: 3, Classes: []string{"a", "b"}}
	good := gradcheck.Report{
		Mode: "full", Samples: 2, Step: 1e-5, Tolerance: 1e-7, Values: 12, Checked: 8, Verdict: gradcheck.Pass, Reason: "every gradient agrees with the values",
		Looks: []gradcheck.Look{
			{When: "at initialisation", Loss: 0.7, Tensors: []gradcheck.Tensor{weight}, Decided: weight.Decided, Verdict: gradcheck.Pass,
				Directions: []gradcheck.Direction{{Tensor: weight.Name, Verdict: gradcheck.Pass}},
				Single:     []gradcheck.Single{{ISA: "portable", Worst: weight.Name, Error: 1e-7, Tolerance: 2e-6, Margin: 20, Sums: 64, Verdict: gradcheck.Pass}}},
		},
	}
	bad := good
	bad.Verdict, bad.Reason, bad.Suspect = gradcheck.Fail, "wrong: linear1.weight", "tanh1"
	bad.Looks = []gradcheck.Look{
		good.Looks[0],
		{When: "after 20 steps of training", Loss: math.NaN(), Tensors: []gradcheck.Tensor{wrong}, Decided: wrong.Decided, Verdict: gradcheck.Fail,
			Directions: []gradcheck.Direction{{Tensor: weight.Name, Verdict: gradcheck.Fail, Found: []int{0, 2}}}},
	}
	return &lab.Check{Study: "mine", Verdict: gradcheck.Fail, Parts: []lab.PartCheck{{
		Study: "mine", Data: info,
		Models: []lab.ModelCheck{{Arms: []string{"tanh", "tanh · epochs 10"}, Report: good}, {Arms: []string{"<b>odd</b>"}, Report: bad}},
	}}}
}

func TestCheckOnTheTerminal(t *testing.T) {
	for _, width := range []int{40, 80, 120} {
		var b bytes.Buffer
		if err := Check(&b, checkedNetworks(), Options{Width: width, Dir: "out"}); err != nil {
			t.Fatal(err)
		}
		text := b.String()
		flat := strings.Join(strings.Fields(text), " ")
		for _, want := range []string{
			"tanh; tanh · epochs 10", "central difference 87.5 % (7)", "the tensor's norm 12.5 % (1)", "to the power 2.01",
			"linear1.weight █▅▁", "4 of 12 numbers were not checked by themselves", "off by 1.0e-07 of its norm where 2.0e-06 are tolerated",
			"failed 18.8 % (3)", "leads to linear1.weight[0 2]", "linear1.weight: 3 of 8 entries differ", "fail: wrong: linear1.weight",
			"fail: 1 network of 2 passed, 1 failed", "Files in out",
		} {
			if !strings.Contains(flat, want) {
				t.Errorf("%d columns: %q is missing in\n%s", width, want, text)
			}
		}
		for _, line := range strings.Split(text, "\n") {
			if n := len([]rune(line)); n > width {
				t.Errorf("%d columns: a line has %d: %s", width, n, line)
			}
		}
	}
}

func TestCheckInFiles(t *testing.T) {
	dir := t.TempDir()
	names, err := WriteCheck(dir, checkedNetworks())
	if err != nil {
		t.Fatal(err)
	}
	if len(names) != 5 || names[0] != "check.json" {
		t.Errorf("the files are %v", names)
	}
	var back lab.Check
	if err := json.Unmarshal(MarshalCheck(checkedNetworks()), &back); err != nil {
		t.Fatal(err)
	}
	if got := back.Parts[0].Models[1]; got.Suspect != "tanh1" || got.Looks[1].Tensors[0].Worst.Index[1] != 2 {
		t.Errorf("what was read back is %+v", got)
	}
}

// TestCheckInAReport: the section of a study that checks its gradients, in every form, and none without.
func TestCheckInAReport(t *testing.T) {
	with := &lab.Results{Study: "mine", Check: checkedNetworks()}
	v := newView(with)
	page, err := html(v, Options{})
	if err != nil {
		t.Fatal(err)
	}
	var terminal bytes.Buffer
	if err := Terminal(&terminal, with, Options{}); err != nil {
		t.Fatal(err)
	}
	for form, text := range map[string]string{"Markdown": string(markdown(v)), "HTML": string(page), "terminal": terminal.String()} {
		for _, want := range []string{"Gradient check", "1 network of 2 passed, 1 failed", "tanh1"} {
			if !strings.Contains(text, want) {
				if form == "terminal" && want == "tanh1" {
					continue
				}
				t.Errorf("%s: %q is missing", form, want)
			}
		}
		if form != "terminal" && strings.Contains(text, "<b>odd</b>") {
			t.Errorf("%s: a name became markup", form)
		}
	}
	empty := &lab.Results{Check: &lab.Check{Parts: []lab.PartCheck{{Models: []lab.ModelCheck{{}}}}}} // a file edited by hand
	page, err = html(newView(empty), Options{})
	if err != nil || len(page) == 0 {
		t.Error(err)
	}
	if page, err = html(newView(&lab.Results{}), Options{}); err != nil || strings.Contains(string(page), "Gradient check") {
		t.Error("a study without a check has a section of it", err)
	}
}
