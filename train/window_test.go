package train

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"gradlab/nn"
	"gradlab/probe"
)

// checkWindows: what is told of windows while a network trains is what its result has of them at the end, each once, in
// order, between the epochs in which they end. Early stopping may leave the last one without an end.
func checkWindows(t interface{ Fatalf(string, ...any) }, events []Event, r *Result) {
	var flow []probe.Window
	var losses []probe.LossWindow
	steps, batches, epochs := 0, 0, 0
	if len(r.Epochs) > 0 {
		steps = r.Loss[len(r.Loss)-1].Last
		batches = steps / len(r.Epochs)
	}
	for _, e := range events {
		if e.Epoch != nil {
			epochs++
			continue
		}
		w := e.Window
		if w.Loss.Last <= epochs*batches || w.Loss.Last > (epochs+1)*batches {
			t.Fatalf("a window that ends with step %d is told after %d epochs of %d steps", w.Loss.Last, epochs, batches)
		}
		losses = append(losses, w.Loss)
		if w.Flow == nil {
			if len(w.Histograms) > 0 {
				t.Fatalf("histograms of steps %d to %d, of which none was probed", w.Loss.First, w.Loss.Last)
			}
			continue
		}
		flow = append(flow, *w.Flow)
		if len(w.Histograms) != len(r.Positions) {
			t.Fatalf("%d histograms of %d positions", len(w.Histograms), len(r.Positions))
		}
	}
	want, wantFlow := r.Loss, r.Flow
	if r.Stopping != nil && r.Stopping.Early && len(losses) < len(want) {
		want = want[:len(want)-1]
		if n := len(wantFlow); n > 0 && wantFlow[n-1].Steps.Last > want[len(want)-1].Last {
			wantFlow = wantFlow[:n-1]
		}
	}
	if d := cmp.Diff(want, losses, untimed, cmpopts.EquateEmpty()); d != "" {
		t.Fatalf("losses: -result +told:\n%s", d)
	}
	if d := cmp.Diff(wantFlow, flow, untimed, cmpopts.EquateEmpty()); d != "" {
		t.Fatalf("flow: -result +told:\n%s", d)
	}
}

// TestWindowsAreTold of trainings of which every step is probed, few are, and none is; the longest one has a window of
// the first hundred steps.
func TestWindowsAreTold(t *testing.T) {
	for _, c := range []struct{ epochs, probe, flows, windows int }{{3, 1, 15, 15}, {9, 7, 7, 41}, {3, -1, 0, 15}, {860, 100, 42, 42}} {
		trial := smallTrial()
		trial.Config.Epochs, trial.Config.Probe = c.epochs, c.probe
		var heard listener
		r, err := Run(context.Background(), trial, &heard)
		if err != nil {
			t.Fatal(err)
		}
		checkWindows(t, heard.events, r)
		if len(r.Loss) != c.windows || len(r.Flow) != c.flows {
			t.Errorf("%+v: %d windows, %d of them probed", c, len(r.Loss), len(r.Flow))
		}
		if heard.begun != nil {
			t.Errorf("%+v: it begins with %v", c, heard.begun)
		}
	}
}

// TestHistogramsAreOfTheLastProbedStep of a window: the one that an inspector sees, too.
func TestHistogramsAreOfTheLastProbedStep(t *testing.T) {
	trial := smallTrial()
	trial.Config.Epochs, trial.Config.Probe = 60, 3 // 300 steps, of which windows have seven or eight
	seen := &outputs{at: map[int][][]float32{}}
	trial.Inspector = seen
	var heard listener
	if _, err := Run(context.Background(), trial, &heard); err != nil {
		t.Fatal(err)
	}
	checked := 0
	for _, e := range heard.events {
		if e.Window == nil || e.Window.Flow == nil {
			continue
		}
		checked++
		for i, h := range e.Window.Histograms {
			total, low, high := 0, seen.at[e.Window.Flow.Steps.Last][i][0], seen.at[e.Window.Flow.Steps.Last][i][0]
			for _, n := range h.Counts {
				total += n
			}
			for _, v := range seen.at[e.Window.Flow.Steps.Last][i] {
				low, high = min(low, v), max(high, v)
			}
			if want := len(seen.at[e.Window.Flow.Steps.Last][i]); total != want || h.Low != float64(low) || h.High != float64(high) {
				t.Fatalf("position %d, step %d: %d values in [%v, %v], want %d in [%v, %v]", i+1, e.Window.Flow.Steps.Last, total, h.Low, h.High, want, low, high)
			}
		}
	}
	if checked != 1+probe.Windows {
		t.Errorf("%d windows have histograms, want %d", checked, 1+probe.Windows)
	}
}

// outputs keeps the activations of every step.
type outputs struct{ at map[int][][]float32 }

func (o *outputs) Due(int) bool { return true }

func (o *outputs) Inspect(plan *nn.Plan[float32], step, n int, _ float64) {
	for i := range plan.Positions() {
		o.at[step] = append(o.at[step], append([]float32(nil), plan.Activation(i, n)...))
	}
}
