package lab

import (
	"context"
	"errors"
	"strings"
	"testing"

	"gradlab/study"
)

func TestFits(t *testing.T) {
	tasks := []*Task{
		{Trial: Trial{Study: "width", Arm: "narrow"}, bytes: 1e9},
		{Trial: Trial{Study: "width", Arm: "wide"}, bytes: 3e9},
		{Trial: Trial{Study: "width", Arm: "middle"}, bytes: 2e9},
	}
	for _, c := range []struct {
		tasks      []*Task
		jobs       int
		available  int64
		want, hint string
	}{
		{tasks, 2, 6e9, "", ""},
		{tasks, 2, 6e9 - 1, "failed to run wide of width: training it takes 3.0 GB of memory, 2 trials at a time take 6.0 GB, but only 6.0 GB are free",
			"run fewer trials at a time (--jobs 1), or take a smaller model or batch"},
		{tasks, 2, 2e9, "failed to run wide of width: training it takes 3.0 GB of memory, 2 trials at a time take 6.0 GB, but only 2.0 GB are free",
			"take a smaller model or batch"},
		{tasks, 1, 2e9, "failed to run wide of width: training it takes 3.0 GB of memory, but only 2.0 GB are free",
			"take a smaller model or batch"},
		{nil, 1, 0, "", ""}, // nothing is left to run
	} {
		err := fits("run", c.tasks, c.jobs, c.available)
		if c.want == "" {
			if err != nil {
				t.Errorf("%d jobs in %d bytes: %v", c.jobs, c.available, err)
			}
			continue
		}
		var h interface{ Hint() string }
		if err == nil || err.Error() != c.want || !errors.As(err, &h) || h.Hint() != c.hint {
			t.Errorf("%d jobs in %d bytes: got %v, want %s (%s)", c.jobs, c.available, err, c.want, c.hint)
		}
	}
}

// TestNothingIsOpenedBeforeDataAndModels: the store is asked for only when both are sound.
func TestNothingIsOpenedBeforeDataAndModels(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"data": {"study: x\ndata: /nowhere/at/all\nmodel: [flatten, linear: classes]\ntrain: {epochs: 1, sgd: {rate: 0.01}}\n",
			"/nowhere/at/all"},
		"model": {"study: x\ndata: {shapes: {train: 20, test: 10}}\nmodel: [flatten, linear: 3]\ntrain: {epochs: 1, sgd: {rate: 0.01}}\n",
			"failed to build arm x of study x: failed to compile the model: the last layer (linear1) gives 3"},
	} {
		s, err := study.Parse("x.yaml", []byte(c.text))
		if err != nil {
			t.Fatal(err)
		}
		_, err = Run(context.Background(), s, Options{Open: func() (Store, error) {
			t.Errorf("%s: the store was opened", name)
			return nil, errors.New("opened")
		}})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
