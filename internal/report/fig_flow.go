package report

// flowFigure draws log10 of the gradient at every position, a line per arm with a band over seeds.
func flowFigure(p *part) (figure, bool) {
	f, ok := profileFigure(p, p.Ticks, "log10 gradient (root mean square per element)", func(a *arm) [][]float64 { return a.gradientRows(p.Common) })
	f.Name = "gradient-flow"
	f.Title = "Gradient flow: log₁₀ of the gradient at every " + p.place()
	f.Caption = "The loss sends its gradient from the right end (output) to the left end (input). A line that falls to the left " +
		"loses gradient on the way: one unit down is ten times less for those layers to learn from. A level line is healthy. " +
		"A gradient of exactly zero has no logarithm and is left out. Shaded: the 95 % interval over seeds."
	if p.Common != nil {
		f.Caption += commonNote
	}
	return f, ok
}
