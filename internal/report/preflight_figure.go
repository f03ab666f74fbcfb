package report

import (
	"encoding/json"
	"strings"

	"gradlab/lab"
)

// WritePreflight writes preflight.json, and for each part the picture of predicted and measured gradients as
// SVG and PNG, into the directory dir, which it creates if need be. It returns the names of the files.
func WritePreflight(dir string, p *lab.Preflight) ([]string, error) {
	w, err := newFolder(dir)
	if err != nil {
		return nil, err
	}
	text, err := json.MarshalIndent(p, "", "  ")
	if err := w.write("preflight.json", append(text, '\n'), err); err != nil {
		return w.names, err
	}
	ids := map[string]bool{}
	for i := range p.Parts {
		f, ok := preflightFigure(&p.Parts[i])
		if !ok {
			continue
		}
		f.Name = uniqueID(p.Parts[i].Study, ids) + "-preflight"
		if err := w.draw("", f); err != nil {
			return w.names, err
		}
	}
	return w.names, nil
}

// preflightFigure draws what preflight saw of each network of the part.
func preflightFigure(p *lab.PartPreflight) (figure, bool) {
	var plain []lab.Arm
	models := p.Models[:min(len(p.Models), maxArms)]
	for _, m := range models {
		plain = append(plain, lab.Arm{Name: strings.Join(m.Arms, "; ")})
	}
	styles := styleArms(nil, plain)
	var all []foretold
	var here [][]lab.Position
	for i, m := range models {
		f := foretold{arm: &arm{Arm: plain[i], Style: styles[i]}}
		for k, q := range m.Positions {
			e := q.Gradient.Measured
			f.predicted = append(f.predicted, logOf(q.Gradient.Predicted))
			f.Mid, f.Low, f.High = append(f.Mid, logOf(e.Mean)), append(f.Low, logOf(e.Low)), append(f.High, logOf(e.High))
			if k == len(here) {
				here = append(here, nil)
			}
			here[k] = append(here[k], lab.Position{Name: q.Name, Kind: q.Kind})
		}
		all = append(all, f)
	}
	var ticks []string
	for _, positions := range here {
		ticks = append(ticks, tick(positions))
	}
	f, ok := foretoldFigure(all, ticks)
	f.Title = "Before training: the gradient at every position, predicted and measured"
	return f, ok
}
