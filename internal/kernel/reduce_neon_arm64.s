#include "textflag.h"
#include "neon_arm64.h"
#include "functions_neon_arm64.h"

// DOWN adds up what GET loads from R5 on, R2 rows that are R4 bytes apart, with ADDROW.
#define DOWN(GET, ADDROW, row, finished) \
	MOVD R1, R5;           \
	MOVD R2, R6;           \
	CBZ  R6, finished;     \
row: \
	GET;                   \
	ADDROW;                \
	ADD  R4, R5;           \
	SUBS $1, R6;           \
	BNE  row;              \
finished:

#define CLEAR4   zero(0); zero(1); zero(2); zero(3)
#define ROWGET4  VLD1 (R5), [V4.S4, V5.S4, V6.S4, V7.S4]
#define ROWADD4  fadd(4, 0, 0); fadd(5, 1, 1); fadd(6, 2, 2); fadd(7, 3, 3)
#define FLUSH4   FLUSH(0, 4); FLUSH(1, 5); FLUSH(2, 6); FLUSH(3, 7)
#define ROWGET1  VLD1 (R5), [V4.S4]
#define ROWADD1  fadd(4, 0, 0)
#define ROWGETREST GETEDGE(R5, 5, 4)

// func colSum128(dst, src *float32, rows, cols int)
//
// The sums of sixteen columns at a time, then of four, then of the last one to three.
TEXT ·colSum128(SB), NOSPLIT, $0-32
	MOVD dst+0(FP), R0
	MOVD src+8(FP), R1
	MOVD rows+16(FP), R2
	MOVD cols+24(FP), R3
	LSL  $2, R3, R4
	COMMON
	SUBS $16, R3
	BLT  fewer

sixteen:
	CLEAR4
	DOWN(ROWGET4, ROWADD4, row16, sum16)
	FLUSH4
	VST1.P [V0.S4, V1.S4, V2.S4, V3.S4], 64(R0)
	ADD    $64, R1
	SUBS   $16, R3
	BGE    sixteen

fewer:
	ADDS $12, R3
	BLT  rest

four:
	zero(0)
	DOWN(ROWGET1, ROWADD1, row4, sum4)
	FLUSH(0, 4)
	VST1.P [V0.S4], 16(R0)
	ADD    $16, R1
	SUBS   $4, R3
	BGE    four

rest:
	ADDS $4, R3
	BEQ  done
	EDGE(R3)
	zero(0)
	DOWN(ROWGETREST, ROWADD1, row1, sum1)
	FLUSH(0, 4)
	PUTEDGE(R0, 0, 0)

done:
	RET

// func sumSquares128(lanes *[16]float64, x *float32, n int)
//
// The lanes are V16 … V23, two each.
TEXT ·sumSquares128(SB), NOSPLIT, $0-24
	MOVD lanes+0(FP), R0
	MOVD x+8(FP), R1
	MOVD n+16(FP), R3
	zero(16); zero(17); zero(18); zero(19); zero(20); zero(21); zero(22); zero(23)
	SUBS $16, R3
	BLT  rest

sixteen:
	VLD1.P 64(R1), [V0.S4, V1.S4, V2.S4, V3.S4]
	fcvtl(0, 4)
	fcvtl2(0, 5)
	fcvtl(1, 6)
	fcvtl2(1, 7)
	fcvtl(2, 8)
	fcvtl2(2, 9)
	fcvtl(3, 10)
	fcvtl2(3, 11)
	fmlad(4, 4, 16)
	fmlad(5, 5, 17)
	fmlad(6, 6, 18)
	fmlad(7, 7, 19)
	fmlad(8, 8, 20)
	fmlad(9, 9, 21)
	fmlad(10, 10, 22)
	fmlad(11, 11, 23)
	SUBS $16, R3
	BGE  sixteen

rest:
	MOVD R0, R4
	VST1.P [V16.D2, V17.D2, V18.D2, V19.D2], 64(R4)
	VST1 [V20.D2, V21.D2, V22.D2, V23.D2], (R4)
	ADDS $16, R3
	BEQ  done

one:
	FMOVS.P 4(R1), F0
	fcvtl(0, 0)
	FMOVD (R0), F1
	fmlad(0, 0, 1)
	FMOVD.P F1, 8(R0)
	SUBS $1, R3
	BNE  one

done:
	RET

// x − pivot into V16 … V23, its square into V24 … V31.
#define MOMENT(d, sum, squares) fsub(8, d, d); fadd(d, sum, sum); fmla(d, d, squares)

// func moments128(lanes *[2 * chunkLanes]float32, x *float32, rounds int, pivot float32)
TEXT ·moments128(SB), NOSPLIT, $0-28
	MOVD  lanes+0(FP), R0
	MOVD  x+8(FP), R1
	MOVD  rounds+16(FP), R3
	FMOVS pivot+24(FP), F8
	VDUP  V8.S[0], V8.S4
	zero(16); zero(17); zero(18); zero(19); zero(20); zero(21); zero(22); zero(23)
	zero(24); zero(25); zero(26); zero(27); zero(28); zero(29); zero(30); zero(31)
	CBZ   R3, done

round:
	VLD1.P 64(R1), [V0.S4, V1.S4, V2.S4, V3.S4]
	VLD1.P 64(R1), [V4.S4, V5.S4, V6.S4, V7.S4]
	MOMENT(0, 16, 24)
	MOMENT(1, 17, 25)
	MOMENT(2, 18, 26)
	MOMENT(3, 19, 27)
	MOMENT(4, 20, 28)
	MOMENT(5, 21, 29)
	MOMENT(6, 22, 30)
	MOMENT(7, 23, 31)
	SUBS   $1, R3
	BNE    round

done:
	VST1.P [V16.S4, V17.S4, V18.S4, V19.S4], 64(R0)
	VST1.P [V20.S4, V21.S4, V22.S4, V23.S4], 64(R0)
	VST1.P [V24.S4, V25.S4, V26.S4, V27.S4], 64(R0)
	VST1   [V28.S4, V29.S4, V30.S4, V31.S4], (R0)
	RET
