package lab

import (
	"context"
	"reflect"
	"testing"

	"gradlab/gradcheck"
	"gradlab/study"
)

const checkedStudy = `
study: checked
data: {shapes: {train: 20, test: 10}}
model: [{conv: {filters: 2, kernel: 5, stride: 3}}, $activation, flatten, linear: classes]
train: {epochs: $epochs, batch: 4, sgd: {rate: 0.01}, penalty: $penalty, transforms: [{resize: 16}]}
let: {epochs: 1, penalty: {l2: 1e-3}}
vary: {activation: [tanh, relu]}
also: [{activation: tanh, epochs: 2}, {activation: tanh, penalty: {l1: 1e-3}}]
seeds: 2
check: 2
`

// TestEveryDistinctNetworkIsChecked: arms that differ in epochs only have one network, those with another penalty have
// another; images are those that training sees.
func TestEveryDistinctNetworkIsChecked(t *testing.T) {
	s, err := study.Parse("checked.yaml", []byte(checkedStudy))
	if err != nil {
		t.Fatal(err)
	}
	var heard []string
	c, err := Checked(context.Background(), s, Options{}, gradcheck.Options{PerTensor: 3, Steps: -1, Saturate: -1, ISA: "portable", Threads: 1},
		func(arm string, _, all int) {
			heard = append(heard, arm)
			if all != 3 {
				t.Errorf("%d networks are announced, want 3", all)
			}
		})
	if err != nil {
		t.Fatal(err)
	}
	if c.Verdict != gradcheck.Pass || c.Count(gradcheck.Pass) != 3 || len(heard) != 3 {
		t.Fatalf("%s: %d networks pass, %d are heard of", c.Verdict, c.Count(gradcheck.Pass), len(heard))
	}
	m := c.Parts[0].Models[0]
	if len(m.Arms) != 2 {
		t.Errorf("the arms of the first network are %q", m.Arms)
	}
	if in := m.Looks[0].Tensors[0]; in.Name != "input" || !reflect.DeepEqual(in.Shape, []int{2, 16, 16, 3}) {
		t.Errorf("the input is %s %v", in.Name, in.Shape)
	}
	found := false
	for _, q := range m.Looks[0].Tensors {
		found = found || q.Name == "penalty on conv1.weight" && q.Norm > 0
	}
	if !found {
		t.Error("the penalty is not checked")
	}
}

// TestAStudyChecksItself: the results of a study with the key check hold a check, twice the same; others hold none.
func TestAStudyChecksItself(t *testing.T) {
	run := func(entries string) *Results {
		s, err := study.Parse("checked.yaml", []byte(checkedStudy))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Set("check", entries); err != nil {
			t.Fatal(err)
		}
		r, err := Run(context.Background(), s, Options{Jobs: 2})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	first, second := run("2"), run("2")
	if first.Check == nil || first.Check.Verdict != gradcheck.Pass {
		t.Fatalf("the check is %+v", first.Check)
	}
	if !reflect.DeepEqual(first.Check, second.Check) {
		t.Error("two runs of a study have different checks")
	}
	if run("0").Check != nil {
		t.Error("a study that asks for no check has one")
	}
}
