//go:build !amd64 && !arm64

package kernel

var tileSets map[ISA]*tileSet

func transposeAsm(ISA, []float32, int, []float32, int, int, int) {}

func tileAsm(*tileSet, *tileArgs, *tile[float32]) {}
