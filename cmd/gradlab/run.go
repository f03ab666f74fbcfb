package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"gradlab/data"
	"gradlab/internal/disk"
	"gradlab/internal/kernel"
	"gradlab/internal/report"
	"gradlab/internal/runlog"
	"gradlab/internal/wholefile"
	"gradlab/lab"
	"gradlab/study"
)

// studyFlags name a study and how its trials are run.
type studyFlags struct {
	Study   string   `arg:"" help:"A study file, or the name of a built-in study."`
	Data    string   `placeholder:"DATA" help:"Data in place of the study's: cifar10, shapes, shapes?train=4000, a directory or an archive."`
	Set     []string `placeholder:"PATH=VALUE" sep:"none" help:"Change a value of the study, as train.epochs=3. May be repeated."`
	Threads int      `placeholder:"N" help:"Threads of each trial. Default: 1; all cores for a single trial."`
	ISA     string   `name:"isa" default:"auto" placeholder:"ISA" help:"Kernels to use: auto, avx512, avx2, neon or portable. All give the same bits. Default: ${default}."`
}

type runCmd struct {
	studyFlags
	Seeds   *int   `placeholder:"N" help:"Number of seeds in place of the study's."`
	Out     string `placeholder:"DIR" help:"Run directory; one of an earlier run goes on. Default: runs/STUDY-DATE-TIME."`
	Jobs    int    `placeholder:"N" help:"Trials at a time. Default: as many as there are cores."`
	JSON    bool   `name:"json" help:"Print results.json to standard output in place of tables."`
	Quiet   bool   `short:"q" help:"Show no progress; warnings are shown."`
	Verbose bool   `short:"v" help:"Show a line for every epoch on a terminal, too, however many trials there are."`

	Weights     bool `negatable:"" default:"true" help:"Keep the weights that each trial was trained to, as safetensors. Default: yes."`
	RetryFailed bool `help:"Run trials again that failed before."`
	Serve       bool `help:"Show the run in a browser while it goes on; before a terminal also after it, until Ctrl-C."`
	addressFlag
	Checkpoint time.Duration `placeholder:"TIME" default:"30s" help:"Time between two checkpoints of a trial, as 10s or 5m; more where writing one takes more than a hundredth of it. Default: ${default}."`
}

// Help lists examples and the built-in studies.
func (c *runCmd) Help() string {
	var b strings.Builder
	b.WriteString(`Results go to standard output, progress to standard error, and everything into the run directory: report.html, results.json, plots, the study as it was expanded. After Ctrl-C or a crash the same command goes on: finished trials are not run again, the others from their newest checkpoint, and the results have the same bits. With --out, a study that was changed runs what is new in it.

Examples:

  gradlab run tour
  gradlab run activations --data cifar-10-binary.tar.gz
  gradlab run depth --seeds 12 --set train.epochs=5
  gradlab run my-study.yaml --out runs/mine --json > results.json
  gradlab run remedies --serve

Exit codes: 0 done, 1 something is wrong in a file or the data, or a trial failed, 2 wrong usage (flags, names of studies), 130 interrupted.

Built-in studies:

`)
	for _, s := range study.Builtins() {
		fmt.Fprintf(&b, "  %-14s %s\n", s.Name, s.Question)
	}
	return b.String()
}

// maxThreads bounds what a slip of the finger may ask for.
const maxThreads = 1024

// root is where run directories are made.
const root = "runs"

// Run runs the study, beside a dashboard if one is asked for.
func (c *runCmd) Run(con *console) error {
	if err := c.check(); err != nil {
		return err
	}
	s, err := c.load()
	if err != nil {
		return err
	}
	text, err := expanded(s)
	if err != nil {
		return flagged(err)
	}
	board, err := c.board(con)
	if err != nil {
		return err
	}
	return board.wait(c.run(con, s, text, board))
}

// run runs the study, which text is as it was expanded. Trials are shown on board, which may be nil.
func (c *runCmd) run(con *console, s *study.Study, text []byte, board *board) error {
	var dir *runlog.Dir
	progress := newProgress(con.err, c.Quiet, c.Verbose)
	ctx, end := context.WithCancel(con.ctx)
	defer end()
	results, err := lab.Run(ctx, s, lab.Options{
		Jobs: c.Jobs, Threads: c.Threads, ISA: c.ISA, Command: c.command(), Watch: board.watcher(bounded{progress}, end),
		Weights: c.Weights, RetryFailed: c.RetryFailed, Checkpoint: c.Checkpoint,
		Open: func() (_ lab.Store, err error) {
			dir, err = c.open(runlog.Study{Name: s.Name(), Text: text, Program: version()})
			if err == nil {
				board.show(dir.Path())
			}
			return dir, err
		},
	})
	progress.close()
	if dir != nil {
		board.over(dir.Path())
		defer dir.Discard() // closes it; takes back one in which nothing has begun
	}
	if results == nil {
		return err
	}
	interrupted := errors.Is(err, lab.ErrInterrupted)
	if !interrupted || results.Count(lab.Interrupted) < results.All() { // else there is nothing to show
		if e := c.publish(con, dir, results, !interrupted, progress.told && isTerminal(con.out)); e != nil {
			return e
		}
	}
	if interrupted {
		text := fmt.Sprintf("gradlab: interrupted: %d of %d trials are finished and kept in %s", kept(dir, results), results.All(), dir.Path())
		if n := underway(dir, results); n > 0 {
			text += fmt.Sprintf(", and where %s stood", counted(n, "other"))
		}
		fmt.Fprintln(con.err, text)
		hint := "hint: the same command goes on from there"
		if results.Count(lab.Done) > 0 {
			hint += "; gradlab report " + quoted(dir.Path()) + " draws what is finished"
		}
		fmt.Fprintln(con.err, hint)
		return err
	}
	if n := results.Count(lab.Failed); n > 0 {
		return advised{fmt.Errorf("failed to run %d of %d trials: %s", n, results.All(), firstCause(results)),
			"the others count; with --retry-failed the same command tries these again"}
	}
	return nil
}

// bounded keeps what the line about memory promises: Go's garbage collector, which else lets the heap double,
// runs as often as that needs.
type bounded struct{ *progress }

func (b bounded) Begin(p lab.Plan) {
	debug.SetMemoryLimit(min(debug.SetMemoryLimit(-1), p.Memory.Total()-codeBytes))
	b.progress.Begin(p)
}

// codeBytes is what the program's code and tables take of memory, which Go's limit does not count.
const codeBytes = 24e6

// open takes the run directory: that of --out, that of a run of this very study that was interrupted,
// or a new one.
func (c *runCmd) open(s runlog.Study) (*runlog.Dir, error) {
	path := c.Out
	if path == "" {
		path = runlog.Unfinished(disk.OS, root, s)
	}
	if path == "" {
		return runlog.Create(disk.OS, root, time.Now(), s)
	}
	return runlog.Open(disk.OS, path, s)
}

// check refuses flags that make no sense before anything is read or written.
func (c *runCmd) check() error {
	if c.Seeds != nil {
		if err := inRange("--seeds", *c.Seeds, 1, 10_000); err != nil {
			return wrongFlag("run", err)
		}
	}
	if err := inRange("--jobs", c.Jobs, 0, maxThreads); err != nil { // 0 is the default
		return wrongFlag("run", err)
	}
	if c.Checkpoint <= 0 {
		return wrongFlag("run", fmt.Errorf("--checkpoint is %v, expected a time above 0, as 30s", c.Checkpoint))
	}
	return c.studyFlags.check("run")
}

// check refuses those of them that make no sense for the command.
func (c *studyFlags) check(command string) error {
	if c.Study == "" {
		return wrongFlag(command, errors.New("the study's name is empty"))
	}
	if err := inRange("--threads", c.Threads, 0, maxThreads); err != nil { // 0 is the default
		return wrongFlag(command, err)
	}
	for _, set := range c.Set {
		if !strings.Contains(set, "=") {
			return wrongFlag(command, fmt.Errorf("--set is %q, expected path=value, as train.epochs=3", set))
		}
	}
	if c.Data != "" {
		if _, err := data.ParseSpec(c.Data); err != nil {
			return usage{err, hintOf(err)}
		}
	}
	if _, err := kernel.ParseISA(c.ISA); err != nil {
		return wrongFlag(command, fmt.Errorf("--isa: %w", err))
	}
	return nil
}

func wrongFlag(command string, err error) error {
	return usage{fmt.Errorf("failed to read the command line: %w", err), "gradlab " + command + " --help shows its flags and arguments"}
}

// flagged is err as wrong usage if --set is at fault, and not the file.
func flagged(err error) error {
	if e := (*study.Error)(nil); errors.As(err, &e) && e.Pos.File == "--set" {
		return usage{err, hintOf(err)}
	}
	return err
}

// load reads the study and applies the flags that change it.
func (c *runCmd) load() (*study.Study, error) {
	s, err := c.studyFlags.load()
	if err != nil || c.Seeds == nil {
		return s, err
	}
	if err := s.Set("seeds", strconv.Itoa(*c.Seeds)); err != nil {
		return nil, usage{err, hintOf(err)}
	}
	return s, nil
}

func (c *studyFlags) load() (*study.Study, error) { return c.loadBy(study.Load) }

// loadBy is load with what reads the study.
func (c *studyFlags) loadBy(read func(nameOrPath string) (*study.Study, error)) (*study.Study, error) {
	s, err := loadBy(c.Study, read)
	if err != nil {
		return nil, err
	}
	for _, set := range c.Set {
		path, value, _ := strings.Cut(set, "=")
		if err := s.Set(path, value); err != nil {
			return nil, usage{err, hintOf(err)}
		}
	}
	if c.Data != "" {
		if err := s.SetText("data", c.Data); err != nil {
			return nil, usage{err, hintOf(err)}
		}
	}
	return s, nil
}

// loadBy reads a built-in study or a study file. A name that is neither is wrong usage; what is wrong in
// a file is not.
func loadBy(name string, read func(nameOrPath string) (*study.Study, error)) (*study.Study, error) {
	builtIn := slices.ContainsFunc(study.Builtins(), func(b study.Builtin) bool { return b.Name == name })
	info, err := os.Stat(name)
	if err == nil && !builtIn && !info.Mode().IsRegular() && !info.IsDir() {
		// Reading a pipe could wait for ever, and the run could not be repeated.
		return nil, advised{fmt.Errorf("failed to read study: %s is not a regular file", name), "save the study as a file and name that"}
	}
	s, e := read(name)
	if e != nil && errors.Is(err, fs.ErrNotExist) {
		return nil, usage{e, hintOf(e)}
	}
	return s, e
}

// expanded is the text of the run directory's study.yaml. Its first line says whose run it is.
func expanded(s *study.Study) ([]byte, error) {
	parts, err := s.Parts()
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "# study %s, as gradlab expanded it\n", s.Name())
	for i, p := range parts {
		if i > 0 {
			b.WriteString("---\n")
		}
		fmt.Fprintf(&b, "format: %d\n%s\n", study.Format, strings.TrimRight(p.Source, "\n"))
	}
	return []byte(b.String()), nil
}

// command is the command line that gives the same results.
func (c *runCmd) command() string {
	name := c.Study
	if strings.HasPrefix(name, "-") {
		name = "./" + name // or it would be a flag
	}
	words := []string{"gradlab", "run", name}
	if c.Data != "" {
		words = append(words, "--data", c.Data)
	}
	if c.Seeds != nil {
		words = append(words, "--seeds", strconv.Itoa(*c.Seeds))
	}
	for _, set := range c.Set {
		words = append(words, "--set", set)
	}
	for i, w := range words {
		words[i] = quoted(w)
	}
	return strings.Join(words, " ")
}

// quoted makes a word safe for a POSIX shell.
func quoted(word string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./=:,@%+", r)
	}
	if word != "" && strings.IndexFunc(word, func(r rune) bool { return !plain(r) }) < 0 {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// publish writes the report into the run directory and shows the results, those too that cannot be
// written. told says that standard error has shown the warnings on the same terminal.
func (c *runCmd) publish(con *console, dir *runlog.Dir, r *lab.Results, finished, told bool) error {
	var unwritten error
	if finished {
		_, unwritten = report.WriteAll(dir.Path(), r, report.Options{IncludeSample: true})
	} else { // within a second: drawing takes longer, and gradlab report does it
		unwritten = wholefile.Write(filepath.Join(dir.Path(), "results.json"), report.Marshal(r))
	}
	if unwritten == nil && finished && r.Count(lab.Failed) == 0 { // of failed trials, another gradlab may make more
		unwritten = dir.Finish()
	}
	if unwritten != nil {
		unwritten = advised{fmt.Errorf("%w; %d of %d trials are finished and kept in %s", unwritten, kept(dir, r), r.All(), dir.Path()),
			"see that the run directory can be written, and run the same command"}
	}
	if c.JSON {
		if !c.Quiet && unwritten == nil && finished {
			fmt.Fprintf(con.err, "report: %s\n", filepath.Join(dir.Path(), "report.html"))
		}
		return cmp.Or(printResults(con, r), unwritten)
	}
	path := dir.Path()
	if unwritten != nil || !finished {
		path = "" // names files that may not be there
	}
	return cmp.Or(show(con, r, path, told), unwritten)
}

// kept counts the finished trials that the run directory holds.
func kept(dir *runlog.Dir, r *lab.Results) int {
	n := 0
	for _, t := range slices.Concat(r.Selection, r.Trials) {
		if t.Status == lab.Done && dir.Has(t.ID) {
			n++
		}
	}
	return n
}

// underway counts the trials of which the run directory holds a checkpoint.
func underway(dir *runlog.Dir, r *lab.Results) int {
	n := 0
	for _, t := range slices.Concat(r.Selection, r.Trials) {
		if file, err := dir.LoadCheckpoint(t.ID); t.Status == lab.Interrupted && err == nil && file != nil {
			n++
		}
	}
	return n
}

// show prints the tables and the paths of the report, the page to open first; the warnings only
// where they have not been told.
func show(con *console, r *lab.Results, dir string, told bool) error {
	if told {
		without := *r
		without.Warnings = nil
		r = &without
	}
	err := report.Terminal(con.out, r, report.Options{Width: width(con.out), Color: colour(con.out), Dir: dir})
	if err != nil {
		return fmt.Errorf("failed to print the results: %w", err)
	}
	return nil
}

func printResults(con *console, r *lab.Results) error {
	if _, err := con.out.Write(report.Marshal(r)); err != nil {
		return fmt.Errorf("failed to print the results: %w", err)
	}
	return nil
}

func firstCause(r *lab.Results) string {
	for _, t := range slices.Concat(r.Selection, r.Trials) {
		if t.Status == lab.Failed {
			return fmt.Sprintf("%s: %s", t.Title(), t.Error)
		}
	}
	return ""
}

type reportCmd struct {
	Dir  string `arg:"" name:"run" help:"A run directory, as runs/tour-20260102-030405, or the results.json in it."`
	JSON bool   `name:"json" help:"Print results.json to standard output in place of tables."`
}

// Run reads results.json and writes everything that follows from it again.
func (c *reportCmd) Run(con *console) error {
	r, err := readRun(&c.Dir)
	if err != nil {
		return err
	}
	lab.Analyse(r)
	lab.Resample(con.ctx, r, data.Options{})
	if _, err := report.WriteAll(c.Dir, r, report.Options{IncludeSample: true}); err != nil {
		return err
	}
	if c.JSON {
		return printResults(con, r)
	}
	return show(con, r, c.Dir, false)
}

// readRun reads the results in a run directory, which dir names, or the file in it; dir becomes the directory.
func readRun(dir *string) (*lab.Results, error) {
	if filepath.Base(*dir) == "results.json" {
		*dir = filepath.Dir(*dir)
	}
	if err := runlog.RefuseNewer(disk.OS, *dir); err != nil {
		return nil, err
	}
	path := filepath.Join(*dir, "results.json")
	if _, err := os.Stat(path); err != nil {
		return nil, usage{fmt.Errorf("failed to find results: %s is not there", path), "name a run directory; a run that was killed gets its results when the same command is run again"}
	}
	return report.Read(path)
}
