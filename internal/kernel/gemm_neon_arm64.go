package kernel

// The tiles of gemm_neon_arm64.s: tile128_MxN computes a tile of M rows and N columns (x8: five to eight,
// x3: one to three); t is a *tileArgs.

//go:noescape
func tile128_1x8(t *byte)

//go:noescape
func tile128_2x8(t *byte)

//go:noescape
func tile128_3x8(t *byte)

//go:noescape
func tile128_4x8(t *byte)

//go:noescape
func tile128_5x8(t *byte)

//go:noescape
func tile128_6x8(t *byte)

//go:noescape
func tile128_7x8(t *byte)

//go:noescape
func tile128_8x8(t *byte)

//go:noescape
func tile128_9x8(t *byte)

//go:noescape
func tile128_10x8(t *byte)

//go:noescape
func tile128_11x8(t *byte)

//go:noescape
func tile128_12x8(t *byte)

//go:noescape
func tile128_1x4(t *byte)

//go:noescape
func tile128_2x4(t *byte)

//go:noescape
func tile128_3x4(t *byte)

//go:noescape
func tile128_4x4(t *byte)

//go:noescape
func tile128_5x4(t *byte)

//go:noescape
func tile128_6x4(t *byte)

//go:noescape
func tile128_7x4(t *byte)

//go:noescape
func tile128_8x4(t *byte)

//go:noescape
func tile128_9x4(t *byte)

//go:noescape
func tile128_10x4(t *byte)

//go:noescape
func tile128_11x4(t *byte)

//go:noescape
func tile128_12x4(t *byte)

//go:noescape
func tile128_1x3(t *byte)

//go:noescape
func tile128_2x3(t *byte)

//go:noescape
func tile128_3x3(t *byte)

//go:noescape
func tile128_4x3(t *byte)

//go:noescape
func tile128_5x3(t *byte)

//go:noescape
func tile128_6x3(t *byte)

//go:noescape
func tile128_7x3(t *byte)

//go:noescape
func tile128_8x3(t *byte)

//go:noescape
func tile128_9x3(t *byte)

//go:noescape
func tile128_10x3(t *byte)

//go:noescape
func tile128_11x3(t *byte)

//go:noescape
func tile128_12x3(t *byte)
