package main

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"gradlab/internal/browsertest"
)

// watchedStudy has 20 trials, each of which tells of every window of its steps and of ten epochs.
const watchedStudy = `
study: watched
data: {shapes: {train: 4000, test: 500}}
model:
  - conv: {filters: 6, kernel: 5}
  - $activation
  - maxpool: 2
  - conv: {filters: 16, kernel: 5}
  - $activation
  - maxpool: 2
  - flatten
  - linear: 120
  - $activation
  - linear: 84
  - $activation
  - linear: classes
train: {epochs: 10, batch: 4, sgd: {rate: 0.001, momentum: 0.9}}
vary: {activation: [tanh, relu, selu, sigmoid]}
seeds: 5
`

// BenchmarkWatched is what it costs to look at 20 trials that train at the same time: the processor time of a dashboard
// that follows them, and that of a browser which shows a view of them, as shares of the training's. Opening the page is
// not counted: it is done once.
//
//	go test ./cmd/gradlab -run - -bench Watched -benchtime 1x
func BenchmarkWatched(b *testing.B) {
	for _, view := range []string{"overview", "trials", "curves", "gradients"} {
		b.Run(view, func(b *testing.B) {
			var training, dashboard, browser time.Duration
			for range b.N {
				t, d, p := watch(b, view)
				training, dashboard, browser = training+t, dashboard+d, browser+p
			}
			b.ReportMetric(training.Seconds()/float64(b.N), "training-s")
			b.ReportMetric(100*dashboard.Seconds()/training.Seconds(), "dashboard-%")
			b.ReportMetric(100*browser.Seconds()/training.Seconds(), "browser-%")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// watch trains while a browser looks, and gives the processor times.
func watch(b *testing.B, view string) (training, dashboard, browser time.Duration) {
	dir := b.TempDir()
	if err := os.WriteFile(dir+"/watched.yaml", []byte(watchedStudy), 0o644); err != nil {
		b.Fatal(err)
	}
	run := exec.Command("gradlab", "run", "watched.yaml", "--out", "run", "--jobs", "20", "--quiet")
	serve := exec.Command("gradlab", "serve", "run", "--addr", "127.0.0.1:0")
	run.Dir, serve.Dir = dir, dir
	said, err := serve.StderrPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := run.Start(); err != nil {
		b.Fatal(err)
	}
	defer run.Process.Kill() // no matter where it has ended
	for end := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		if _, err := os.Stat(dir + "/run/outline.json"); err == nil {
			break
		} else if time.Now().After(end) {
			b.Fatal("the run does not begin")
		}
	}
	if err := serve.Start(); err != nil {
		b.Fatal(err)
	}
	defer serve.Process.Kill()
	line, err := bufio.NewReader(said).ReadString('\n')
	_, address, found := strings.Cut(line, "dashboard: ")
	if err != nil || !found {
		b.Fatalf("the dashboard says %q: %v", line, err)
	}
	address, _, _ = strings.Cut(address, " ")
	page := browsertest.Start(b).Open(b, browsertest.Views[0], address+"#/run/run/"+view)
	page.Wait(`/\b0 of 20 trials/.test(document.querySelector("main .head").innerText) && document.querySelector(".view")`)
	time.Sleep(2 * time.Second) // until all that belongs to opening is over
	opened := below(b, run.Process.Pid, serve.Process.Pid)
	ended := make(chan error, 1)
	go func() { ended <- run.Wait() }()
	for over := false; !over; {
		select {
		case err := <-ended:
			if err != nil {
				b.Fatal(err)
			}
			over = true
		case <-time.After(time.Second):
			browser = below(b, run.Process.Pid, serve.Process.Pid) - opened // the last one is of the end
		}
	}
	page.Wait(`document.querySelector("main .head").innerText.includes("20 of 20 trials")`) // it did follow
	if err := serve.Process.Signal(syscall.SIGINT); err != nil {
		b.Fatal(err)
	}
	if err := serve.Wait(); err != nil {
		b.Fatal(err)
	}
	return used(run), used(serve), browser
}

// used is the processor time that a program which has ended took.
func used(cmd *exec.Cmd) time.Duration {
	return cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
}

// below is the processor time of all processes that descend from this one, but for those two and what they started.
func below(b *testing.B, but ...int) time.Duration {
	b.Helper()
	paths, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		b.Fatal(err)
	}
	parents, ticks := map[int]int{}, map[int]int{}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended meanwhile
		}
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:])) // from field 3 of proc(5) on
		parents[pid], _ = strconv.Atoi(fields[1])
		for _, f := range fields[11:15] { // utime, stime, and those of children that have ended
			n, _ := strconv.Atoi(f)
			ticks[pid] += n
		}
	}
	total := 0
	for pid, n := range ticks {
		for at := parents[pid]; at > 1; at = parents[at] {
			if at == os.Getpid() {
				total += n
				break
			}
		}
	}
	for _, pid := range but {
		total -= ticks[pid]
	}
	return time.Duration(total) * time.Second / 100 // USER_HZ
}
