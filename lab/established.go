package lab

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// outcomeAnswers are the sentences on what the test set shows that was run once: which differences are established,
// how many pictures it would take to rank the others, and how values were chosen.
func outcomeAnswers(e evidence, comparisons []Comparison) []Conclusion {
	var all []Conclusion
	if len(comparisons) > 0 && comparisons[0].Pictures != nil && comparisons[0].Pictures.Seeds > 0 {
		all = append(all, established(comparisons), tooSmall(e.part, comparisons))
	}
	if c := e.part.Choice.sentence(); c.Text != "" {
		all = append(all, c)
	}
	return all
}

// established names the differences that both tests show.
func established(comparisons []Comparison) Conclusion {
	var both, seeds, pictures []string
	for _, c := range comparisons {
		if c.Diff.Mean < 0 {
			c = c.swapped()
		}
		said := fmt.Sprintf("%s over %s (%s)", c.B, c.A, points(c.Diff))
		bySeed, byPicture := c.Verdict != NoDifference, shownOnPictures(c)
		switch {
		case bySeed && byPicture:
			both = append(both, said)
		case bySeed:
			seeds = append(seeds, said)
		case byPicture:
			pictures = append(pictures, said)
		}
	}
	text := "No difference is established: none is shown both by seed and by picture."
	verdict := NoDifference
	if len(both) > 0 {
		text, verdict = fmt.Sprintf("Established, by seed and by picture: %s.", list(both)), Better
	}
	if len(seeds) > 0 {
		text += fmt.Sprintf(" Shown for other seeds on these %d pictures, but not for other pictures: %s.", comparisons[0].Pictures.N, list(seeds))
	}
	if len(pictures) > 0 {
		text += fmt.Sprintf(" Shown for other pictures with these networks, but not for other seeds: %s.", list(pictures))
	}
	if rest := len(comparisons) - len(both) - len(seeds) - len(pictures); rest > 0 && rest < len(comparisons) {
		text += fmt.Sprintf(" Of the other %s nothing is shown.", count(rest, "comparison"))
	}
	return Conclusion{Text: text + fmt.Sprintf(" (McNemar's exact test, all seeds of a picture together, and paired t; Holm's correction over %s each.)", count(len(comparisons), "comparison")),
		Verdict: verdict, Evidence: map[string]any{
			"metric": MetricAccuracy, "test": "McNemar and paired t, Holm's correction", "both": len(both), "by_seed_only": len(seeds), "by_picture_only": len(pictures), "comparisons": len(comparisons),
		}}
}

// shownOnPictures tells whether the test on the pictures shows a difference.
func shownOnPictures(c Comparison) bool {
	return c.Pictures != nil && c.Pictures.PHolm != nil && *c.Pictures.PHolm <= alpha
}

// tooSmall says how many pictures it would take, where the test set has too few of them to rank the arms.
func tooSmall(p *Part, comparisons []Comparison) Conclusion {
	var open []Comparison
	undecided, equal := 0, 0
	for _, c := range comparisons {
		switch {
		case shownOnPictures(c):
		case c.Pictures.Needed == nil:
			undecided++
			equal++
		default:
			undecided++
			open = append(open, c)
		}
	}
	if len(open) == 0 {
		return Conclusion{}
	}
	slices.SortStableFunc(open, func(a, b Comparison) int { return cmp.Compare(*a.Pictures.Needed, *b.Pictures.Needed) })
	least, most := open[0], open[len(open)-1]
	said := func(c Comparison) string {
		if c.Diff.Mean < 0 {
			c = c.swapped()
		}
		return fmt.Sprintf("%s pictures for the %s between %s and %s", thousands(*c.Pictures.Needed), points1(c.Diff.Mean), c.B, c.A)
	}
	text := fmt.Sprintf("The test set of %s pictures is too small to rank %s of %s: showing a difference as large as the observed one would take about %s",
		thousands(float64(p.Data.Test)), thousands(float64(undecided)), count(len(comparisons), "pair"), said(least))
	if len(open) > 1 {
		text += ", and up to " + said(most)
	}
	text += fmt.Sprintf(" (Connor's formula, power %.0f %%, 5 %% corrected for %s).", 100*power, count(len(comparisons), "comparison"))
	if equal > 0 {
		text += fmt.Sprintf(" In %s the arms are right equally often.", count(equal, "pair"))
	}
	if *least.Pictures.Needed <= float64(p.Data.Test) {
		text = strings.Replace(text, "too small to rank", "not shown to be large enough for", 1)
	}
	return Conclusion{Text: text, Verdict: NoDifference, Evidence: map[string]any{
		"metric": MetricAccuracy, "pictures": p.Data.Test, "least_needed": least.Pictures.Needed, "most_needed": most.Pictures.Needed, "pairs": undecided,
	}}
}

func points1(f float64) string { return Decimal(100*f, 1) + " points" }

// thousands writes a count: "12,345".
func thousands(f float64) string {
	s := fmt.Sprintf("%.0f", f)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// sentence says how values were chosen and which.
func (c *Choice) sentence() Conclusion {
	if c == nil {
		return Conclusion{}
	}
	var chosen, nothing, near []string
	n := 0
	for _, a := range c.Arms {
		switch {
		case len(a.Candidates) == 1:
			nothing = append(nothing, a.Arm)
		case a.Chosen < 0:
			return Conclusion{}
		default:
			n = len(a.Candidates)
			chosen = append(chosen, fmt.Sprintf("%s takes %s", a.Arm, a.Candidates[a.Chosen].Name))
			if a.Near > 0 {
				near = append(near, fmt.Sprintf("%d of %s", a.Near, a.Arm))
			}
		}
	}
	if len(chosen) == 0 {
		return Conclusion{}
	}
	by := "the lowest mean validation loss"
	if c.By == "accuracy" {
		by = "the highest mean validation accuracy"
	}
	text := fmt.Sprintf("Values were chosen without the test set, from %d candidates for each arm that chooses, by %s over %s on %s of each class's training images: %s.",
		n, by, count(len(c.Seeds), "seed"), Percent(c.Holdout), list(chosen))
	if len(nothing) > 0 {
		text += fmt.Sprintf(" Nothing was to be chosen for %s.", list(nothing))
	}
	if len(near) > 0 {
		text += fmt.Sprintf(" Other candidates are not shown to be worse than the chosen one (%s): which of them was taken may be chance, and the intervals below are those of the values taken.", list(near))
	}
	return Conclusion{Text: text, Verdict: Chosen, Evidence: map[string]any{"by": c.By, "seeds": len(c.Seeds), "candidates": n, "holdout": c.Holdout}}
}

// printedLoss explains the losses of scripts that add up the means of batches.
func printedLoss(e evidence, batch int) Conclusion {
	var best *Arm
	for i := range e.part.Arms {
		if a := &e.part.Arms[i]; a.Outcome != nil && a.TestLoss != nil && (best == nil || a.TestLoss.Mean < best.TestLoss.Mean) {
			best = a
		}
	}
	if best == nil || batch < 2 {
		return Conclusion{}
	}
	printed := best.TestLoss.Mean / float64(batch)
	return Conclusion{Verdict: Explained, Evidence: map[string]any{"arm": best.Name, "loss": best.TestLoss.Mean, "batch": batch, "printed": printed},
		Text: fmt.Sprintf("Losses here are true means over pictures. Some published scripts print the sum of the batches' mean losses divided by the number of pictures, which is smaller by the size of a batch: of %s, whose mean cross-entropy is %s, they would print about %s in batches of %d.",
			best.Name, Decimal(best.TestLoss.Mean, 4), Decimal(printed, 4), batch)}
}
