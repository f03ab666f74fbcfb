// Command gradlab finds out why a neural network does not learn, and shows with evidence which
// remedy works. This package owns the command line and nothing else: it reads flags, shows progress
// and errors, and leaves all work to the packages below it.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/pprof"
	"syscall"

	"github.com/alecthomas/kong"

	"gradlab/lab"
	"gradlab/study"
)

// Exit codes.
const (
	exitDone        = 0
	exitFailed      = 1
	exitUsage       = 2
	exitInterrupted = 130 // as of a program that SIGINT ended; the same command goes on
)

// grammar is the command line.
type grammar struct {
	Run        runCmd        `cmd:"" help:"Run a study: a file, or a built-in study."`
	Plan       planCmd       `cmd:"" help:"Show what a study's training steps run and keep in memory, without training."`
	Preflight  preflightCmd  `cmd:"" help:"Predict and measure what will keep a study's networks from learning, before training."`
	Check      checkCmd      `cmd:"" help:"Check the gradients of a study's networks against the values of their loss."`
	Study      studyCmd      `cmd:"" help:"List the built-in studies, or print one to change it."`
	Data       dataCmd       `cmd:"" help:"What data there is, get it, look at it."`
	Diagnose   diagnoseCmd   `cmd:"" help:"Say what is wrong with the training of each arm of a run."`
	Report     reportCmd     `cmd:"" help:"Write the report of a run again."`
	Runs       runsCmd       `cmd:"" help:"List runs with their state, size and result."`
	Clean      cleanCmd      `cmd:"" help:"Remove from runs what is of no use any more."`
	Serve      serveCmd      `cmd:"" help:"Show runs in a browser, while they run and after."`
	Bench      benchCmd      `cmd:"" help:"Measure this machine's limits, and how near the engine comes."`
	Completion completionCmd `cmd:"" help:"Print a script that completes gradlab's commands in a shell."`
	Version    versionCmd    `cmd:"" help:"Print the version, and what kernels this machine has."`
	Complete   completeCmd   `cmd:"" name:"__complete" hidden:"" passthrough:""`

	CPUProfile string `name:"cpuprofile" hidden:"" type:"path" help:"Write a CPU profile to this file."`
}

// console is where a command reads and writes.
type console struct {
	ctx      context.Context
	out, err io.Writer
}

func main() { os.Exit(gradlab(os.Args[1:])) }

// gradlab runs one command line and gives its exit code.
func gradlab(args []string) int {
	cli := &grammar{}
	parser, err := newParser(cli)
	if err != nil {
		return fail(os.Stderr, err)
	}
	switch {
	case len(args) == 0:
		args = []string{"--help"}
	case args[0] == "help": // as of many other programs
		args = append(args[1:], "--help")
	}
	parsed, err := parse(parser, args)
	if err != nil {
		return fail(os.Stderr, err)
	}
	ctx, stop := interruptible(os.Stderr)
	defer stop()
	err = profiled(cli.CPUProfile, func() error {
		return parsed.Run(&console{ctx: ctx, out: os.Stdout, err: os.Stderr}, parser)
	})
	return fail(os.Stderr, err)
}

func newParser(cli *grammar) (*kong.Kong, error) {
	return kong.New(cli,
		kong.Name("gradlab"),
		kong.Description("gradlab finds out why a neural network does not learn, and shows with evidence which remedy works.\n\n"+
			"Start with: gradlab run tour"),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true}),
		kong.Vars{"address": defaultAddress},
		kong.ShortUsageOnError(),
	)
}

// parse reads a command line.
func parse(parser *kong.Kong, args []string) (*kong.Context, error) {
	if args[0] == "__complete" { // the word to complete may be empty
		return parser.Parse(args)
	}
	parsed, err := parser.Parse(joined(args))
	if err != nil {
		return nil, usage{fmt.Errorf("failed to read the command line: %s", plainly(err)), helpHint(err)}
	}
	if err := refuseEmpty(args); err != nil {
		return nil, usage{fmt.Errorf("failed to read the command line: %w", err), parsed.Selected().FullPath() + " --help shows its flags and arguments"}
	}
	return parsed, nil
}

// usage is an error of the command line itself.
type usage struct {
	error
	hint string
}

func (u usage) Hint() string  { return u.hint }
func (u usage) Unwrap() error { return u.error }

// advised is an error of another kind with what the command line advises.
type advised struct {
	error
	hint string
}

func (a advised) Hint() string  { return a.hint }
func (a advised) Unwrap() error { return a.error }

// helpHint names the help of the command that was meant.
func helpHint(err error) string {
	var parse *kong.ParseError
	if errors.As(err, &parse) && parse.Context != nil && parse.Context.Selected() != nil {
		return parse.Context.Selected().FullPath() + " --help shows its flags and arguments"
	}
	return "gradlab --help shows the commands"
}

// hintOf is the advice that an error carries, or "". Several mistakes in a study file bring their
// hints in their text. A full disk can meet every command, and none that writes knows better.
func hintOf(err error) string {
	var h interface{ Hint() string }
	switch {
	case errors.As(err, new(study.Errors)):
		return ""
	case errors.Is(err, syscall.ENOSPC):
		return "free some space and run the same command"
	case errors.As(err, &h):
		return h.Hint()
	}
	return ""
}

// fail shows an error with its hint, and gives the exit code.
func fail(w io.Writer, err error) int {
	shown := told{}
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &shown):
		return shown.code
	case errors.Is(err, lab.ErrInterrupted):
		return exitInterrupted // the command has said so itself
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(w, "gradlab: interrupted")
		return exitInterrupted
	}
	fmt.Fprintln(w, "gradlab:", err)
	if hint := hintOf(err); hint != "" {
		fmt.Fprintln(w, "hint:", hint)
	}
	if errors.As(err, new(usage)) {
		return exitUsage
	}
	return exitFailed
}

// interruptible gives a context that ends at the first Ctrl-C or SIGTERM. The second one leaves at
// once.
func interruptible(w io.Writer) (context.Context, func()) {
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		cancel()
		<-signals
		fmt.Fprintln(w, "\ngradlab: left at once")
		os.Exit(exitInterrupted)
	}()
	return ctx, func() {
		signal.Stop(signals)
		cancel()
	}
}

// profiled runs f, and writes a CPU profile of it where path names a file.
func profiled(path string, f func() error) error {
	if path == "" {
		return f()
	}
	file, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("failed to write the profile: %w", err)
	}
	defer file.Close()
	if err := pprof.StartCPUProfile(file); err != nil {
		return fmt.Errorf("failed to profile: %w", err)
	}
	defer pprof.StopCPUProfile()
	return f()
}
