package train

import "gradlab/probe"

// Window is what was seen during one window of training, which has ended.
type Window struct {
	Flow       *probe.Window // nil where none of its steps was probed
	Loss       probe.LossWindow
	Histograms []probe.Histogram // by position, of the last step that was probed; empty without one
}

// An Event is what a Recorder hears beside steps: one of the two is set.
type Event struct {
	Window *Window
	Epoch  *EpochResult
}

// tellWindow tells of the window that ends with the newest step, if one does.
func (r *run) tellWindow(rec Recorder) {
	if probe.EndsWindow(r.step, r.steps) {
		if w, ok := r.window(probe.WindowOf(r.step, r.steps)); ok {
			rec.Window(w)
		}
	}
}

// window gives window at of training, from 0; ok is false of one without a step.
func (r *run) window(at int) (w Window, ok bool) {
	if w.Loss, ok = r.losses.Window(at); !ok || r.probe == nil {
		return w, ok
	}
	if flow, ok := r.probe.Window(at); ok {
		w.Flow, w.Histograms = &flow, r.probe.Histograms(at)
	}
	return w, true
}

// told is everything that has been told by now, in its order: with a step first its window, then its epoch.
func (r *run) told() []Event {
	var all []Event
	epoch := 0
	epochsBefore := func(step int) { // those that end before it
		for ; epoch < len(r.result.Epochs) && (epoch+1)*r.train.Batches() < step; epoch++ {
			e := r.result.Epochs[epoch]
			all = append(all, Event{Epoch: &e})
		}
	}
	if r.step > 0 {
		end := probe.WindowOf(r.step, r.steps)
		if probe.EndsWindow(r.step, r.steps) {
			end++
		}
		for at := range end {
			if w, ok := r.window(at); ok {
				epochsBefore(w.Loss.Last)
				all = append(all, Event{Window: &w})
			}
		}
	}
	epochsBefore(r.steps + 1)
	return all
}
