package lab

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gradlab/study"
)

// TestPreflighted: each network is looked at once, whatever the number of cores, and in the study's order.
func TestPreflighted(t *testing.T) {
	var heard []string
	look := func(threads int) *Preflight {
		heard = nil
		s := tiny(t)
		if err := s.Set("also", "[{activation: relu}]"); err != nil {
			t.Fatal(err)
		}
		p, err := Preflighted(context.Background(), s, Options{Threads: threads}, func(arm string, done, all int) {
			heard = append(heard, arm)
			if done != len(heard)-1 || all != 3 {
				t.Errorf("%d of %d, want %d of 3", done, all, len(heard)-1)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	one := look(64)
	names := func(p *Preflight) (all []string) {
		for _, m := range p.Parts[0].Models {
			all = append(all, m.Arms...)
		}
		return all
	}
	if want := []string{"tanh", "sigmoid", "relu"}; !slices.Equal(names(one), want) || !slices.Equal(heard, want) {
		t.Errorf("looked at %q, heard of %q", names(one), heard)
	}
	text := func(p *Preflight) string { // in which NaN is null
		b, err := json.MarshalIndent(p, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	if diff := cmp.Diff(text(one), text(look(1))); diff != "" {
		t.Error(diff)
	}
	if n := one.Parts[0].Models[0].Seeds; n != 3 {
		t.Errorf("%d seeds", n)
	}
}

// TestPreflightedAlike: arms that begin alike are one network.
func TestPreflightedAlike(t *testing.T) {
	s, err := study.Parse("x.yaml", []byte(`
study: x
data: {shapes: {train: 60, test: 20}}
model: [flatten, linear: $width, tanh, linear: classes]
train: {epochs: 1, batch: $batch, sgd: {rate: 0.1}}
vary: {width: [4, 5], batch: [8]}
`))
	if err != nil {
		t.Fatal(err)
	}
	parts, err := s.Parts()
	if err != nil {
		t.Fatal(err)
	}
	p := openPart{Part: parts[0]}
	twin := p.Part.Arms[0]
	twin.Name = "twin"
	p.Part.Arms = append(p.Part.Arms, twin)
	models := p.distinct()
	if len(models) != 2 || !slices.Equal(models[0].Arms, []string{parts[0].Arms[0].Name, "twin"}) {
		t.Errorf("networks %+v", models)
	}
}

// TestPreflightedEnds: an ended context ends it with the context's error.
func TestPreflightedEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	_, err := Preflighted(ctx, tiny(t), Options{}, func(string, int, int) { cancel() })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

// TestTheoryOfArms: results hold what theory says of each arm, by the positions of its trials, near to what
// the first step measured.
func TestTheoryOfArms(t *testing.T) {
	r, err := Run(context.Background(), tiny(t), Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range r.Parts[0].Arms {
		for _, trial := range r.Trials {
			if trial.Arm != a.Name {
				continue
			}
			if a.Theory == nil || len(a.Theory.GradRMS) != len(trial.Positions) {
				t.Fatalf("%s: theory %+v of %d positions", a.Name, a.Theory, len(trial.Positions))
			}
			for i, g := range trial.Flow[0].GradRMS {
				if g == nil {
					continue
				}
				if ratio := *g / *a.Theory.GradRMS[i]; ratio < 0.4 || ratio > 2.5 { // of eight units
					t.Errorf("%s, seed %d, %s: the first gradient is %v times what theory says", a.Name, trial.Seed, trial.Positions[i].Name, ratio)
				}
			}
		}
	}
}
