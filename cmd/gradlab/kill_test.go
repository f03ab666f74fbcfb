package main

import (
	"encoding/json"
	"flag"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gradlab/internal/runlog"
)

var kills = flag.Int("kills", 2, "runs that are killed, each at least once, by TestKill")

// killStudy carries from step to step whatever a training may.
const killStudy = `
study: killed
data: {shapes: {train: 200, test: 50}}
model:
  - conv: {filters: 4, kernel: 3}
  - batchnorm
  - relu
  - maxpool: 2
  - flatten
  - dropout: 0.2
  - linear: 16
  - $activation
  - linear: classes
train:
  epochs: 4
  batch: 4
  sgd: {rate: 0.05, momentum: 0.9, weight-decay: 0.001}
  clip: {norm: 1}
vary: {activation: [tanh, relu]}
seeds: 2
`

// killChoice chooses values before its arms are trained, and runs the test set once.
const killChoice = `
study: chosen
data: {shapes: {train: 100, test: 50}}
let: {l1: 0, l2: 0}
model: [flatten, linear: 16, relu, linear: classes]
train:
  epochs: 3
  batch: 4
  sgd: {rate: 0.05, momentum: 0.9}
  penalty: {l1: $l1, l2: $l2}
  transforms: [flip]
  test: once
choose:
  holdout: 0.5
  seeds: 1
  arms: {none: {}, l2: {l2: [0.001, 0.01]}}
seeds: 2
`

// killed is a run of a study by a process of its own.
type killed struct {
	t     *testing.T
	study string // file
	out   string // run directory
	kills int
}

// start starts the program. Its errors are in the file that is given back.
func (k *killed) start() (*exec.Cmd, string) {
	k.t.Helper()
	errs := filepath.Join(k.t.TempDir(), "stderr.txt")
	f, err := os.Create(errs)
	if err != nil {
		k.t.Fatal(err)
	}
	defer f.Close()
	cmd := exec.Command("gradlab", "run", k.study, "--out", k.out, "--checkpoint", "1ms", "--quiet")
	cmd.Stderr = f
	if err := cmd.Start(); err != nil {
		k.t.Fatal(err)
	}
	return cmd, errs
}

// end lets a run come to its end, but for a kill after so long. It tells whether there was one.
func (k *killed) end(after time.Duration) bool {
	k.t.Helper()
	cmd, errs := k.start()
	var killed atomic.Bool
	timer := time.AfterFunc(after, func() {
		killed.Store(true) // before the process can be found dead
		cmd.Process.Kill() // one that has ended is no matter
	})
	err := cmd.Wait()
	timer.Stop()
	if err == nil {
		return false
	}
	if !killed.Load() {
		text, _ := os.ReadFile(errs)
		k.t.Fatalf("%s: %v\n%s", k.out, err, text)
	}
	k.kills++
	return true
}

// left is what a run has left in its directory: results, events and weights, but for times.
func (k *killed) left() map[string]any {
	k.t.Helper()
	all := map[string]any{}
	err := filepath.WalkDir(k.out, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		name, _ := filepath.Rel(k.out, path)
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		switch {
		case e.Name() == "results.json":
			var results any
			if err := json.Unmarshal(data, &results); err != nil {
				return err
			}
			all[name] = timeless(results)
		case e.Name() == "events.jsonl":
			records, ends := runlog.Records(data)
			if len(ends) == 0 || ends[len(ends)-1] != int64(len(data)) {
				k.t.Errorf("%s is torn", path)
			}
			var events []any
			for _, r := range records {
				var event any
				if err := json.Unmarshal(r, &event); err != nil {
					return err
				}
				events = append(events, timeless(event))
			}
			all[name] = events
		case e.Name() == "weights.safetensors" || e.Name() == "study.yaml":
			all[name] = string(data)
		case e.Name() == "checkpoint.safetensors": // of a kill between the result and its removal; never read again
		default:
			all[name] = "is there"
		}
		return nil
	})
	if err != nil {
		k.t.Fatal(err)
	}
	return all
}

// timeless drops what tells of times, of how many trials ran side by side, and the warnings, which tell of kills.
func timeless(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for key := range v {
			switch key {
			case "time", "started", "seconds", "images_per_second", "machine", "warnings":
				delete(v, key)
			default:
				v[key] = timeless(v[key])
			}
		}
	case []any:
		for i := range v {
			v[i] = timeless(v[i])
		}
	}
	return v
}

// TestKill kills processes at random moments, as kill -9 does, and runs the same command until it is done: digests,
// results, events and weights are those of a run that nobody killed. 200 of them:
//
//	go test ./cmd/gradlab -run TestKill -kills 200 -timeout 30m -v
func TestKill(t *testing.T) {
	for name, text := range map[string]string{"a training": killStudy, "a choice": killChoice} {
		t.Run(name, func(t *testing.T) { testKill(t, text, (*kills+1)/2) })
	}
}

// testKill kills so many runs of a study.
func testKill(t *testing.T, text string, kills int) {
	dir := t.TempDir()
	study := filepath.Join(dir, "killed.yaml")
	if err := os.WriteFile(study, []byte(strings.TrimLeft(text, "\n")), 0o644); err != nil {
		t.Fatal(err)
	}
	whole := &killed{t: t, study: study, out: filepath.Join(dir, "whole")}
	began := time.Now()
	whole.end(2 * time.Hour)
	length := time.Since(began)
	want := whole.left()
	runs, all, trials, checkpoints := 0, 0, 0, 0
	for attempt := 0; runs < kills; attempt++ {
		k := &killed{t: t, study: study, out: filepath.Join(dir, "run")}
		for k.end(time.Duration(rand.Float64() * float64(length))) {
			done, _ := filepath.Glob(filepath.Join(k.out, "trials", "*", "result.json"))
			kept, _ := filepath.Glob(filepath.Join(k.out, "trials", "*", "checkpoint.safetensors"))
			trials, checkpoints = trials+len(done), checkpoints+len(kept)
			if rand.IntN(3) == 0 {
				k.end(2 * time.Hour)
				break
			}
		}
		if diff := cmp.Diff(want, k.left()); diff != "" {
			t.Fatalf("after %d kills: -whole +killed:\n%s", k.kills, diff)
		}
		if k.kills > 0 { // else it was done before the kill
			runs, all = runs+1, all+k.kills
		}
		if err := os.RemoveAll(k.out); err != nil {
			t.Fatal(err)
		}
		if attempt > 10*kills+10 {
			t.Fatalf("only %d of %d runs were killed in time", runs, attempt)
		}
	}
	t.Logf("%d of %d killed runs have the digests, results, events and weights of a whole one; %d kills, with %d trials finished and %d under way", runs, kills, all, trials, checkpoints)
}
