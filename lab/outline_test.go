package lab

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"gradlab/data"
	"gradlab/study"
	"gradlab/train"
)

const outlinedStudy = `study: x
data: {shapes: {train: 40, test: 20}}
model: [flatten, linear: 30, $activation, linear: classes]
train: {epochs: 1, batch: 8, sgd: {rate: $rate}}
vary: {activation: [tanh, relu], rate: [0.01, 0.1]}
seeds: 3
`

// TestOutlined: arms that run the same step are one model, and the memory is what a run states.
func TestOutlined(t *testing.T) {
	s, err := study.Parse("x.yaml", []byte(outlinedStudy))
	if err != nil {
		t.Fatal(err)
	}
	o, err := Outlined(context.Background(), s, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if o.Trials != 12 || len(o.Parts) != 1 || len(o.Parts[0].Models) != 2 {
		t.Fatalf("%d trials, %d parts: %+v", o.Trials, len(o.Parts), o.Parts)
	}
	for i, activation := range []string{"Tanh", "ReLU"} {
		m := o.Parts[0].Models[i]
		if len(m.Arms) != 2 || m.Batch != 8 || m.Parameters != 3072*30+30+300+10 {
			t.Errorf("model %d: arms %q, batch %d, %d parameters", i, m.Arms, m.Batch, m.Parameters)
		}
		if f := m.Step.Kernels[0].Fused; f[len(f)-1].Kernel != activation {
			t.Errorf("model %d: fused is %+v, want %s", i, f, activation)
		}
		if m.Memory.Total() != o.Memory.Trial {
			t.Errorf("model %d takes %d bytes, the largest %d", i, m.Memory.Total(), o.Memory.Trial)
		}
	}
	var told Memory
	if _, err := Run(context.Background(), s, Options{Watch: planWatch{func(p Plan) { told = p.Memory }}}); err != nil {
		t.Fatal(err)
	}
	if told != o.Memory {
		t.Errorf("a run tells %+v, its outline %+v", told, o.Memory)
	}
	if want := int64(60 * 3073); told.Data != want {
		t.Errorf("%d bytes of data, want %d", told.Data, want)
	}
}

// planWatch hears the plan.
type planWatch struct{ hear func(Plan) }

func (planWatch) Warning(string)                 {}
func (w planWatch) Begin(p Plan)                 { w.hear(p) }
func (planWatch) Start(*Task)                    {}
func (planWatch) Step(*Task, train.Progress)     {}
func (planWatch) Epoch(*Task, train.EpochResult) {}
func (planWatch) End(*Task, *Trial)              {}

// TestMemoryInWords: the sum is that of the parts.
func TestMemoryInWords(t *testing.T) {
	m := Memory{Data: 184_380_000, Jobs: 2, Trial: 1_900_000, Results: 25e6, Program: 96e6}
	if got, want := m.String(), "memory: data 184 MB, 2 trials × 1.9 MB, results 25 MB, program 96 MB: at most 310 MB"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestResultsAreBounded: the text of a trial's figures is within what is stated of it.
func TestResultsAreBounded(t *testing.T) {
	s, err := study.Parse("x.yaml", []byte(strings.Replace(outlinedStudy, "epochs: 1", "epochs: 20", 1)))
	if err != nil {
		t.Fatal(err)
	}
	r, err := Run(context.Background(), s, Options{})
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(r.Trials)
	if err != nil {
		t.Fatal(err)
	}
	stated := int64(0)
	for _, trial := range r.Trials {
		arm := r.Parts[0].Arms[slices.IndexFunc(r.Parts[0].Arms, func(a Arm) bool { return a.Name == trial.Arm })]
		stated += resultBytes(arm, train.Config{Epochs: 20}, data.Info{Classes: make([]string, 10)}) / 4
	}
	if got := int64(len(text)); got > stated || got < stated/4 {
		t.Errorf("the trials' figures are %d bytes of text, %d are stated", got, stated)
	}
}
