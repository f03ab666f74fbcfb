package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"gradlab/lab"
	"gradlab/nn"
)

type planCmd struct {
	studyFlags
	JSON bool `name:"json" help:"Print the plan as JSON in place of tables."`
}

// Help explains the figures.
func (c *planCmd) Help() string {
	return `Lists what a training step of each of the study's models runs, and what it keeps in memory; nothing is trained, and data that is known by name need not be here. Arms whose steps are the same, since they differ in learning rate or epochs only, are listed once.

A line is a kernel: its layer; what it computes; what is fused, which is done to the result while it is in registers or in the cache; the instruction set of the code that runs; floating-point operations, two for every product, and their share of the step's; the bytes of its operands, each read once, and of its results, each written once, whether from memory or the cache; and operations for every byte. Layers that run by samples take a block of them at a time through all of their kernels, where their line says how many. Steps that a probe watches keep more (activations are not in place), and add up squares.

Memory is of one trial; what depends on how training goes is stated as the most there can be. The last line bounds the whole run.

Examples:

  gradlab plan depth
  gradlab plan activations --set vary.activation='[relu, gelu]' --isa avx2
  gradlab plan my-study.yaml --data shapes --threads 2
  gradlab plan tour --json > plan.json

Exit codes: 0 done, 1 something is wrong in a file or the data, 2 wrong usage (flags, names of studies).`
}

// Run prints the outline of the study.
func (c *planCmd) Run(con *console) error {
	if err := c.check("plan"); err != nil {
		return err
	}
	s, err := c.load()
	if err != nil {
		return err
	}
	o, err := lab.Outlined(con.ctx, s, lab.Options{Threads: c.Threads, ISA: c.ISA})
	if err != nil {
		return flagged(err)
	}
	if c.JSON {
		err = printJSON(con.out, o)
	} else {
		err = printPlan(con.out, o)
	}
	if err != nil {
		return fmt.Errorf("failed to print the plan: %w", err)
	}
	return nil
}

// printPlan prints tables for people.
func printPlan(w io.Writer, o *lab.Outline) error {
	var b strings.Builder
	trials := counted(o.Trials, "trial")
	if o.Choices > 0 {
		trials = fmt.Sprintf("%s to choose values, then %s", counted(o.Choices, "trial"), trials)
	}
	fmt.Fprintf(&b, "study %s: %s, kernels %s, %s each\n", o.Study, trials, o.ISA, counted(o.Threads, "thread"))
	for _, p := range o.Parts {
		d := p.Data
		fmt.Fprintf(&b, "\n%s: %s, %d + %d images of %d×%d×%d, %d classes\n", p.Study, d.Name, d.Train, d.Test, d.H, d.W, d.C, len(d.Classes))
		for _, m := range p.Models {
			printModel(&b, m, o.ISA)
		}
	}
	fmt.Fprintf(&b, "\n%s\n", o.Memory)
	_, err := io.WriteString(w, b.String())
	return err
}

func printModel(b *strings.Builder, m lab.ModelOutline, isa string) {
	fmt.Fprintf(b, "\n%s: %s parameters, batch %d\n\n", strings.Join(m.Arms, "; "), thousands(float64(m.Parameters)), m.Batch)
	rows := [][]string{{"pass", "layer", "kernel", "of", "fused", "on", "threads", "MFLOP", "share", "kB", "FLOP/B"}}
	for _, k := range m.Step.Kernels {
		rows = append(rows, kernelRow(k, m.FLOPs))
	}
	rows = append(rows, []string{"a step", "", "", "", "", "", "", mega(m.FLOPs), "", kilo(int64(m.Bytes)), intensity(m.FLOPs, m.Bytes)})
	table(b, rows, 6)
	fmt.Fprintf(b, "\ngradients: %s\n", gradientText(m.Step.Gradients))
	fmt.Fprintf(b, "portable code: %s\n", portableText(m.Portable, isa))
	b.WriteString("\n")
	table(b, memoryRows(m), 1)
}

// kernelRow is a line of the table; the step makes flops operations.
func kernelRow(k nn.Kernel, flops int) []string {
	share, perByte := "", ""
	if k.FLOPs > 0 {
		share, perByte = fmt.Sprintf("%.1f %%", 100*float64(k.FLOPs)/float64(flops)), intensity(k.FLOPs, k.Read+k.Written)
	}
	return []string{
		k.Pass, k.Layer, k.Kernel, extent(k), fusion(k), k.ISA, strconv.Itoa(k.Threads),
		mega(k.FLOPs), share, kilo(int64(k.Read + k.Written)), perByte,
	}
}

// extent says how much k computes.
func extent(k nn.Kernel) string {
	text := k.Shape
	switch {
	case k.Shape == "":
		text = counted(k.Count, "element")
	case k.Count > 1:
		text = fmt.Sprintf("%d × %s", k.Count, k.Shape)
	}
	if k.Calls > 1 {
		text += fmt.Sprintf(", %d at a time", k.Block)
	}
	return text
}

// fusion says what happens to k's operands and result on the way.
func fusion(k nn.Kernel) string {
	var all []string
	for _, f := range k.Fused {
		text := f.Kernel
		if f.Kernel != "bias" {
			text += " in " + f.Where
		}
		if f.ISA != k.ISA {
			text += " (" + f.ISA + ")"
		}
		all = append(all, text)
	}
	if k.InPlace {
		all = append(all, "in place")
	}
	if k.Scratch {
		all = append(all, "gradient from scratch")
	}
	return strings.Join(all, ", ")
}

// gradientText says which gradients of parameters are kept, and where.
func gradientText(gradients []nn.Gradient) string {
	var all []string
	for _, kept := range []struct{ where, text string }{
		{"no", "of %s applied tile by tile and not stored (%s kB)"},
		{"scratch", "of %s in scratch until applied (%s kB)"},
		{"stored", "of %s stored (%s kB)"},
	} {
		var names []string
		bytes := int64(0)
		for _, g := range gradients {
			if g.Kept == kept.where {
				names = append(names, g.Param)
				bytes += g.Bytes
			}
		}
		if len(names) > 0 {
			all = append(all, fmt.Sprintf(kept.text, counted(len(names), "parameter"), kilo(bytes)))
		}
	}
	return strings.Join(all, "; ")
}

func portableText(names []string, isa string) string {
	switch {
	case isa == "portable":
		return "all of it"
	case len(names) == 0:
		return "none"
	}
	return strings.Join(names, ", ") + "; " + isa + " has no kernel for that"
}

// memoryRows is what a trial keeps in memory.
func memoryRows(m lab.ModelOutline) [][]string {
	p, e := m.Memory.Plan, m.Memory.Evaluation
	rows := [][]string{{"memory of a trial", "kB"}}
	for _, r := range []struct {
		name  string
		bytes int64
	}{
		{"parameters", p.Parameters},
		{"velocities", p.Velocities},
		{"gradients until applied", p.UpdateScratch},
		{"outputs of the layers", p.Outputs},
		{"gradients of the outputs", p.OutputGrads},
		{"winners of max pooling", p.Winners},
		{"losses of the samples", p.Losses},
		{"squares on watched steps, at most", p.Squares},
		{"scratch of the kernels, at most", p.Kernels},
		{"evaluation: outputs, their gradients, winners", e.Total()},
		{"batches of input", m.Memory.Input},
		{"weights of the best epoch", m.Memory.Best},
		{"initialisation, for a while", m.Memory.Draw},
		{"checkpoint, for a while", m.Memory.State},
		{"in all", m.Memory.Total()},
	} {
		if r.bytes > 0 {
			rows = append(rows, []string{r.name, kilo(r.bytes)})
		}
	}
	return rows
}

// table aligns rows; columns from right on hold figures.
func table(b *strings.Builder, rows [][]string, right int) {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	for _, row := range rows {
		var cells []string
		for i, cell := range row {
			space := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if i >= right {
				cell = space + cell
			} else {
				cell += space
			}
			cells = append(cells, cell)
		}
		b.WriteString(strings.TrimRight(strings.Join(cells, "  "), " ") + "\n")
	}
}

func mega(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%.3f", float64(n)/1e6)
}

func kilo(n int64) string { return fmt.Sprintf("%.1f", float64(n)/1e3) }

func intensity(flops, bytes int) string {
	if flops == 0 || bytes == 0 {
		return ""
	}
	return fmt.Sprintf("%.1f", float64(flops)/float64(bytes))
}
