package web

import (
	"net/http/httptest"
	"path/filepath"
	"testing"

	"gradlab/internal/browsertest"
	"gradlab/internal/disk"
	"gradlab/internal/runlog"
	"gradlab/lab"
)

// BenchmarkFirstPaint is how long a browser takes from asking for the page of a run of 1000 trials with a million figures
// until the list of trials is painted: of a run that is finished, and of one that is being written, of which 999 trials
// have ended; cold, where the server begins to read the run with the question, and warm, where it has it in memory.
//
//	go test ./internal/web -run - -bench FirstPaint -benchtime 10x
func BenchmarkFirstPaint(b *testing.B) {
	results := synthetic(25, 40, 20, 8)
	whole, growing := written(b, results), begun(b, results)
	page := browsertest.Start(b).Open(b, wide, "about:blank")
	page.Begin(`(function look() {
		if (!document.querySelector(".row a")) return requestAnimationFrame(look);
		requestAnimationFrame(() => setTimeout(() => { window.painted = performance.now(); }));
	})();`)
	for _, c := range []struct {
		name, path string
		warm       bool
	}{{"finished/cold", whole, false}, {"finished/warm", whole, true}, {"growing/cold", growing, false}, {"growing/warm", growing, true}} {
		b.Run(c.name, func(b *testing.B) {
			total := 0.0
			for range b.N {
				server := New(c.path)
				if c.warm {
					var v any
					get(b, server, "/api/runs/run", &v)
				}
				at := httptest.NewServer(server)
				page.Go(at.URL + "/#/run/run/trials")
				page.Wait("window.painted")
				var painted float64
				page.Eval("window.painted", &painted)
				total += painted
				page.Go("about:blank")
				at.CloseClientConnections()
				at.Close()
			}
			b.ReportMetric(total/float64(b.N), "ms/paint")
			b.ReportMetric(0, "ns/op") // of starting servers, too
		})
	}
}

// begun writes a run directory as it is before the last trial has ended, and holds it.
func begun(b *testing.B, whole *lab.Results) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), "run")
	dir, err := runlog.Open(disk.OS, path, runlog.Study{Name: whole.Study, Text: []byte("study: synthetic\n")})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { dir.Close() })
	outline := *whole
	outline.Trials = nil
	var ids []string
	for _, t := range whole.Trials {
		ids = append(ids, t.ID)
		outline.Trials = append(outline.Trials, lab.Trial{ID: t.ID, Study: t.Study, Arm: t.Arm, Labels: t.Labels, Seed: t.Seed})
	}
	if err := dir.Begin(ids, outline); err != nil {
		b.Fatal(err)
	}
	for _, t := range whole.Trials[1:] {
		if err := dir.SaveTrial(t.ID, t, nil); err != nil {
			b.Fatal(err)
		}
	}
	return path
}
