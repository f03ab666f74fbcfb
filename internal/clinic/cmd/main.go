// Command clinic runs the benchmark of diagnosis.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"gradlab/diagnose"
	"gradlab/internal/clinic"
)

func main() {
	cache, _ := os.UserCacheDir()
	b := clinic.Bench{}
	flag.StringVar(&b.CIFAR, "cifar10", "cifar10", "CIFAR-10, as gradlab run --data takes it")
	flag.StringVar(&b.Cache, "cache", filepath.Join(cache, "gradlab", "clinic"), "directory that keeps finished trials")
	flag.IntVar(&b.Jobs, "jobs", 2, "trials at a time")
	twins := flag.Bool("twins", false, "train the twins alone")
	cached := flag.Bool("cached", false, "only networks that are trained already")
	features := flag.Bool("signs", false, "print what the verdicts follow from, a line per trial, of the half that may be looked at")
	verbose := flag.Bool("v", false, "print what gradlab says of each network of the half that may be looked at")
	final := flag.Bool("final", false, "score the half held apart, too")
	flag.Parse()
	if err := os.MkdirAll(b.Cache, 0o755); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	var networks []clinic.Network
	for _, n := range clinic.Networks() {
		if (!*twins || n.Fault == "") && (!*cached || b.Has(n)) {
			networks = append(networks, n)
		}
	}
	all, err := b.Run(context.Background(), networks, func(n int) { fmt.Fprintf(os.Stderr, "\r%d of %d", n, len(networks)) })
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	cases := clinic.Judge(networks, all)
	var open, apart []clinic.Case
	for _, c := range cases {
		if c.Apart() {
			apart = append(apart, c)
		} else {
			open = append(open, c)
		}
	}
	if *features {
		printSigns(open)
		return
	}
	tell("half on which thresholds were set", open, *verbose)
	if *final {
		tell("half held apart", apart, false)
	}
}

// tell prints the scores over some cases and, of networks whose verdicts may be looked at, who was judged wrongly.
func tell(title string, cases []clinic.Case, each bool) {
	sick := 0
	for _, c := range cases {
		if c.Sick {
			sick++
		}
	}
	fmt.Printf("\n%s: %d networks, %d of them sick\n\n", title, len(cases), sick)
	var scores []clinic.Score
	for _, d := range clinic.Detectors() {
		s, calls := clinic.Count(d, cases)
		scores = append(scores, s)
		if each && d.Name == "gradlab" {
			for i, c := range cases {
				mark := ""
				if calls[i].Sick != c.Sick {
					mark = "WRONG"
				}
				fmt.Printf("%-5s sick %-5v lost %5.2f (low %5.2f) %-52s step %4d of %4d %s\n", mark, c.Sick, c.Lost, c.Low, c.Name(), calls[i].Step, calls[i].Of, calls[i].Why)
			}
		}
	}
	clinic.Table(os.Stdout, scores)
}

func printSigns(cases []clinic.Case) {
	for _, c := range cases {
		for s, o := range c.Outcomes {
			g := diagnose.SignsOf(o.Record)
			v := g.Curve
			fmt.Printf("%s\t%v\t%.3f\t%.3f\t%d\t%.3f\t", c.Name(), c.Sick, c.Lost, c.Low, s+1, o.Accuracy)
			fmt.Printf("%.4g\t%.4g\t%.4g\t%.4g\t%.4g\t%.4g\t%.4g\t%.4g\t%.4g\t%.4g\t%.4g\t", v.Now, v.SE, v.Learned, v.Begin, v.Best, v.Worst, v.Rise, v.GainShare, v.Noise, v.Train, v.Test)
			fmt.Printf("%.4g\t%.4g\t%.4g\t%.4g\t%.4g\t%d\t", g.Gradient.Slope.Value, g.Gradient.Slope.Low, g.Gradient.Slope.High, g.Gradient.Ratio.Value, g.Gradient.Ratio.High, len(g.Gradient.Zero))
			minR, maxR, minP, maxP := 1e300, 0., 1e300, 0.
			for _, m := range g.Movements {
				minR, maxR = min(minR, m.Ratio), max(maxR, m.Ratio)
				minP, maxP = min(minP, m.Path), max(maxP, m.Path)
			}
			sat, dead := 0., 0.
			for _, a := range g.Activities {
				if a.Kind != "relu" {
					sat = max(sat, a.Saturated)
				}
				dead = max(dead, a.Dead)
			}
			fmt.Printf("%.4g\t%.4g\t%.4g\t%.4g\t%.4g\t%.4g\t%v\n", minR, maxR, minP, maxP, sat, dead, o.Record.NonFinite != nil)
		}
	}
}
