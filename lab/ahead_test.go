package lab

import (
	"context"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"gradlab/data"
	"gradlab/internal/disk"
	"gradlab/internal/runlog"
	"gradlab/nn"
	"gradlab/train"
)

// onlooker reads the outline of the run at path whenever trials are about to begin.
type onlooker struct {
	silent
	t    *testing.T
	path string
	seen []*Results
}

func (o *onlooker) Begin(Plan) {
	r := new(Results)
	if found, err := runlog.ReadOutline(disk.OS, o.path, r); err != nil || !found {
		o.t.Fatalf("there is no outline when trials begin: %v, %v", found, err)
	}
	o.seen = append(o.seen, r)
}

// barren are results without what only trials tell.
var barren = cmp.Options{
	cmpopts.IgnoreFields(Results{}, "Seconds", "Comparisons", "Trends", "Conclusions"),
	cmpopts.IgnoreFields(Part{}, "Mistakes", "Leaders"),
	cmpopts.IgnoreFields(Data{}, "Sample", "Drawn", "DrawnNote"),
	cmpopts.IgnoreFields(Choice{}, "Arms"),
	cmp.Transformer("arm", func(a Arm) any {
		return []any{a.Study, a.Name, a.Labels, a.Layers, a.Network, a.Parameters, a.Theory}
	}),
	cmp.Transformer("trial", func(t Trial) any {
		return []any{t.ID, t.Study, t.Arm, t.Labels, t.Seed, t.Candidate, t.Remedy, t.Changes}
	}),
	cmpopts.EquateNaNs(),
}

// TestTheOutlineIsTheResultsWithoutTrials, and nothing of those that an earlier run has finished is in it.
func TestTheOutlineIsTheResultsWithoutTrials(t *testing.T) {
	path := t.TempDir()
	w := &onlooker{t: t, path: path}
	for range 2 { // the second one finds everything in the store
		dir, err := runlog.Open(disk.OS, path, runlog.Study{Name: "tiny"})
		if err != nil {
			t.Fatal(err)
		}
		want, err := Run(context.Background(), tiny(t), Options{Command: "gradlab run tiny", Watch: w, Open: func() (Store, error) { return dir, nil }})
		if err != nil {
			t.Fatal(err)
		}
		dir.Close()
		got := w.seen[len(w.seen)-1]
		if d := cmp.Diff(asJSON(t, want), got, barren); d != "" {
			t.Errorf("-results +outline:\n%s", d)
		}
		for _, k := range got.Trials {
			if d := cmp.Diff(Trial{ID: k.ID, Status: Waiting}.as(k), k); d != "" || k.ID == "" || k.Labels == nil {
				t.Errorf("trial %s: -bare +outline:\n%s", k.ID, d)
			}
		}
	}
	if len(w.seen) != 2 {
		t.Errorf("trials began %d times", len(w.seen))
	}
}

// asJSON is r as it is read from results.json.
func asJSON(t *testing.T, r *Results) *Results {
	t.Helper()
	path := t.TempDir()
	dir, err := runlog.Open(disk.OS, path, runlog.Study{})
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	if err := dir.Begin(nil, r); err != nil {
		t.Fatal(err)
	}
	read := new(Results)
	if _, err := runlog.ReadOutline(disk.OS, path, read); err != nil {
		t.Fatal(err)
	}
	return read
}

// TestTheOutlineOfAChoice has the trials of the choice alone, and then those of the arms with the chosen values too.
func TestTheOutlineOfAChoice(t *testing.T) {
	path := t.TempDir()
	w := &onlooker{t: t, path: path}
	dir, err := runlog.Open(disk.OS, path, runlog.Study{Name: "choice"})
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	want, err := runStudy(context.Background(), choosingStudy(t), Options{Watch: w, Open: func() (Store, error) { return dir, nil }},
		validated(func(c train.Config, _ uint64) (float64, error) { return 9 - c.Rule.Penalty.L1, nil }))
	if err != nil {
		t.Fatal(err)
	}
	if len(w.seen) != 2 {
		t.Fatalf("trials began %d times", len(w.seen))
	}
	first, second := w.seen[0], w.seen[1]
	if len(first.Selection) != 12 || first.Selection[0].Candidate == "" || len(first.Trials) != 0 || len(first.Parts) != 1 || len(first.Parts[0].Arms) != 3 {
		t.Errorf("before values are chosen it has %d and %d trials, and parts %v", len(first.Selection), len(first.Trials), first.Parts)
	}
	if d := cmp.Diff(asJSON(t, want), second, barren); d != "" {
		t.Errorf("-results +outline:\n%s", d)
	}
	ids := func(trials []Trial) (all []string) {
		for _, t := range trials {
			all = append(all, t.ID)
		}
		return all
	}
	if !slices.Equal(ids(second.Selection), ids(first.Selection)) || slices.Contains(ids(second.Trials), "") {
		t.Errorf("once they are, it has the trials %v and %v", ids(second.Selection), ids(second.Trials))
	}
}

// TestStepsAreToldWhenATrialBegins: as many as it makes.
func TestStepsAreToldWhenATrialBegins(t *testing.T) {
	set, err := data.Shapes(context.Background(), 45, 10, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, share := range []float64{0, 0.3} {
		c := train.Config{Epochs: 3, Batch: 8, Validation: share}
		begun, err := train.Begin(train.Trial{Model: nn.Model{Layers: []nn.Layer{nn.Flatten{}, nn.Linear{Out: nn.Classes}}}, Data: set, Config: c, Seed: 7})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := train.Steps(set, c, 7); err != nil || got != 3*begun.Batches.Batches() {
			t.Errorf("%v of the images held out: %d steps, %v, want %d", share, got, err, 3*begun.Batches.Batches())
		}
	}
}
