package main

import (
	"bytes"
	"flag"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"testing"
)

var soak = flag.Int("soak", 0, "trials of TestSoak; 0 leaves it out")

// TestSoak compares the most memory that a process takes for ten trials and for many:
//
//	go test ./cmd/gradlab -run TestSoak -soak 1000 -v
//
// Its short form, of the heap alone, is in package lab.
func TestSoak(t *testing.T) {
	if *soak <= 10 {
		t.Skip("asked for with -soak")
	}
	dir := t.TempDir()
	text := "study: soak\ndata: {shapes: {train: 200, test: 50}}\nmodel: [flatten, linear: 256, batchnorm, $activation, linear: classes]\n" +
		"train: {epochs: 2, batch: 10, sgd: {rate: 0.01, momentum: 0.9}}\nvary: {activation: [relu]}\n"
	if err := os.WriteFile(dir+"/soak.yaml", []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	peak := func(trials int) float64 {
		var errs bytes.Buffer
		cmd := exec.Command("gradlab", "run", "soak.yaml", "--out", strconv.Itoa(trials), "--seeds", strconv.Itoa(trials), "--checkpoint", "50ms", "--quiet")
		cmd.Dir, cmd.Stderr = dir, &errs
		if err := cmd.Run(); err != nil {
			t.Fatalf("%v\n%s", err, errs.String())
		}
		return float64(cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss) * 1024
	}
	few, many := peak(10), peak(*soak)
	t.Logf("%.1f MB for 10 trials, %.1f MB for %d: %.1f kB a trial", few/1e6, many/1e6, *soak, (many-few)/float64(*soak-10)/1e3)
	if growth := (many - few) / float64(*soak-10); growth > 300e3 { // weights alone are 3 MB a trial; the report holds its figures
		t.Errorf("memory grows by %.0f bytes a trial", growth)
	}
}
