// Command clinic runs the benchmark of diagnosis.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"gradlab/internal/clinic"
)

func main() {
	cache, _ := os.UserCacheDir()
	b := clinic.Bench{}
	flag.StringVar(&b.CIFAR, "cifar10", "cifar10", "CIFAR-10, as gradlab run --data takes it")
	flag.StringVar(&b.Cache, "cache", filepath.Join(cache, "gradlab", "clinic"), "directory that keeps finished trials")
	flag.IntVar(&b.Jobs, "jobs", 2, "trials at a time")
	twins := flag.Bool("twins", false, "train the twins alone")
	flag.Parse()
	if err := os.MkdirAll(b.Cache, 0o755); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	var networks []clinic.Network
	for _, n := range clinic.Networks() {
		if !*twins || n.Fault == "" {
			networks = append(networks, n)
		}
	}
	all, err := b.Run(context.Background(), networks, func(n int) { fmt.Fprintf(os.Stderr, "\r%d of %d", n, len(networks)) })
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	for i, n := range networks {
		if n.Apart() && n.Fault != "" {
			continue
		}
		fmt.Printf("%-50s", n.Name())
		for _, o := range all[i] {
			fmt.Printf(" %.3f", o.Accuracy)
		}
		fmt.Println()
	}
}
