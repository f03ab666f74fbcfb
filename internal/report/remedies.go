package report

import (
	"fmt"
	"slices"
	"strings"

	"gradlab/lab"
)

// remedyRow is an arm with what its remedy changed, in words.
type remedyRow struct {
	Arm     string
	Changes []string
}

// remedied lists the arms of a part that have a remedy. Where seeds draw it, it says which drew what.
func remedied(p *part) []remedyRow {
	var rows []remedyRow
	for i := range p.Arms {
		a := &p.Arms[i]
		var changes []string
		for _, c := range a.Changes {
			changes = append(changes, clean(c))
		}
		if len(changes) == 0 {
			changes = drawn(a)
		}
		if len(changes) > 0 {
			rows = append(rows, remedyRow{clean(a.Name), changes})
		}
	}
	return rows
}

// drawn says what the seeds of an arm drew: "relu: seeds 3 and 7".
func drawn(a *arm) []string {
	var names []string
	seeds := map[string][]string{}
	for _, t := range a.All {
		if t.Remedy == "" {
			continue
		}
		name := clean(t.Remedy)
		if seeds[name] == nil {
			names = append(names, name)
		}
		seeds[name] = append(seeds[name], fmt.Sprint(t.Seed))
	}
	slices.Sort(names)
	for i, name := range names {
		noun := "seed "
		if len(seeds[name]) > 1 {
			noun = "seeds "
		}
		names[i] = name + ": " + noun + strings.Join(seeds[name], ", ")
	}
	return names
}

// remedyTable is the rows as a table.
func remedyTable(rows []remedyRow) textTable {
	g := textTable{columns: []column{{head: "arm"}, {head: "what its remedy changed"}}}
	for _, r := range rows {
		g.rows = append(g.rows, []string{r.Arm, strings.Join(r.Changes, "; ")})
	}
	return g
}

const clippingNote = "Norms are Euclidean, of the gradients of all parameters together; means over the steps, then over seeds. " +
	"Clipping bounds them from above: it keeps a step from going too far, and cannot enlarge a gradient that has vanished."

// clippingTable has a row for each arm whose gradients were clipped.
func clippingTable(p *part) textTable {
	g := textTable{columns: []column{{head: "arm, clipped"}, {head: "steps cut", right: true, parts: parts}, {head: "norm before", right: true, parts: parts},
		{head: "largest", right: true, drop: 1}, {head: "norm after", right: true, parts: parts}, {head: "largest", right: true, drop: 1}}}
	for i := range p.Arms {
		if c := p.Arms[i].Clipping; c != nil {
			g.rows = append(g.rows, []string{clean(p.Arms[i].Name), clippedSteps(c), norm(c.Before.Mean), norm(c.LargestBefore), norm(c.After.Mean), norm(c.LargestAfter)})
			g.exact = append(g.exact, []string{"", exact(&c.Cut, 1), exact(&c.Before, 1), number(&c.LargestBefore), exact(&c.After, 1), number(&c.LargestAfter)})
		}
	}
	return g
}

// clippedSteps writes the fraction of steps with figures enough that a few of many are not none.
func clippedSteps(c *lab.ArmClipping) string {
	switch f := c.Cut.Mean; {
	case f > 0 && f < 0.0005:
		return "< 0.1 %"
	case f > 0.9995 && f < 1:
		return "> 99.9 %"
	}
	return percent(c.Cut.Mean)
}

func norm(f float64) string {
	if !finite(f) {
		return none
	}
	return fmt.Sprintf("%#.3g", f)
}
