package study

import (
	"slices"
	"strings"
	"testing"

	"gradlab/train"
)

const choosingStudy = `study: choice
data: shapes
let: {l1: 0, l2: 0, drop: 0}
model: [flatten, $act, dropout: $drop, linear: classes]
train: {epochs: 1, sgd: {rate: 0.1}, penalty: {l1: $l1, l2: $l2}, test: once}
vary: {act: [relu, tanh]}
choose:
  holdout: 0.25
  seeds: 2
  arms:
    none: {}
    l2: {l2: [1e-4, 1e-3, 1e-2, 1e-1]}
    both: {l2: [1e-4, 1e-3], drop: [0.2, 0.5]}
    fixed: {l1: 1e-3}
seeds: 3
`

func TestChoiceListsArmsAndCandidates(t *testing.T) {
	p := only(t, choosingStudy)
	want := []string{"relu · none", "relu · l2", "relu · both", "relu · fixed", "tanh · none", "tanh · l2", "tanh · both", "tanh · fixed"}
	if got := armNames(p); !slices.Equal(got, want) {
		t.Fatalf("arms are %v, want %v", got, want)
	}
	var names []string
	for _, c := range p.Arms[2].Candidates {
		names = append(names, c.Name)
	}
	if want := []string{"l2 0.0001 · drop 0.2", "l2 0.0001 · drop 0.5", "l2 0.001 · drop 0.2", "l2 0.001 · drop 0.5"}; !slices.Equal(names, want) {
		t.Errorf("candidates are %v, want %v: the weakest first", names, want)
	}
	if got := p.Arms[1].Choose(2).Train.Rule.Penalty.L2; got != 1e-2 {
		t.Errorf("the third candidate has an l2 of %v", got)
	}
	if got := p.Arms[3].Train.Rule.Penalty.L1; got != 1e-3 {
		t.Errorf("an arm with one value has an l1 of %v", got)
	}
	if p.Choice.By != ByLoss || p.Choice.Holdout != 0.25 || !slices.Equal(p.Choice.Seeds, []uint64{100_001, 100_002}) {
		t.Errorf("the choice is %+v", *p.Choice)
	}
	again := only(t, p.Source)
	if again.Source != p.Source || !slices.Equal(armNames(again), armNames(p)) || len(again.Arms[2].Candidates) != 4 {
		t.Errorf("the source does not give the same study again:\n%s", p.Source)
	}
}

// Trials of a choice never run the test set, hold images out, and have hashes that no other trial has. Where a chosen
// arm's trial is that of a study which names the value itself, the hash is the same: it is not run twice.
func TestSelectionIsApartFromTheTrials(t *testing.T) {
	p := only(t, choosingStudy)
	selection := p.Selection(1, "data")
	if len(selection) != 2*2*2*4 { // activations, arms that choose, seeds, candidates
		t.Fatalf("%d trials to choose with", len(selection))
	}
	seen := map[string]bool{}
	for _, s := range selection {
		c := s.Variant.Train
		if c.Test != train.TestNever || c.Validation != 0.25 || c.Probe != -1 || seen[s.Hash] {
			t.Errorf("%s, seed %d: %+v", s.Arm.Name, s.Seed, c)
		}
		seen[s.Hash] = true
	}
	p.Arms[1] = p.Arms[1].Choose(2)
	for _, s := range p.Trials(1, "data") {
		if seen[s.Hash] || s.Variant.Train.Test != train.TestOnce || s.Variant.Train.Validation != 0 {
			t.Errorf("%s, seed %d: %+v", s.Arm.Name, s.Seed, s.Variant.Train)
		}
	}
	plain := strings.NewReplacer("let: {l1: 0, l2: 0, drop: 0}", "let: {l1: 0, l2: 1e-2, drop: 0}").Replace(choosingStudy)
	plain, _, _ = strings.Cut(plain, "choose:")
	named := only(t, plain+"seeds: 3\n")
	if got, want := p.Trials(1, "data")[1].Hash, named.Trials(1, "data")[0].Hash; got != want {
		t.Error("a chosen value gives another trial than the same value in the file")
	}
}

func TestChoiceIsChangedBySet(t *testing.T) {
	p := only(t, choosingStudy, "choose.arms.both=", "choose.arms.l2.l2=[1e-3, 1e-2]", "choose.by=accuracy")
	if len(p.Arms) != 6 || len(p.Arms[1].Candidates) != 2 || p.Choice.By != ByAccuracy {
		t.Errorf("arms %v with %d candidates, by %s", armNames(p), len(p.Arms[1].Candidates), p.Choice.By)
	}
}
