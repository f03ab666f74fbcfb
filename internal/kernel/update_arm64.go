package kernel

import "unsafe"

// updates128 leaves updates with sums of squares to portable code.
var updates128 = [3][2][2]func(*byte){
	{{byRows(sgd128, false)}, {byRows(sgdDecay128, false)}},
	{{byRows(sgdMomentum128, true)}, {byRows(sgdMomentumDecay128, true)}},
	{{byRows(sgdNesterov128, true)}, {byRows(sgdNesterovDecay128, true)}},
}

// byRows makes an update of a block of one that takes a row.
func byRows(row func(w, grad, v *float32, n int, rate, momentum, decay float32), velocity bool) func(*byte) {
	return func(args *byte) {
		a := (*updateArgs)(unsafe.Pointer(args))
		var v *float32
		for i := range a.rows {
			if velocity {
				v = below(a.v, i*a.vi)
			}
			row(below(a.w, i*a.wi), below(a.g, i*a.gi), v, a.n, a.rate, a.momentum, a.decay)
		}
	}
}

// below is p, so many bytes further.
func below(p *float32, bytes int) *float32 {
	return (*float32)(unsafe.Add(unsafe.Pointer(p), bytes))
}
