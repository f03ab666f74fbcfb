package study

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"gradlab/train"
)

// What a choice may be at most.
const (
	maxCandidates = 200
	maxMethodName = 60
)

// MethodLabel is the label of the arms that a choice lists.
const MethodLabel = "method"

// chooseExample is for hints.
const chooseExample = "{holdout: 0.2, seeds: 3, arms: {none: {}, l2: {l2: [1e-4, 1e-3]}}}"

// A Choice is how the values that a part's arms leave open are chosen: every candidate is trained with every one of
// Seeds on the training images but a share of each class, Holdout, which the seed draws, and judged by that share.
// The test set is no part of it.
type Choice struct {
	Holdout float64
	Seeds   []uint64 // none is one of the part's: no arm's values are fitted to the initial values it is judged by
	By      string   // ByLoss or ByAccuracy
}

// What candidates are judged by, on the images that are held out: the mean over the choice's seeds.
const (
	ByLoss     = "loss"     // the lowest mean cross-entropy after the last epoch
	ByAccuracy = "accuracy" // the highest share that was classified correctly
)

// firstChoiceSeed is the first of the seeds of a choice that gives their number only. Those of a part that does so
// end at maxSeeds.
const firstChoiceSeed = 100_001

// Selection are the trainings from which the values of arms are chosen: every candidate of arms with several, with
// the first seed of the choice, then with the second. What is told of their gradients is nothing, and the test set
// is not run. Hash is that of Trials.
func (p Part) Selection(numerics int, fingerprint string) []Trial {
	if p.Choice == nil {
		return nil
	}
	var arms []Arm
	for _, a := range p.Arms {
		if len(a.Candidates) > 1 {
			arms = append(arms, a.Candidates...)
		}
	}
	for i := range arms {
		arms[i].Train.Validation, arms[i].Train.Test, arms[i].Train.Probe = p.Choice.Holdout, train.TestNever, -1
	}
	return trials(arms, p.Choice.Seeds, numerics, fingerprint)
}

// Choose is the arm with the values of one of its candidates.
func (a Arm) Choose(candidate int) Arm {
	c := a.Candidates[candidate]
	a.Model, a.Train, a.Remedy, a.Changes, a.Drawn = c.Model, c.Train, c.Remedy, c.Changes, c.Drawn
	return a
}

// A method is an arm of a choice as it is written: a name, and for each of its variables the candidates.
type method struct {
	name *node
	vary []pair // variables with lists of values
}

// choosing is what a study file says under choose.
type choosing struct {
	Choice
	methods []method
}

// collectChoice reads choose, once let and vary are known.
func (g *plan) collectChoice(found *problems, root *node) {
	n := root.get("choose")
	if n == nil {
		return
	}
	d := g.decoder(found, g.let)
	for _, v := range g.vary {
		delete(d.env, v.key.text())
	}
	c := &choosing{Choice: Choice{By: ByLoss}}
	before := len(found.list)
	d.fields(n, n, "choose",
		must("holdout", "0.2", number(&c.Holdout, span{"a number above 0 and below 1", func(v float64) bool { return v > 0 && v < 1 }})),
		may("seeds", "3", choiceSeeds(&c.Seeds)),
		may("by", ByLoss, judged(&c.By)),
		must("arms", "{none: {}, l2: {l2: [1e-4, 1e-3]}}", g.methods(c)))
	if c.Seeds == nil {
		c.Seeds = countSeeds(2, firstChoiceSeed)
	}
	if also := root.get("also"); also != nil {
		found.add(root.key("also").problem("list the arm under choose.arms", "also: the arms are those under choose"))
	}
	for _, v := range slices.Concat(g.let, g.vary) {
		if v.key.text() == MethodLabel {
			found.add(v.key.problem("give the variable another name", "%s is what the arms under choose differ in", MethodLabel))
		}
	}
	if len(found.list) == before {
		g.checkBudget(found, c)
	}
	if len(found.list) == before {
		g.choice = c
	}
}

func judged(to *string) reader {
	return choice(to, "loss or accuracy", []string{ByLoss, ByAccuracy})
}

// choiceSeeds reads a number of seeds, which then are from firstChoiceSeed on, or a list of them.
func choiceSeeds(to *[]uint64) reader {
	return func(d *decoder, name string, n *node) {
		if n.kind != whole {
			seeds(to)(d, name, n)
			return
		}
		var count int
		integer(&count, 1, maxSeeds)(d, name, n)
		*to = countSeeds(count, firstChoiceSeed)
	}
}

func countSeeds(n int, first uint64) []uint64 {
	var all []uint64
	for i := range n {
		all = append(all, first+uint64(i))
	}
	return all
}

// methods reads the arms: a mapping of names to variables with their candidates, weakest first.
func (g *plan) methods(c *choosing) reader {
	return func(d *decoder, name string, n *node) {
		if n.kind != mapping || len(n.pairs) == 0 {
			d.expect(name, "names of arms with variables and their candidates", n)
			return
		}
		first := d.keys(n, name)
		for _, p := range n.pairs {
			if first[p.key.text()] != p.key {
				continue
			}
			if t := p.key.text(); strings.TrimSpace(t) == "" || len([]rune(t)) > maxMethodName {
				d.add(p.key.problem("", "%s: expected the name of an arm of %d characters at most, found %s", name, maxMethodName, p.key.describe()))
				continue
			}
			m := method{name: p.key}
			values := d.resolve(p.value)
			if values.kind != mapping {
				d.add(values.problem(fmt.Sprintf("for example %s: {l2: [1e-4, 1e-3]}, or {} where nothing is chosen", p.key.text()),
					"%s: expected variables with candidates, found %s", p.key.text(), values.describe()))
				continue
			}
			d.keys(values, p.key.text())
			for _, v := range values.pairs {
				if q, good := g.candidates(d, v); good {
					m.vary = append(m.vary, q)
				}
			}
			c.methods = append(c.methods, m)
		}
	}
}

// candidates reads the candidates of one variable: a list of values, or a single one.
func (g *plan) candidates(d *decoder, p pair) (pair, bool) {
	var known []string
	for _, v := range g.let {
		known = append(known, v.key.text())
	}
	name := p.key.text()
	if slices.ContainsFunc(g.vary, func(v pair) bool { return v.key.text() == name }) {
		d.add(p.key.problem("give it a value under let in place of vary", "choose: variable %s varies already", name))
		return pair{}, false
	}
	if !slices.Contains(known, name) {
		d.add(p.key.problem(orHint(didYouMean(name, known), "give it a value under let, for the arms that do not choose it"),
			"undefined variable %q in choose", shorten(name)))
		return pair{}, false
	}
	value := p.value
	if value.kind != list {
		single := *value
		single.kind, single.value, single.items = list, nil, []*node{value}
		value = &single
	}
	return pair{p.key, value}, d.values(p.key, value)
}

func orHint(hint, other string) string {
	if hint == "" {
		return other
	}
	return hint
}

// rows are a row of vary with every combination of the method's candidates, the last variable running fastest, so
// that the weakest stands first where each list begins with its weakest.
func (m method) rows(row []pair) [][]pair {
	rows := [][]pair{row}
	for _, v := range m.vary {
		var next [][]pair
		for _, r := range rows {
			for _, value := range v.value.items {
				r := slices.Clone(r)
				i := slices.IndexFunc(r, func(p pair) bool { return p.key.text() == v.key.text() })
				r[i].value = value
				next = append(next, r)
			}
		}
		rows = next
	}
	return rows
}

// count is the number of candidates, at most math.MaxInt32.
func (m method) count() int {
	n := 1
	for _, v := range m.vary {
		n = min(n*len(v.value.items), math.MaxInt32)
	}
	return n
}

// checkBudget holds all arms that choose to one number of candidates: the best of many wins by chance more often
// than the best of few.
func (g *plan) checkBudget(found *problems, c *choosing) {
	var first *method
	for i, m := range c.methods {
		switch n := m.count(); {
		case n > maxCandidates:
			found.add(m.name.problem("", "choose: %s has %d candidates, expected %d at most", m.name.text(), n, maxCandidates))
		case n == 1:
		case first == nil:
			first = &c.methods[i]
		case n != first.count():
			found.add(m.name.problem("give every arm as many, or one value where nothing is to be chosen",
				"choose: %s has %d candidates, but %s has %d: the budget must be the same", m.name.text(), n, first.name.text(), first.count()))
		}
	}
}

// chosenArms are the arms of one row of vary: one for each method, each with its candidates.
func (g *plan) chosenArms(found *problems, root *node, row []pair) []Arm {
	var arms []Arm
	for _, m := range g.choice.methods {
		var candidates []Arm
		for _, r := range m.rows(row) {
			if found.full() {
				return arms
			}
			a := g.arm(found, root, r)
			a.Labels = nil
			for _, v := range m.vary {
				i := slices.IndexFunc(r, func(p pair) bool { return p.key.text() == v.key.text() })
				a.Labels = append(a.Labels, Label{v.key.text(), labelValue(r[i].value)})
			}
			a.Name = candidateName(a.Labels)
			candidates = append(candidates, a)
		}
		if len(candidates) == 0 {
			continue
		}
		a := candidates[0]
		a.Labels = nil
		for _, name := range g.labels {
			i := slices.IndexFunc(row, func(p pair) bool { return p.key.text() == name.text() })
			a.Labels = append(a.Labels, Label{name.text(), labelValue(row[i].value)})
		}
		a.Labels = append(a.Labels, Label{MethodLabel, m.name.text()})
		a.Candidates = candidates
		arms = append(arms, a)
	}
	return arms
}

// candidateName is the values of a candidate: "l2 0.001 · dropout 0.2".
func candidateName(labels []Label) string {
	var words []string
	for _, l := range labels {
		words = append(words, l.Name+" "+labelText(l.Value))
	}
	return strings.Join(words, " · ")
}

// checkChoice says what of the part makes no sense beside its choice.
func (p *Part) checkChoice(root *node) error {
	if p.Choice == nil {
		return nil
	}
	for _, s := range p.Choice.Seeds {
		if slices.Contains(p.Seeds, s) {
			return root.key("choose").problem("take other seeds to choose with", "choose: seed %d is one of the study's: values would be fitted to its initial values", s)
		}
	}
	for _, a := range p.Arms {
		if a.Train.Validation > 0 {
			return root.key("choose").problem("remove train.validation; choose.holdout is the share that is held out while values are chosen",
				"choose: arm %s holds images out of its own training", a.Name)
		}
	}
	return nil
}
