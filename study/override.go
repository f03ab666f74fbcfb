package study

import (
	"maps"
	"slices"
)

// override applies assignments to a study that was right without them, and removes what they leave
// without meaning: variables under let that stand nowhere any more, and arms of also that nothing
// tells from another arm. So train.epochs=3 is enough where the study has epochs: $epochs.
func override(root *node, assignments []assignment) error {
	if len(assignments) == 0 {
		return nil
	}
	inherited := map[*node]bool{}
	root.eachKey(func(key *node) { inherited[key] = true })
	replaced := map[string]*node{} // variables by the path that took their last use
	before := root.uses()
	for _, a := range assignments {
		if err := a.apply(root); err != nil {
			return err
		}
		after := root.uses()
		for name := range before {
			if !after[name] {
				replaced[name] = a.path[len(a.path)-1]
			}
		}
		for name := range after {
			delete(replaced, name)
		}
		before = after
	}
	found := &problems{}
	for _, name := range slices.Sorted(maps.Keys(replaced)) {
		if vary := root.get("vary"); vary != nil && vary.get(name) != nil {
			found.add(replaced[name].problem("set vary."+name+" to nothing as well (--set vary."+name+"=), or keep $"+name,
				"$%s varies, and this leaves no place where it stands", name))
		}
	}
	root.dropUnused(found, inherited)
	root.dropSameArms(inherited)
	return found.err()
}

// eachKey visits the keys of all mappings in n.
func (n *node) eachKey(visit func(key *node)) {
	for _, item := range n.items {
		item.eachKey(visit)
	}
	for _, p := range n.pairs {
		visit(p.key)
		p.value.eachKey(visit)
	}
}

// uses are the variables that stand in n.
func (n *node) uses() map[string]bool {
	names := map[string]bool{}
	var visit func(n *node)
	visit = func(n *node) {
		if n.isVariable() {
			if part := expression.FindStringSubmatch(n.text()); part != nil {
				names[part[1]] = true
			}
		}
		for _, item := range n.items {
			visit(item)
		}
		for _, p := range n.pairs {
			visit(p.value)
		}
	}
	visit(n)
	return names
}

// dropUnused removes inherited variables of let that stand nowhere, and their values, as those of
// variables that were removed, from inherited arms of also. A value that was set for one is a mistake.
func (n *node) dropUnused(found *problems, inherited map[*node]bool) {
	used := n.uses()
	dropped := map[string]bool{}
	if let := n.get("let"); let != nil && let.kind == mapping {
		for _, p := range slices.Clone(let.pairs) {
			if inherited[p.key] && !used[p.key.text()] {
				n.removeIn("let", p.key.text())
				dropped[p.key.text()] = true
			}
		}
	}
	also := n.get("also")
	if also == nil || also.kind != list {
		return
	}
	known := map[string]bool{}
	for _, under := range []string{"let", "vary"} {
		if variables := n.get(under); variables != nil {
			for _, p := range variables.pairs {
				known[p.key.text()] = true
			}
		}
	}
	also.items = slices.DeleteFunc(also.items, func(arm *node) bool {
		before := len(arm.pairs)
		arm.pairs = slices.DeleteFunc(arm.pairs, func(p pair) bool {
			name := p.key.text()
			if dropped[name] && !inherited[p.key] {
				found.add(p.key.problem("write $"+name+" where its value belongs", "variable %s is never used", name))
			}
			return dropped[name] || inherited[p.key] && !known[name]
		})
		return before > 0 && len(arm.pairs) == 0
	})
	if len(also.items) == 0 {
		n.remove("also")
	}
}

// dropSameArms removes the inherited arms of also that are like another arm.
func (n *node) dropSameArms(inherited map[*node]bool) {
	found := &problems{}
	var g plan
	g.collect(found, n)
	rows := g.grid(found, n)
	if len(found.list) > 0 || len(g.also) == 0 {
		return // mistakes are for expand to report
	}
	also := n.get("also")
	also.items = slices.DeleteFunc(also.items, func(arm *node) bool {
		row := g.row(arm)
		theirs := slices.ContainsFunc(arm.pairs, func(p pair) bool { return !inherited[p.key] })
		if !theirs && slices.ContainsFunc(rows, func(other []pair) bool { return sameRow(row, other) }) {
			return true
		}
		rows = append(rows, row)
		return false
	})
	if len(also.items) == 0 {
		n.remove("also")
	}
}

// remove removes a key of the mapping n.
func (n *node) remove(key string) {
	n.pairs = slices.DeleteFunc(n.pairs, func(p pair) bool { return p.key.value == key })
}
