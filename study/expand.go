package study

import (
	"fmt"
	"slices"
	"strings"

	"gradlab/nn"
)

// What a study may be at most.
const (
	maxVariables = 100
	maxArms      = 1_000
	maxSeeds     = 10_000
	maxTrials    = 100_000
)

// Examples for hints.
const (
	modelExample = "[flatten, linear: classes]"
	trainExample = "{epochs: 2, sgd: {rate: 0.01}}"

	remedyExample = "batchnorm, or skip+batchnorm"
)

// A plan is what a study file says about its arms before they are read one by one.
type plan struct {
	let    []pair  // variables with one value
	vary   []pair  // variables with a list of values
	also   []*node // further arms: mappings of variables to values
	labels []*node // the variables that tell arms apart: those that vary, then those that also changes
	used   map[string]bool

	choice *choosing // nil without one, or where it has a mistake
}

// expand reads a plain study: what all arms share, then arm by arm. changed says that assignments may have taken
// arms away with which the file compares.
func expand(root *node, changed bool) (Part, error) {
	var (
		p     = Part{}
		found = &problems{}
		g     = plan{used: map[string]bool{}}
	)
	root = withDefaults(root, "")
	g.collect(found, root)

	shared := g.decoder(found, g.let)
	shared.varied = map[string]bool{}
	for _, v := range g.labels {
		shared.varied[v.text()] = true
	}
	shared.fields(root, root, "a study",
		must("study", "depth", studyName(&p.Name)),
		may("question", "Does depth matter?", sentence(&p.Question)),
		must("data", "shapes, or data: cifar10", dataSpec(&p.Data)),
		may("let", "", nil),
		must("model", modelExample, nil),
		must("init", "he-normal", nil),
		may("remedy", remedyExample, nil),
		must("train", trainExample, nil),
		may("vary", "", nil),
		may("also", "", nil),
		may("choose", chooseExample, nil),
		may("against", "none", references(&p.Against)),
		may("check", "4", integer(new(int), 0, maxCheck)),
		must("seeds", "10", seeds(&p.Seeds)))
	if root.get("model") == nil || root.get("train") == nil {
		return Part{}, found.err()
	}

	for _, row := range g.rows(found, root) {
		if found.full() {
			break
		}
		if g.choice == nil {
			p.Arms = append(p.Arms, g.arm(found, root, row))
		} else {
			p.Arms = append(p.Arms, g.chosenArms(found, root, row)...)
		}
	}
	g.unused(found)
	if g.choice != nil {
		p.Choice = &g.choice.Choice
	}
	if n := len(p.Arms) * len(p.Seeds); n > maxTrials {
		found.add(root.key("seeds").problem("", "%d arms with %d seeds are %d trials, expected %d at most",
			len(p.Arms), len(p.Seeds), n, maxTrials))
	}
	if err := found.err(); err != nil {
		return Part{}, err
	}
	if twice := p.nameArms(g.defaults()); twice != "" {
		return Part{}, root.key("vary").problem("", "two arms are both called %q", twice)
	}
	if err := p.checkAgainst(root, changed); err != nil {
		return Part{}, err
	}
	if err := p.checkChoice(root); err != nil {
		return Part{}, err
	}
	if p.Question == "" {
		p.Question = question(p.Arms[0].Labels)
	}
	p.Source = format(filled(root), p.Question)
	return p, nil
}

// collect reads let, vary and also. A variable with a mistake counts as one with a value that has
// been reported, so that its uses are no further mistakes.
func (g *plan) collect(found *problems, root *node) {
	d := &decoder{problems: found}
	for _, p := range d.variables("let", root) {
		if !d.constant(p.key, p.value) {
			p.value = p.value.broken()
		}
		g.let = append(g.let, p)
	}
	for _, p := range d.variables("vary", root) {
		i := slices.IndexFunc(g.let, func(q pair) bool { return q.key.value == p.key.value })
		switch {
		case i >= 0:
			d.add(p.key.problem("remove one of the two", "variable %s is defined under let already, in line %d",
				p.key.text(), g.let[i].key.line))
		case d.values(p.key, p.value):
			g.vary = append(g.vary, p)
		default:
			g.let = append(g.let, pair{p.key, p.value.broken()})
		}
	}
	g.collectAlso(d, root)
	g.label()
	g.collectChoice(found, root)
}

// variables are the pairs under let or vary.
func (d *decoder) variables(under string, root *node) []pair {
	n := root.get(under)
	if n == nil {
		return nil
	}
	if n.kind != mapping || len(n.pairs) == 0 || len(n.pairs) > maxVariables {
		example := map[string]string{"let": "let: {width: 84}", "vary": "vary: {width: [84, 120]}"}[under]
		d.expectHint(under, fmt.Sprintf("1 to %d variables with their values", maxVariables), "for example "+example, n)
		return nil
	}
	first := d.keys(n, under)
	var list []pair
	for _, p := range n.pairs {
		if !variableName.MatchString(p.key.text()) {
			d.add(p.key.problem("letters, digits, _ and - are allowed, a letter first",
				"expected a variable's name, found %s", p.key.describe()))
		} else if first[p.key.text()] == p.key {
			list = append(list, p)
		}
	}
	return list
}

// values checks the list of a varied variable.
func (d *decoder) values(name, n *node) bool {
	if n.kind != list || len(n.items) == 0 {
		hint := "for example " + name.text() + ": [1, 2]"
		if n.kind != list && n.kind != mapping && n.kind != null {
			hint = "one value is a list, too: [" + flow(n) + "]; or put it under let"
		}
		d.expectHint(name.text(), "a list of values", hint, n)
		return false
	}
	if len(n.items) > maxArms {
		d.add(n.problem("", "%s: the grid has more than %d arms", name.text(), maxArms))
		return false
	}
	good := true
	for i, item := range n.items {
		if !d.constant(name, item) {
			good = false
			continue
		}
		for _, before := range n.items[:i] {
			if sameValue(before, item) {
				d.add(item.problem("", "%s: %s stands in the list already", name.text(), item.describe()))
				good = false
				break
			}
		}
	}
	return good
}

// constant checks one value of a variable.
func (d *decoder) constant(name, n *node) bool {
	switch {
	case n.kind == null:
		d.expectHint(name.text(), "a value", "write its value after the colon", n)
		return false
	case n.isVariable():
		// Otherwise a variable could hold itself, or ten of one that holds ten of another.
		d.add(n.problem("write the value itself", "%s: a variable's value cannot hold another variable", name.text()))
		return false
	}
	good := true
	for _, item := range n.items {
		good = (item.kind == null || d.constant(name, item)) && good
	}
	for _, p := range n.pairs {
		good = (p.value.kind == null || d.constant(name, p.value)) && good
	}
	return good
}

func (g *plan) collectAlso(d *decoder, root *node) {
	n := root.get("also")
	if n == nil {
		return
	}
	if n.kind != list || len(n.items) == 0 {
		d.expectHint("also", "a list of arms", "for example also: [{width: 84}]", n)
		return
	}
	var known []string
	for _, p := range slices.Concat(g.vary, g.let) {
		known = append(known, p.key.text())
	}
	for _, arm := range n.items {
		if arm.kind != mapping || len(arm.pairs) == 0 {
			d.add(arm.problem("write {variable: value}", "also: expected variables with values, found %s", arm.describe()))
			continue
		}
		good := true
		d.keys(arm, "also")
		for _, p := range arm.pairs {
			if !slices.Contains(known, p.key.text()) {
				d.add(p.key.problem(didYouMean(p.key.text(), known), "undefined variable %q in also", shorten(p.key.text())))
				good = false
				continue
			}
			good = d.constant(p.key, p.value) && good
		}
		for _, v := range g.vary {
			if arm.get(v.key.text()) == nil {
				d.add(arm.problem("give it one, or remove the arm (--set also= removes all of them)",
					"also: this arm has no value for %s, which varies", v.key.text()))
				good = false
			}
		}
		if good {
			g.also = append(g.also, arm)
		}
	}
}

// label finds the variables that tell arms apart.
func (g *plan) label() {
	for _, p := range g.vary {
		g.labels = append(g.labels, p.key)
	}
	for _, p := range g.let {
		if slices.ContainsFunc(g.also, func(arm *node) bool {
			v := arm.get(p.key.text())
			return v != nil && !sameValue(v, p.value)
		}) {
			g.labels = append(g.labels, p.key)
		}
	}
}

// rows are the arms as assignments of values to variables: the grid, then also.
func (g *plan) rows(found *problems, root *node) [][]pair {
	rows := g.grid(found, root)
	if rows == nil {
		return nil
	}
	for _, arm := range g.also {
		row := g.row(arm)
		if slices.ContainsFunc(rows, func(other []pair) bool { return sameRow(row, other) }) {
			found.add(arm.problem("", "also: this arm is there already"))
			continue
		}
		if len(rows) == maxArms {
			found.add(arm.problem("", "also: there are more than %d arms", maxArms))
			break
		}
		rows = append(rows, row)
	}
	return rows
}

// grid are the rows of vary, its last variable running fastest, or nil when there are too many.
func (g *plan) grid(found *problems, root *node) [][]pair {
	rows := [][]pair{slices.Clone(g.let)}
	for _, p := range g.vary {
		if len(rows)*len(p.value.items) > maxArms {
			found.add(root.key("vary").problem("", "the grid has more than %d arms", maxArms))
			return nil
		}
		var next [][]pair
		for _, row := range rows {
			for _, value := range p.value.items {
				next = append(next, append(slices.Clip(row), pair{p.key, value}))
			}
		}
		rows = next
	}
	return rows
}

// row is an arm of also with let's values where it says nothing.
func (g *plan) row(arm *node) []pair {
	row := slices.Clone(g.let)
	for i, p := range row {
		if v := arm.get(p.key.text()); v != nil {
			row[i].value = v
		}
	}
	for _, p := range g.vary {
		row = append(row, pair{p.key, arm.get(p.key.text())})
	}
	return row
}

func sameRow(a, b []pair) bool {
	return slices.EqualFunc(a, b, func(p, q pair) bool { return sameValue(p.value, q.value) })
}

// arm reads the model and the training of one row.
func (g *plan) arm(found *problems, root *node, row []pair) Arm {
	var a Arm
	d := g.decoder(found, row)
	d.fields(root, root.only("model", "init", "remedy", "train"), "a study",
		must("model", modelExample, layers(&a.Model.Layers)),
		must("init", "he-normal", initialisation(&a.Model.Init)),
		may("remedy", remedyExample, remedies(&a.Remedy)),
		must("train", trainExample, training(&a.Train)))
	if countLayers(a.Model.Layers) > nn.MaxLayers {
		found.add(root.key("model").problem("lower the times of a repeat", "model: there are more than %d layers, with every repeat written out", nn.MaxLayers))
	}
	a.treat(found, root)
	for _, name := range g.labels {
		a.Labels = append(a.Labels, Label{name.text(), labelValue(d.env[name.text()])})
	}
	return a
}

func (g *plan) decoder(found *problems, row []pair) *decoder {
	d := &decoder{problems: found, env: map[string]*node{}, used: g.used}
	for _, p := range row {
		d.env[p.key.text()] = p.value
	}
	return d
}

// unused reports variables that stand nowhere, unless another mistake may be the reason.
func (g *plan) unused(found *problems) {
	if len(found.list) > 0 {
		return
	}
	for _, p := range slices.Concat(g.let, g.vary) {
		if name := p.key.text(); !g.used[name] {
			found.add(p.key.problem("write $"+name+" where its value belongs, or remove it", "variable %s is never used", name))
		}
	}
}

// defaults are the values that let gives to labels.
func (g *plan) defaults() map[string]any {
	values := map[string]any{}
	for _, p := range g.let {
		values[p.key.text()] = labelValue(p.value)
	}
	return values
}

// nameArms names each arm by its labels: texts by their value, all else by name and value. A label
// at its default is left out where another one names the arm. It returns a name that two arms
// share, or "".
func (p *Part) nameArms(defaults map[string]any) string {
	taken := map[string]bool{}
	for i := range p.Arms {
		var words, special []string
		for _, l := range p.Arms[i].Labels {
			word, ok := l.Value.(string)
			if !ok {
				word = l.Name + " " + labelText(l.Value)
			}
			words = append(words, word)
			if l.Value != defaults[l.Name] {
				special = append(special, word)
			}
		}
		if len(special) > 0 {
			words = special
		}
		p.Arms[i].Name = strings.Join(words, " · ")
		if len(words) == 0 {
			p.Arms[i].Name = p.Name
		}
		if taken[p.Arms[i].Name] {
			return p.Arms[i].Name
		}
		taken[p.Arms[i].Name] = true
	}
	return ""
}

// question is what a study asks that does not say it itself.
func question(labels []Label) string {
	var names []string
	for _, l := range labels {
		names = append(names, l.Name)
	}
	switch len(names) {
	case 0:
		return "How does this network train?"
	case 1:
		return fmt.Sprintf("Does %s make a difference?", names[0])
	}
	return fmt.Sprintf("Do %s and %s make a difference?", strings.Join(names[:len(names)-1], ", "), names[len(names)-1])
}
