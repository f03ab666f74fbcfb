package study

// maxCheck bounds the entries of each tensor that a run checks.
const maxCheck = 1000

// CheckEntries is how many numbers of each tensor's gradient a run checks of every network before it reports (the
// key check of a study file), 0 for no check. It has no part in any trial.
func (s *Study) CheckEntries() int {
	root := s.root.clone()
	for _, a := range s.overrides {
		if a.path[0].value == "check" {
			if err := a.apply(root); err != nil {
				return 0 // Parts says what is wrong
			}
		}
	}
	n := root.get("check")
	if n == nil {
		return 0
	}
	v, _ := n.value.(int64)
	return int(v)
}
