package web

import (
	"net/http"
	"slices"

	"gradlab/internal/live"
	"gradlab/lab"
)

// compare is GET /api/compare.
func (s *Server) compare(r *http.Request) (any, error) {
	f, a, err := s.runs.find(r.FormValue("a"))
	if err != nil {
		return nil, err
	}
	g, b, err := s.runs.find(r.FormValue("b"))
	if err != nil {
		return nil, err
	}
	out := RunComparison{}
	var first, second lab.Results
	a.Read(func(st *live.State) { out.A, first = runLine(f, st, false), snapshot(st.Results) })
	b.Read(func(st *live.State) { out.B, second = runLine(g, st, false), snapshot(st.Results) })
	out.Arms, out.Same = notNil(lab.Across(&first, &second)), shared(&first, &second)
	return out, nil
}

// snapshot is what a comparison needs of results that may grow: two runs are never read at the same time, since that
// could wait for ever.
func snapshot(r *lab.Results) lab.Results {
	s := lab.Results{Study: r.Study, Parts: slices.Clone(r.Parts), Trials: slices.Clone(r.Trials)}
	for i := range s.Parts {
		s.Parts[i].Arms = slices.Clone(s.Parts[i].Arms) // which are filled in where they are
	}
	return s
}

// shared says what two runs have in common.
func shared(a, b *lab.Results) []string {
	same := []string{}
	sources := func(r *lab.Results) (all []string) {
		for _, p := range r.Parts {
			all = append(all, p.Source)
		}
		return all
	}
	if slices.Equal(sources(a), sources(b)) {
		same = append(same, "study")
	}
	digests := func(r *lab.Results) (all []string) {
		for _, p := range r.Parts {
			all = append(all, p.Data.Digest)
		}
		return all
	}
	if slices.Equal(digests(a), digests(b)) {
		same = append(same, "data")
	}
	seeds := func(r *lab.Results) (all []uint64) {
		for _, t := range r.Trials {
			all = append(all, t.Seed)
		}
		slices.Sort(all)
		return slices.Compact(all)
	}
	if slices.Equal(seeds(a), seeds(b)) {
		same = append(same, "seeds")
	}
	return same
}
