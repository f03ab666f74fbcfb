package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"gradlab/internal/kernel"
	"gradlab/remedy"
	"gradlab/study"
)

type studyCmd struct {
	List  studyListCmd  `cmd:"" default:"1" help:"List the built-in studies."`
	Print studyPrintCmd `cmd:"" help:"Print a built-in study, to save it and change it."`

	Remedies studyRemediesCmd `cmd:"" help:"List what the key remedy of a study file takes."`
}

type studyListCmd struct{}

// Run lists names with their questions.
func (studyListCmd) Run(con *console) error {
	for _, s := range study.Builtins() {
		fmt.Fprintf(con.out, "%-14s %s\n", s.Name, s.Question)
	}
	return nil
}

type studyPrintCmd struct {
	Name string `arg:"" help:"Name of a built-in study."`
}

// Help shows how to make a study of one's own.
func (studyPrintCmd) Help() string {
	return "Example:\n\n  gradlab study print depth > mine.yaml\n  gradlab run mine.yaml"
}

// Run prints the file, comments included.
func (c studyPrintCmd) Run(con *console) error {
	var names []string
	for _, s := range study.Builtins() {
		if s.Name == c.Name {
			_, err := fmt.Fprint(con.out, s.Source)
			return err
		}
		names = append(names, s.Name)
	}
	return usage{fmt.Errorf("failed to print: there is no built-in study %q", c.Name), "built-in studies are " + strings.Join(names, ", ")}
}

type studyRemediesCmd struct{}

// Help shows where a remedy is written.
func (studyRemediesCmd) Help() string {
	return "A remedy stands beside the model: remedy: batchnorm. Several are joined by + and applied from left to right.\n\n" +
		"Example:\n\n  gradlab run depth --set remedy=skip+batchnorm --set vary.activation='[sigmoid]'\n" +
		"  gradlab run depth --set remedy='{clip: {norm: 5}}' --set vary.depth='[3, 6]'"
}

// Run lists the remedies with what they do.
func (studyRemediesCmd) Run(con *console) error {
	for _, k := range remedy.Kinds() {
		fmt.Fprintf(con.out, "%-16s %s\n", k.Name, k.Does)
	}
	return nil
}

type versionCmd struct{}

// Run prints what identifies the program and what its results depend on.
func (versionCmd) Run(con *console) error {
	var kernels []string
	for _, isa := range kernel.Available() {
		kernels = append(kernels, isa.String())
	}
	_, err := fmt.Fprintf(con.out, "gradlab %s, %s, %s/%s, numerics %d, kernels %s\n",
		version(), runtime.Version(), runtime.GOOS, runtime.GOARCH, kernel.Numerics, strings.Join(kernels, ", "))
	return err
}

// version is the program's version and the revision that it was built from.
func version() string {
	version := "(devel)"
	if info, ok := debug.ReadBuildInfo(); ok {
		if info.Main.Version != "" {
			version = info.Main.Version
		}
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				version += " " + s.Value
			}
		}
	}
	return version
}
