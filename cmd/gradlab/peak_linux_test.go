package main

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"syscall"
	"testing"
)

var atMost = regexp.MustCompile(`(?m)^memory: .*: at most ([0-9]+) MB$`)

// TestPeakMemory runs studies of much data and of many results, and compares the most memory that each
// took, the report included, with the bound that it stated before it began. The bound holds an allowance
// of 96 MB for the program, Go's runtime and the report.
func TestPeakMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("it draws and trains for some seconds")
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		study, data string
		seeds       string
		least       int64 // bytes that it takes in any case
	}{
		"data":    {"model: [flatten, linear: 20, $activation, linear: classes]", "{shapes: {train: 20000, test: 100}}", "2", 20_100 * 3073},
		"results": {"model: [flatten, repeat: {times: 5, layers: [linear: 20, $activation]}, linear: classes]", "{shapes: {train: 200, test: 20}}", "100", 0},
	} {
		dir := t.TempDir()
		text := "study: peak\ndata: " + c.data + "\n" + c.study +
			"\ntrain: {epochs: 1, batch: 4, sgd: {rate: 0.01}}\nvary: {activation: [tanh, relu]}\nseeds: " + c.seeds + "\n"
		if err := os.WriteFile(dir+"/peak.yaml", []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		var errs bytes.Buffer
		cmd := &exec.Cmd{Path: program, Args: []string{"gradlab", "run", "peak.yaml", "--out", "run", "--jobs", "2"}, Dir: dir, Stderr: &errs}
		if err := cmd.Run(); err != nil {
			t.Fatalf("%s: %v\n%s", name, err, errs.String())
		}
		found := atMost.FindStringSubmatch(errs.String())
		if found == nil {
			t.Fatalf("%s: no bound is stated:\n%s", name, errs.String())
		}
		megabytes, _ := strconv.ParseInt(found[1], 10, 64)
		peak := cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss * 1024
		t.Logf("%s: %d MB of at most %d", name, peak/1e6, megabytes)
		if peak > megabytes*1e6 {
			t.Errorf("%s: the run took %d bytes, %d MB was the bound", name, peak, megabytes)
		}
		if written, most := written(t, dir+"/run"), diskAtMost(t, errs.String()); written > most*1e6 || written < most*1e6/20 {
			t.Errorf("%s: the run wrote %d bytes, %d MB was the bound", name, written, most)
		}
		if peak < c.least {
			t.Errorf("%s: %d bytes cannot be all that it took: its data alone has %d", name, peak, c.least)
		}
	}
}

var diskBound = regexp.MustCompile(`(?m)^disk: at most ([0-9]+) MB$`)

// diskAtMost is the bound that was stated, in MB.
func diskAtMost(t *testing.T, text string) int64 {
	t.Helper()
	found := diskBound.FindStringSubmatch(text)
	if found == nil {
		t.Fatalf("no bound is stated:\n%s", text)
	}
	megabytes, _ := strconv.ParseInt(found[1], 10, 64)
	return megabytes
}

// written is the bytes that the files in dir take on a disk of blocks.
func written(t *testing.T, dir string) (bytes int64) {
	t.Helper()
	err := filepath.WalkDir(dir, func(_ string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err == nil {
			bytes += info.Sys().(*syscall.Stat_t).Blocks * 512
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return bytes
}
