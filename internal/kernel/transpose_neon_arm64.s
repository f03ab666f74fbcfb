#include "textflag.h"

// func transpose128(dst *float32, ldd int, src *float32, lds int, blocks int)
//
// Four rows of src, 4·blocks columns, become columns of dst, in blocks of 4 × 4: pairs of rows are
// interleaved by elements, then by pairs of elements.
TEXT ·transpose128(SB), NOSPLIT, $0-40
	MOVD dst+0(FP), R0
	MOVD ldd+8(FP), R1
	MOVD src+16(FP), R2
	MOVD lds+24(FP), R3
	MOVD blocks+32(FP), R4
	LSL  $2, R1
	LSL  $2, R3
	ADD  R3, R2, R5
	ADD  R3, R5, R6
	ADD  R3, R6, R7

block:
	VLD1.P 16(R2), [V0.S4] // a0 a1 a2 a3
	VLD1.P 16(R5), [V1.S4] // b0 b1 b2 b3
	VLD1.P 16(R6), [V2.S4]
	VLD1.P 16(R7), [V3.S4]
	VTRN1  V1.S4, V0.S4, V4.S4 // a0 b0 a2 b2
	VTRN2  V1.S4, V0.S4, V5.S4 // a1 b1 a3 b3
	VTRN1  V3.S4, V2.S4, V6.S4 // c0 d0 c2 d2
	VTRN2  V3.S4, V2.S4, V7.S4 // c1 d1 c3 d3
	VTRN1  V6.D2, V4.D2, V0.D2 // a0 b0 c0 d0
	VTRN1  V7.D2, V5.D2, V1.D2
	VTRN2  V6.D2, V4.D2, V2.D2
	VTRN2  V7.D2, V5.D2, V3.D2
	VST1.P [V0.S4], (R0)(R1)
	VST1.P [V1.S4], (R0)(R1)
	VST1.P [V2.S4], (R0)(R1)
	VST1.P [V3.S4], (R0)(R1)
	SUBS   $1, R4
	BNE    block
	RET
