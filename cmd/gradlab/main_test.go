package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"github.com/rogpeppe/go-internal/testscript"

	"gradlab/lab"
	"gradlab/train"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"gradlab": main})
}

// TestScripts runs the scripts of testdata/script against the real main.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("GRADLAB_CACHE", env.WorkDir+"/cache")
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"exitcode": exitCode,
			"pictures": pictures,
			"idx":      idx,
			"zipped":   zipped,
		},
	})
}

// exitCode runs a program and checks its exit code exactly: exitcode 2 gradlab run. With a signal
// in front, -INT gradlab … or -TERM, the program gets it once it has printed its first epoch, or the text of
// -INT=TEXT.
func exitCode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exitcode CODE [-INT] program arguments…")
	}
	want, args := args[0], args[1:]
	signal, at, _ := strings.Cut(args[0], "=")
	sent := map[string]os.Signal{"-INT": os.Interrupt, "-TERM": syscall.SIGTERM}[signal]
	if sent != nil {
		args = args[1:]
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, lookPath(ts, args[0]), args[1:]...)
	cmd.Dir = ts.MkAbs(".")
	cmd.Env = append(os.Environ(), "PATH="+ts.Getenv("PATH"), "GRADLAB_CACHE="+ts.Getenv("GRADLAB_CACHE"))
	var out bytes.Buffer
	errs := &trigger{at: cmp.Or(at, "Epoch 1 loss"), fire: func() {
		if sent != nil {
			cmd.Process.Signal(sent)
		}
	}}
	cmd.Stdout, cmd.Stderr = &out, errs
	err := cmd.Run()
	ts.Logf("[stdout]\n%s\n[stderr]\n%s", out.String(), errs.text.String())
	if cmd.ProcessState == nil {
		ts.Fatalf("failed to start: %v", err)
	}
	if got := cmd.ProcessState.String(); got != "exit status "+want {
		ts.Fatalf("%v ended with %s, want exit status %s", args, got, want)
	}
	ts.Check(os.WriteFile(ts.MkAbs("stdout.txt"), out.Bytes(), 0o644))
	ts.Check(os.WriteFile(ts.MkAbs("stderr.txt"), []byte(errs.text.String()), 0o644))
}

func lookPath(ts *testscript.TestScript, name string) string {
	for _, dir := range strings.Split(ts.Getenv("PATH"), string(os.PathListSeparator)) {
		if _, err := os.Stat(dir + "/" + name); err == nil {
			return dir + "/" + name
		}
	}
	ts.Fatalf("there is no program %s", name)
	return ""
}

// trigger fires once, when a text has been written.
type trigger struct {
	text  strings.Builder
	at    string
	fire  func()
	fired bool
}

func (t *trigger) Write(p []byte) (int, error) {
	t.text.Write(p)
	if !t.fired && strings.Contains(t.text.String(), t.at) {
		t.fired = true
		t.fire()
	}
	return len(p), nil
}

func TestComplete(t *testing.T) {
	parser, err := newParser(&grammar{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		words string
		want  []string
	}{
		{"re", []string{"report"}},
		{"run de", []string{"depth"}},
		{"run depth --qu", []string{"--quiet"}},
		{"run depth --isa po", []string{"portable"}},
		{"run --seeds 3 ac", []string{"activations"}},
		{"run depth --data s", []string{"shapes"}},
		{"study pr", []string{"print"}},
		{"study print to", []string{"tour"}},
		{"data fetch c", []string{"cifar10"}},
		{"completion z", []string{"zsh"}},
		{"bench st", []string{"step"}},
		{"bench --isa po", []string{"portable"}},
		{"bench W1 Step/W4", []string{"Step/W4"}},
		{"nonsense", nil},
	} {
		if got := complete(parser.Model.Node, strings.Split(c.words, " ")); !slices.Equal(got, c.want) {
			t.Errorf("%q completes to %q, want %q", c.words, got, c.want)
		}
	}
	all := complete(parser.Model.Node, []string{""})
	if !slices.Contains(all, "run") || slices.Contains(all, "__complete") {
		t.Errorf("the commands are %q", all)
	}
}

// TestEveryCommandHasHelp keeps a command or flag from being added without a word about it.
func TestEveryCommandHasHelp(t *testing.T) {
	parser, err := newParser(&grammar{})
	if err != nil {
		t.Fatal(err)
	}
	err = kong.Visit(parser.Model, func(n kong.Visitable, next kong.Next) error {
		if c, ok := n.(*kong.Node); ok && c.Type == kong.CommandNode && !c.Hidden && c.Help == "" {
			t.Errorf("command %s has no help", c.Name)
		}
		if f, ok := n.(*kong.Flag); ok && f.Help == "" {
			t.Errorf("flag --%s has no help", f.Name)
		}
		return next(nil)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestQuoted(t *testing.T) {
	for word, want := range map[string]string{
		"depth":                    "depth",
		"train.epochs=3":           "train.epochs=3",
		"":                         "''",
		"shapes?train=1&test=2":    "'shapes?train=1&test=2'",
		"vary.activation=[tanh]":   "'vary.activation=[tanh]'",
		"it's":                     `'it'\''s'`,
		"../data/x.tar.gz":         "../data/x.tar.gz",
		"a dir with spaces/x\ny.z": "'a dir with spaces/x\ny.z'",
	} {
		if got := quoted(word); got != want {
			t.Errorf("quoted(%q) = %s, want %s", word, got, want)
		}
	}
}

// TestWarningsAreShownOnce: on a terminal, standard error has shown them before the trials began.
func TestWarningsAreShownOnce(t *testing.T) {
	r := &lab.Results{Warnings: []string{"careful"}}
	for _, told := range []bool{false, true} {
		var out bytes.Buffer
		if err := show(&console{out: &out}, r, "", told); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(out.String(), "careful") == told {
			t.Errorf("told %v: %q", told, out.String())
		}
	}
	if len(r.Warnings) != 1 {
		t.Error("the results lost their warning")
	}
}

func TestHints(t *testing.T) {
	full := &os.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}
	for _, c := range []struct {
		err  error
		want string
	}{
		{errors.New("x"), ""},
		{advised{errors.New("x"), "do y"}, "do y"},
		{fmt.Errorf("failed: %w", advised{errors.New("x"), "do y"}), "do y"},
		{fmt.Errorf("failed: %w", advised{full, "do y"}), "free some space and run the same command"},
	} {
		if got := hintOf(c.err); got != c.want {
			t.Errorf("hintOf(%v) = %q, want %q", c.err, got, c.want)
		}
	}
}

// TestLiveLine looks at what a terminal gets.
func TestLiveLine(t *testing.T) {
	var out bytes.Buffer
	p := &progress{w: &out, live: true, width: 60, running: map[*lab.Task]part{}}
	a := &lab.Task{Number: 1, Of: 2, Work: 1000, Epochs: 2, Trial: lab.Trial{Arm: "tanh", Seed: 1}}
	b := &lab.Task{Number: 2, Of: 2, Work: 1000, Epochs: 2, Trial: lab.Trial{Arm: "sigmoid", Seed: 1}}
	p.Begin(lab.Plan{Tasks: []*lab.Task{a, b}, Found: 3, Jobs: 2})
	p.begun = time.Now().Add(-30 * time.Second)
	p.Start(a)
	p.Start(b)
	p.Step(a, train.Progress{Epoch: 1, Epochs: 2, Step: 50, Steps: 100, Loss: 1.5, ImagesPerSecond: 8000})
	line := "[1/2] 1m30s left · tanh, seed 1 · epoch 1/2 · loss 1.500 ·…" // a quarter of 2000 images in 30 s
	if !strings.HasSuffix(out.String(), "\r\x1b[K"+line) {
		t.Errorf("the terminal got %q, want it to end in %q", out.String(), line)
	}
	p.Step(b, train.Progress{Epoch: 1, Epochs: 2, Step: 50, Steps: 100, Loss: 2.3}) // too soon to draw again
	if !strings.HasSuffix(out.String(), line) {
		t.Errorf("drawn twice within a tenth of a second: %q", out.String())
	}
	p.Warning("careful")
	if !strings.HasSuffix(out.String(), "\r\x1b[Kwarning: careful\n"+line) {
		t.Errorf("a warning must stand above the live line: %q", out.String())
	}
	p.End(a, &lab.Trial{Status: lab.Done})
	p.close()
	if !strings.HasSuffix(out.String(), "\r\x1b[K") {
		t.Errorf("the live line was left: %q", out.String())
	}
}

// TestTimeLeftOfAResumedTrial: what an earlier run has done took none of this one's time.
func TestTimeLeftOfAResumedTrial(t *testing.T) {
	var out bytes.Buffer
	p := &progress{w: &out, live: true, width: 60, running: map[*lab.Task]part{}}
	a := &lab.Task{Number: 1, Of: 1, Work: 1000, Before: 800, Epochs: 2, Trial: lab.Trial{Arm: "tanh", Seed: 1}}
	p.Begin(lab.Plan{Tasks: []*lab.Task{a}, Jobs: 1})
	p.begun = time.Now().Add(-30 * time.Second)
	p.Start(a)
	p.Step(a, train.Progress{Epoch: 2, Epochs: 2, Step: 90, Steps: 100, Loss: 1.5}) // 100 of 200 images in 30 s
	if !strings.Contains(out.String(), "[1/1] 30s left") {
		t.Errorf("the terminal got %q", out.String())
	}
}

// TestEpochLines: the lines that PyTorch's examples made familiar stand on a terminal, too, unless
// there are so many trials that they would bury everything else.
func TestEpochLines(t *testing.T) {
	for _, c := range []struct {
		live, lines bool
		trials      int
		want        bool
	}{
		{live: true, trials: 4, want: true},
		{live: true, trials: 5, want: false},
		{live: true, lines: true, trials: 5, want: true}, // --verbose
		{lines: true, trials: 5, want: true},             // no terminal
		{trials: 1, want: false},                         // --quiet
	} {
		var out bytes.Buffer
		p := &progress{w: &out, live: c.live, lines: c.lines, width: 60, running: map[*lab.Task]part{}}
		task := &lab.Task{Number: 1, Of: c.trials, Work: 1000, Epochs: 1, Trial: lab.Trial{Arm: "tanh", Seed: 1}}
		p.Begin(lab.Plan{Tasks: slices.Repeat([]*lab.Task{task}, c.trials), Jobs: 1})
		p.Start(task)
		p.Epoch(task, train.EpochResult{Epoch: 1, TrainLoss: 2.3131, TestLoss: 0.0072, TestCorrect: 167, TestTotal: 178})
		want := fmt.Sprintf("[1/%d] tanh, seed 1: Epoch 1 loss: 2.313\n", c.trials)
		if got := strings.Contains(out.String(), want); got != c.want {
			t.Errorf("%+v: printed %q", c, out.String())
		}
		if c.want && !strings.Contains(out.String(), "Test set: Average loss: 0.0072, Accuracy: 167/178 (94%)\n") {
			t.Errorf("%+v: printed %q", c, out.String())
		}
	}
}

// TestQuietWarns: --quiet is about progress. That work was thrown away is said nowhere else where the run is interrupted.
func TestQuietWarns(t *testing.T) {
	var out bytes.Buffer
	p := newProgress(&out, true, false)
	task := &lab.Task{Number: 1, Of: 1, Work: 1000, Epochs: 1, Trial: lab.Trial{Arm: "tanh", Seed: 1}}
	p.Begin(lab.Plan{Tasks: []*lab.Task{task}, Jobs: 1})
	p.Start(task)
	p.Warning("tanh, seed 1 begins again")
	p.Step(task, train.Progress{Epoch: 1, Epochs: 1, Step: 1, Steps: 2})
	p.Epoch(task, train.EpochResult{Epoch: 1})
	p.End(task, &lab.Trial{Status: lab.Interrupted})
	p.close()
	if got, want := out.String(), "warning: tanh, seed 1 begins again\n"; got != want {
		t.Errorf("printed %q, want %q", got, want)
	}
}

func TestDownloadLines(t *testing.T) {
	var out bytes.Buffer
	p := newProgress(&out, false, false)
	tell := p.download("cifar10")
	for done := int64(0); done <= 170_000_000; done += 1_000_000 {
		tell(done, 170_000_000)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 11 || !strings.HasPrefix(lines[10], "cifar10: 170.0 of 170.0 MB") {
		t.Errorf("%d lines, want one for every tenth: %q", len(lines), lines)
	}
}

func TestTimeLeft(t *testing.T) {
	for _, c := range []struct {
		elapsed  time.Duration
		fraction float64
		want     string
	}{
		{30 * time.Second, 0.25, "1m30s left"},
		{time.Second, 1, "0s left"},
		{time.Millisecond, 0.5, "time left …"},
		{time.Minute, 0, "time left …"},
	} {
		if got := left(c.elapsed, c.fraction); got != c.want {
			t.Errorf("left(%v, %v) = %s, want %s", c.elapsed, c.fraction, got, c.want)
		}
	}
}
