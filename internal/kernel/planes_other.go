//go:build !amd64

package kernel

// planeSet is empty: there is no assembly between pixels and planes here.
type planeSet struct{}

func (*planeSet) split([]float32, int, []float32, int, int) int { return 0 }
func (*planeSet) join([]float32, []float32, int, int, int) int  { return 0 }
