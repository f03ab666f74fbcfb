package probe

import (
	"unsafe"

	"gradlab/nn"
)

// Bytes is about what a probe of a network keeps of its windows: the larger part is a fixed number of bytes for each
// position. A State of it takes as much.
func Bytes(graph []nn.Node) int64 {
	const position = int64(unsafe.Sizeof(totals{}) + unsafe.Sizeof(Histogram{}) + unsafe.Sizeof([]bool{}))
	window := int64(unsafe.Sizeof(window{}))
	for _, n := range graph {
		window += position
		if _, bounded := nn.Saturation(n.Kind); bounded {
			window += int64(n.Shape[len(n.Shape)-1]) // of each unit whether it is alive
		}
	}
	return MaxWindows * window
}
