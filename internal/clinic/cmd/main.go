// Command clinic runs the benchmark of diagnosis: it trains its networks, decides by outcome which of them are sick,
// and prints what gradlab and the published detectors found. docs/diagnosis.md explains its tables.
//
//	go run ./internal/clinic/cmd -cifar10 cifar-10-binary.tar.gz
//
// Trials are kept: a second run only judges. Who changes limits draws a new round for himself, and looks at it once.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"

	"gradlab/diagnose"
	"gradlab/internal/clinic"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "clinic:", err)
		os.Exit(1)
	}
}

func run() error {
	cache, err := os.UserCacheDir()
	if err != nil {
		return err
	}
	b := clinic.Bench{}
	flag.StringVar(&b.CIFAR, "cifar10", "cifar10", "CIFAR-10, as gradlab run --data takes it")
	flag.StringVar(&b.Cache, "cache", filepath.Join(cache, "gradlab", "clinic"), "directory that keeps finished trials")
	flag.IntVar(&b.Jobs, "jobs", 2, "trials at a time")
	cached := flag.Bool("cached", false, "only networks that are trained already")
	signs := flag.Bool("signs", false, "print what the verdicts follow from, a line per trial")
	each := flag.Bool("v", false, "print what gradlab says of each network")
	round := flag.Int("round", 0, "the round to train and to score: 1 to 4; 0 is all of them")
	silent := flag.Bool("silent", false, "train, and say nothing of how it went: for a round while limits are not final")
	flag.Parse()
	if b.Jobs < 1 || flag.NArg() > 0 {
		return errors.New("-jobs must be at least 1, and there are no arguments")
	}
	if err := os.MkdirAll(b.Cache, 0o755); err != nil {
		return err
	}
	var networks []clinic.Network
	all := clinic.Networks()
	if *round != 0 {
		all = clinic.Needed(*round)
	}
	for _, n := range all {
		if !*cached || b.Has(n) {
			networks = append(networks, n)
		}
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	outcomes, err := b.Run(ctx, networks, func(n int) { fmt.Fprintf(os.Stderr, "\r%d of %d networks", n, len(networks)) })
	fmt.Fprintln(os.Stderr)
	if err != nil {
		return err
	}
	if *silent {
		return nil
	}
	cases := clinic.Judge(networks, outcomes)
	for n := 1; n <= clinic.Rounds; n++ {
		of := clinic.Of(cases, n)
		switch {
		case *round != 0 && *round != n:
		case *signs:
			printSigns(of)
		default:
			tell(fmt.Sprintf("Round %d", n), of, *each)
		}
	}
	return nil
}

// tell prints the scores over some cases; with each, what gradlab says of each of them, too.
func tell(title string, cases []clinic.Case, each bool) {
	sick := 0
	for _, c := range cases {
		if c.Sick {
			sick++
		}
	}
	var scores []clinic.Score
	for _, d := range clinic.Detectors() {
		s, calls := clinic.Count(d, cases)
		scores = append(scores, s)
		if each && d.Name == "gradlab" {
			for i, c := range cases {
				mark := "     "
				if calls[i].Sick != c.Sick {
					mark = "WRONG"
				}
				fmt.Printf("%s sick %-5v lost %5.2f (at least %5.2f)  %-52s  step %4d of %4d  %s\n", mark, c.Sick, c.Lost, c.Low, c.Name(), calls[i].Step, calls[i].Of, calls[i].Why)
			}
		}
	}
	fmt.Printf("\n%s: %d networks, %d of them sick and %d healthy\n\n", title, len(cases), sick, len(cases)-sick)
	clinic.Table(os.Stdout, scores)
}

// printSigns prints a line per trial, fields between tabs.
func printSigns(cases []clinic.Case) {
	fmt.Println("network\tsick\tlost\tseed\taccuracy\tlearned\ttest learned\tfirst loss\trise\tgain\tslope\tratio\tsmallest update\tlargest update\tshortest path\tlongest path\tsaturated\tdead\tfinite")
	for _, c := range cases {
		for s, o := range c.Outcomes {
			g := diagnose.SignsOf(o.Record)
			v := g.Curve
			lowR, highR := g.Moved(func(m diagnose.Movement) float64 { return m.Ratio })
			lowP, highP := g.Moved(func(m diagnose.Movement) float64 { return m.Path })
			saturated, dead := 0.0, 0.0
			for _, a := range g.Activities {
				if a.Kind != "relu" {
					saturated = max(saturated, a.Saturated)
				}
				dead = max(dead, a.Dead)
			}
			fmt.Printf("%s\t%v\t%.3f\t%d\t%.3f\t", c.Name(), c.Sick, c.Lost, s+1, o.Accuracy)
			for _, x := range []float64{v.Learned, v.TestLearned, v.Begin, v.Rise, v.GainShare, g.Gradient.Slope.Value, g.Gradient.Ratio.Value, lowR, highR, lowP, highP, saturated, dead} {
				fmt.Printf("%.4g\t", x)
			}
			fmt.Println(o.Record.NonFinite == nil)
		}
	}
}
