package kernel

// maxPlanes bounds the number of planes for which there is assembly.
const maxPlanes = 8

// split writes the n pixels of src, of c channels each, as c planes: dst[i·plane + p] = src[p·c + i].
func (w *worker[T]) split(dst []T, plane int, src []T, c, n int) {
	done := 0
	if w.set != nil && w.set.planes != nil {
		d, _ := as32(dst)
		s, _ := as32(src)
		done = w.set.planes.split(d, plane, s, c, n)
	}
	for p := done; p < n; p++ {
		for i := range c {
			dst[i*plane+p] = src[p*c+i]
		}
	}
}

// join is the inverse of split: dst[p·c + i] = src[i·plane + p].
func (w *worker[T]) join(dst, src []T, plane, c, n int) {
	done := 0
	if w.set != nil && w.set.planes != nil {
		d, _ := as32(dst)
		s, _ := as32(src)
		done = w.set.planes.join(d, s, plane, c, n)
	}
	for p := done; p < n; p++ {
		for i := range c {
			dst[p*c+i] = src[i*plane+p]
		}
	}
}
