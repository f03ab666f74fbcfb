package published

// Debugger is SageMaker Debugger's built-in rules VanishingGradient, ExplodingTensor, DeadRelu,
// WeightUpdateRatio and LossNotDecreasing with their defaults, over the steps that were saved, which are the
// inspected ones. A loss has not decreased when it is not at least 0.1 % below that of the newest saved step
// ten or more steps before.
func Debugger(r Run) []Finding {
	var f findings
	for i, in := range r.Inspections {
		for _, l := range in.Layers {
			switch {
			case !l.Finite:
				f.add("exploding tensor", l.Name, in.Step)
			case l.GradMean < 1e-7:
				f.add("vanishing gradient", l.Name, in.Step)
			}
			if l.UpdateRatio > 10 || l.UpdateRatio < 1e-8 {
				f.add("weight update ratio", l.Name, in.Step)
			}
		}
		for _, a := range in.Acts {
			if a.Kind == "relu" && a.Inactive > 0.5 {
				f.add("dead ReLU", a.Name, in.Step)
			}
		}
		if !isFinite(in.Loss) {
			f.add("exploding tensor", "", in.Step)
		}
		for k := i - 1; k >= 0; k-- {
			if before := r.Inspections[k]; before.Step <= in.Step-10 {
				if i+1 == len(r.Inspections) || r.Inspections[i+1].Step > in.Step+1 { // once a burst
					if !(in.Loss <= before.Loss*(1-0.001)) {
						f.add("loss not decreasing", "", in.Step)
					}
				}
				break
			}
		}
	}
	return f
}
