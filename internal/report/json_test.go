package report

import (
	"encoding/json"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"gradlab/lab"
)

// TestMarshalAgrees checks the encoder against encoding/json where that can encode at all.
func TestMarshalAgrees(t *testing.T) {
	r := small()
	r.Format = lab.Format
	for i := range r.Conclusions {
		delete(r.Conclusions[i].Evidence, "nothing") // a NaN
	}
	want, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var a, b any
	if err := json.Unmarshal(want, &a); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(Marshal(r), &b); err != nil {
		t.Fatal(err)
	}
	nothing := cmp.FilterValues(func(x, y any) bool { return isNothing(x) && isNothing(y) }, cmp.Comparer(func(x, y any) bool { return true }))
	if d := cmp.Diff(a, b, nothing); d != "" {
		t.Errorf("Marshal differs from encoding/json (-want +got):\n%s", d)
	}
}

// isNothing tells null and empty lists, which stand for the same.
func isNothing(x any) bool {
	list, ok := x.([]any)
	m, isMap := x.(map[string]any)
	return x == nil || ok && len(list) == 0 || isMap && len(m) == 0
}

func TestMarshalHoldsWhatOthersRead(t *testing.T) {
	var got struct {
		Study  string
		Trials []struct {
			Labels map[string]any
			Seed   uint64
			Status string
			Epochs []map[string]float64
			Digest string
		}
		Comparisons []map[string]any
		Conclusions []struct{ Text, Verdict string }
	}
	if err := json.Unmarshal(Marshal(small()), &got); err != nil {
		t.Fatal(err)
	}
	first := got.Trials[0]
	if got.Study != "tour" || len(got.Trials) != 40 || first.Labels["activation"] != "sigmoid" || first.Status != "done" ||
		!strings.HasPrefix(first.Digest, "sha256:") || first.Epochs[1]["epoch"] != 2 || first.Epochs[1]["test_accuracy"] != 0.1 {
		t.Errorf("results.json holds %+v", first)
	}
}

func TestReadRestores(t *testing.T) {
	for name, r := range cases() {
		t.Run(name, func(t *testing.T) {
			data := Marshal(r)
			if !json.Valid(data) {
				t.Fatal("no valid JSON")
			}
			got, err := Read(write(t, data))
			if name == "zero" {
				if err == nil || !strings.Contains(err.Error(), "holds no study") {
					t.Errorf("error %v, want one that it holds no study", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			switch name {
			case "hostile", "not a number": // bytes that are no UTF-8 and infinities do not come back as they were
				return
			case "many arms", "equal values": // nothing new, and cmp is slow
				return
			}
			want := *r
			want.Format = lab.Format
			opts := []cmp.Option{cmpopts.EquateEmpty(), cmpopts.EquateNaNs(), cmpopts.IgnoreFields(lab.Data{}, "Sample"),
				cmpopts.IgnoreFields(lab.Conclusion{}, "Evidence"), cmpopts.IgnoreMapEntries(func(string, any) bool { return true })}
			if d := cmp.Diff(&want, got, opts...); d != "" {
				t.Errorf("read back (-want +got):\n%s", d)
			}
		})
	}
}

// TestReadNaN: a diverged loss must not come back as a perfect one.
func TestReadNaN(t *testing.T) {
	for _, f := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		r := &lab.Results{Trials: []lab.Trial{{Epochs: []lab.Epoch{{TrainLoss: f}}, PerClass: []float64{f, 1},
			Positions: []lab.Position{{GradRMS: &f}}}},
			Comparisons: []lab.Comparison{{Diff: lab.Estimate{Mean: f, Low: 1}}},
			Parts:       []lab.Part{{Arms: []lab.Arm{{Slope: &lab.Slope{Estimate: lab.Estimate{SD: f, Mean: 2}}}}}}}
		got, err := Read(write(t, Marshal(r)))
		if err != nil {
			t.Fatal(err)
		}
		trial := got.Trials[0]
		for name, x := range map[string]float64{"train_loss": trial.Epochs[0].TrainLoss,
			"per_class": trial.PerClass[0], "diff.mean": got.Comparisons[0].Diff.Mean, "slope.sd": got.Parts[0].Arms[0].Slope.SD} {
			if !math.IsNaN(x) {
				t.Errorf("%s of %v came back as %v, want NaN", name, f, x)
			}
		}
		if trial.Positions[0].GradRMS != nil {
			t.Errorf("grad_rms of %v came back as %v, want nil", f, *trial.Positions[0].GradRMS)
		}
		if trial.PerClass[1] != 1 || got.Comparisons[0].Diff.Low != 1 || got.Parts[0].Arms[0].Slope.Mean != 2 || trial.Epochs[0].TestLoss != 0 {
			t.Error("a finite neighbour of a NaN changed")
		}
	}
}

func TestReadErrors(t *testing.T) {
	good := string(Marshal(small()))
	for name, c := range map[string]struct{ text, want string }{
		"empty":          {"", "is no results.json"},
		"truncated":      {good[:len(good)/2], "unexpected end"},
		"broken":         {"{\n\n\"format\": 1,\n x}", "line 4"},
		"another file":   {`{"name": "x"}`, `has no "format"`},
		"a list":         {`[1]`, "is no results.json"},
		"null":           {`null`, `has no "format"`},
		"newer":          {`{"format": 2}`, "format 2, this gradlab reads format 1"},
		"older":          {`{"format": 0}`, "format 0"},
		"text format":    {`{"format": "1"}`, "is no results.json"},
		"no study":       {`{"format": 1}`, "holds no study"},
		"wrong type":     {`{"format": 1, "trials": 7}`, "results.json: trials: expected a list, found 7"},
		"wrong inside":   {`{"format": 1, "trials": [{}, {"epochs": [{"test_total": "5"}]}]}`, `trials[1].epochs[0].test_total: expected a whole number, found a string`},
		"wrong embedded": {`{"format": 1, "parts": [{"arms": [{"gradient_slope": {"mean": []}}]}]}`, `parts[0].arms[0].gradient_slope.mean: expected a number, found a list`},
		"fraction":       {`{"format": 1, "trials": [{"seed": 1.5}]}`, "trials[0].seed: expected a whole number that is not negative, found 1.5"},
		"more after it":  {good + "{}", "after top-level value"},
	} {
		t.Run(name, func(t *testing.T) {
			path := write(t, []byte(c.text))
			_, err := Read(path)
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), path) {
				t.Errorf("error %v, want one with %q and the path", err, c.want)
			}
			var h interface{ Hint() string }
			if !errors.As(err, &h) || h.Hint() == "" {
				t.Errorf("error %v has no hint", err)
			}
		})
	}
	if _, err := Read(filepath.Join(t.TempDir(), "none.json")); err == nil || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing file: error %v", err)
	}
}

func write(t *testing.T, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "results.json")
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}
