package main

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"
)

// long is a study that does not end while a test looks.
const long = `
study: long
data: {shapes: {train: 400, test: 40}}
model: [flatten, linear: 64, $activation, linear: classes]
train: {epochs: 5000, batch: 4, sgd: {rate: 0.01}}
vary: {activation: [tanh, relu]}
`

// served is a process with a dashboard.
type served struct {
	t       *testing.T
	cmd     *exec.Cmd
	address string
	rest    chan string // what it has written to standard error after the address, at its end
}

// serve starts gradlab in dir and waits for the address of its dashboard.
func serve(t *testing.T, dir string, args ...string) *served {
	t.Helper()
	cmd := exec.Command("gradlab", args...)
	cmd.Dir = dir
	errs, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill() }) // no matter where it has ended
	lines := bufio.NewReader(errs)
	line, err := lines.ReadString('\n')
	_, address, found := strings.Cut(strings.TrimSpace(line), "dashboard: ")
	if err != nil || !found {
		t.Fatalf("gradlab %v says %q: %v", args, line, err)
	}
	address, _, _ = strings.Cut(address, " ")
	s := &served{t, cmd, address, make(chan string, 1)}
	go func() {
		text, _ := io.ReadAll(lines)
		s.rest <- string(text)
	}()
	return s
}

// runs asks for the list until there is one of that many runs.
func (s *served) runs(n int) []struct {
	ID, State string
	Stoppable bool
} {
	s.t.Helper()
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		var list struct {
			Runs []struct {
				ID, State string
				Stoppable bool
			}
		}
		answer, err := http.Get(s.address + "api/runs")
		if err == nil {
			err = json.NewDecoder(answer.Body).Decode(&list)
			answer.Body.Close()
		}
		if err == nil && len(list.Runs) == n {
			return list.Runs
		}
		if time.Now().After(end) {
			s.t.Fatalf("%d runs are listed, expected %d: %v", len(list.Runs), n, err)
		}
	}
}

// ended waits for the end, and gives the exit code and what was written.
func (s *served) ended() (code int, text string) {
	s.t.Helper()
	select {
	case text = <-s.rest:
	case <-time.After(20 * time.Second):
		s.t.Fatal("it does not end")
	}
	s.cmd.Wait()
	return s.cmd.ProcessState.ExitCode(), text
}

// A run with a dashboard can be stopped from it, by a request as the page sends it and by no other, and says how to go on.
func TestServeARun(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(dir+"/long.yaml", []byte(long), 0o644); err != nil {
		t.Fatal(err)
	}
	s := serve(t, dir, "run", "long.yaml", "--out", "run", "--serve", "--addr", "127.0.0.1:0")
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		if run := s.runs(1)[0]; run.State == "running" && run.Stoppable {
			break
		} else if time.Now().After(end) {
			t.Fatalf("the run is %+v", run)
		}
	}
	stop := func(header string) int {
		request, err := http.NewRequest("POST", s.address+"api/runs/run/stop", strings.NewReader(`{"trial": ""}`))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("Origin", strings.TrimSuffix(s.address, "/"))
		if header != "" {
			request.Header.Set("X-Gradlab", header)
		}
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		return answer.StatusCode
	}
	if code := stop(""); code != http.StatusForbidden {
		t.Errorf("without the page's header it answers %d", code)
	}
	if code := stop("stop"); code != http.StatusOK {
		t.Errorf("to stop it answers %d", code)
	}
	code, text := s.ended()
	if code != 130 || !strings.Contains(text, "gradlab: interrupted: 0 of 20 trials are finished and kept in run") || !strings.Contains(text, "hint: the same command goes on") {
		t.Errorf("it ends with %d and says:\n%s", code, text)
	}

	// The same directory, looked at by a process of its own: nothing can be stopped there.
	s = serve(t, dir, "serve", "--addr", "127.0.0.1:0", "run")
	if run := s.runs(1)[0]; run.State != "interrupted" || run.Stoppable {
		t.Errorf("afterwards the run is %+v", run)
	}
	if code := stop("stop"); code != http.StatusConflict {
		t.Errorf("to stop what another process ran it answers %d", code)
	}
	if runtime.GOOS == "windows" {
		return // no signal can be sent there
	}
	if err := s.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if code, text := s.ended(); code != 0 || text != "" {
		t.Errorf("Ctrl-C ends it with %d and %q", code, text)
	}
}
