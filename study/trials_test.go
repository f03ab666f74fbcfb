package study

import (
	"slices"
	"strings"
	"testing"
)

const hashed = `study: s
data: shapes
let: {width: 84, gain: 1.5}
model:
  - flatten
  - repeat: {times: 2, layers: [linear: $width, tanh]}
  - linear: classes
init: {name: he-normal, gain: $gain}
train: {epochs: 2, batch: 4, sgd: {rate: 0.01}}
seeds: [1]
`

func hashOf(t *testing.T, src string, sets ...string) string {
	t.Helper()
	return only(t, src, sets...).Trials(1, "sha256:00")[0].Hash
}

// A hash that changes by accident makes every finished trial run again: change this one on purpose
// only, with the reason in the log.
func TestHashIsStable(t *testing.T) {
	const want = "16b91500b50a3e2f64fa8e849b4208adda515850911246fee6cd4ce4f628fd89"
	if got := hashOf(t, hashed); got != want {
		t.Errorf("hash is %s, want %s", got, want)
	}
}

func TestHashIgnoresWhatChangesNoResult(t *testing.T) {
	want := hashOf(t, hashed)
	for name, src := range map[string]string{
		"a comment":             "# a comment\n" + hashed,
		"the study's name":      strings.Replace(hashed, "study: s", "study: t", 1),
		"a question":            hashed + "question: Why?\n",
		"another place of data": strings.Replace(hashed, "data: shapes", "data: /elsewhere", 1),
		"a repeat written out": strings.Replace(hashed, "repeat: {times: 2, layers: [linear: $width, tanh]}",
			"linear: 84\n  - tanh\n  - linear: $width\n  - tanh", 1),
		"a default written out": strings.Replace(hashed, "batch: 4", "batch: 4, inputs: unit", 1),
		"init at the layers": strings.NewReplacer("init: {name: he-normal, gain: $gain}", "",
			"linear: classes", "linear: {out: classes, init: {name: he-normal, gain: $gain}}",
			"linear: $width", "linear: {out: $width, init: {name: he-normal, gain: $gain}}").Replace(hashed),
		"a variable's name": strings.ReplaceAll(hashed, "width", "breadth"),
	} {
		if got := hashOf(t, src); got != want {
			t.Errorf("%s changes the hash", name)
		}
	}
}

func TestHashFollowsWhatDefinesTheTrial(t *testing.T) {
	seen := map[string]string{hashOf(t, hashed): "nothing"}
	for _, set := range []string{
		"let.width=85", "let.gain=1.6", "init.name=he-uniform", "init.name=orthogonal", "model.0=identity", "model.1.repeat.times=3",
		"model.1.repeat.layers=[{linear: $width}, relu]", "model.2.linear={out: classes, bias: false}",
		"train.epochs=3", "train.batch=5", "train.sgd.rate=0.011", "train.sgd.momentum=0.5",
		"train.sgd={rate: 0.01, momentum: 0.5, nesterov: true}", "train.sgd.weight-decay=0.1", "train.schedule=cosine",
		"train.schedule={cosine: {floor: 0.1}}", "train.schedule={step: {every: 1}}", "train.schedule={warmup: 3}",
		"train.inputs=symmetric", "train.probe=3", "train.probe=never", "seeds=[2]",
	} {
		got := hashOf(t, hashed, set)
		if other, found := seen[got]; found {
			t.Errorf("%s has the hash of %s", set, other)
		}
		seen[got] = set
	}
	p := only(t, hashed)
	for name, trials := range map[string][]Trial{
		"numerics": p.Trials(2, "sha256:00"), "data": p.Trials(1, "sha256:01"),
	} {
		if other, found := seen[trials[0].Hash]; found {
			t.Errorf("%s has the hash of %s", name, other)
		}
	}
}

func TestTrialsRunSeedBySeed(t *testing.T) {
	p := only(t, completed("", "model: [flatten, $a]\nvary: {a: [tanh, relu]}\nseeds: [5, 6]\n"))
	var got []string
	hashes := map[string]bool{}
	for _, trial := range p.Trials(1, "") {
		got = append(got, trial.Arm.Name+" "+string(rune('0'+trial.Seed)))
		hashes[trial.Hash] = true
	}
	if want := []string{"tanh 5", "relu 5", "tanh 6", "relu 6"}; !slices.Equal(got, want) || len(hashes) != 4 {
		t.Errorf("trials are %v with %d hashes, want %v", got, len(hashes), want)
	}
}
