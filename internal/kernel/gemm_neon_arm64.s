#include "textflag.h"
#include "neon_arm64.h"

// Tiles of 1 to 12 rows (see type tile), in three families by their columns:
//
//	5 to 8: two vectors per row, of which the second ends at the last column; where they
//	        overlap, both compute the same bits
//	4:      one vector
//	1 to 3: one vector, whose first three lanes are columns 0, min(1, n−1) and n−1
//
// so that nothing beyond the last column is read or written, and no column needs a mask. An element
// of A is loaded as a scalar and multiplied from its lane: a load that broadcasts would keep the units
// busy that multiply. Eight registers would suffice for the sums' latency; twelve rows by two vectors
// make 24, which leaves more than two multiplications for each load.

// Registers: by name, and as numbers for the macros of neon_arm64.h.
#define ARGS R0  // *tileArgs
#define B    R1
#define OFF  R2  // what A has moved by
#define A1   R3
#define B1   R4
#define K1   R5
#define K2   R6
#define P    R21 // a row of C, or the bias
#define CI   R22
#define T    R24
#define nB    1
#define nOFF  2
#define nLAST 7  // LAST, of neon_arm64.h: bytes to the second vector, or to the last column
#define nP    21
#define vB0   24 // a row of B, then the bias
#define vB1   25
#define vEXP  24 // the exponent bits of float32

// A row: its pointer into A (R8 … R17, R19, R20), its two sums and a register for its element of A.
#define ROWS1(f)  f(8, 0, 1, 26)
#define ROWS2(f)  ROWS1(f); f(9, 2, 3, 27)
#define ROWS3(f)  ROWS2(f); f(10, 4, 5, 28)
#define ROWS4(f)  ROWS3(f); f(11, 6, 7, 29)
#define ROWS5(f)  ROWS4(f); f(12, 8, 9, 30)
#define ROWS6(f)  ROWS5(f); f(13, 10, 11, 31)
#define ROWS7(f)  ROWS6(f); f(14, 12, 13, 26)
#define ROWS8(f)  ROWS7(f); f(15, 14, 15, 27)
#define ROWS9(f)  ROWS8(f); f(16, 16, 17, 28)
#define ROWS10(f) ROWS9(f); f(17, 18, 19, 29)
#define ROWS11(f) ROWS10(f); f(19, 20, 21, 30)
#define ROWS12(f) ROWS11(f); f(20, 22, 23, 31)

// What is done to each row, by family.
#define CLEAR(a, s0, s1, x) zero(s0); zero(s1)

#define READ8(a, s0, s1, x) ldrq0(nP, s0); ldrq(nLAST, nP, s1); ADD CI, P
#define READ4(a, s0, s1, x) ldrq0(nP, s0); ADD CI, P
#define READ3(a, s0, s1, x) GETEDGE(P, nP, s0); ADD CI, P

#define WRITE8(a, s0, s1, x) strq0(nP, s0); strq(nLAST, nP, s1); ADD CI, P
#define WRITE4(a, s0, s1, x) strq0(nP, s0); ADD CI, P
#define WRITE3(a, s0, s1, x) PUTEDGE(P, nP, s0); ADD CI, P

#define STEP8(a, s0, s1, x) ldrs(nOFF, a, x); fmlalane(x, vB0, s0); fmlalane(x, vB1, s1)
#define STEP4(a, s0, s1, x) ldrs(nOFF, a, x); fmlalane(x, vB0, s0)

#define BIAS8(a, s0, s1, x) fadd(vB0, s0, s0); fadd(vB1, s1, s1)
#define BIAS4(a, s0, s1, x) fadd(vB0, s0, s0)

#define FLUSH8(a, s0, s1, x) FLUSH(s0, x); FLUSH(s1, x)
#define FLUSH4(a, s0, s1, x) FLUSH(s0, x)

// FLUSH replaces zeros and subnormal numbers in v by +0: their exponent bits are zero.
#define FLUSH(v, t) cmtst(vEXP, v, t); and(t, v, v)

// A row of B at P, or under B.
#define ROWOFB8 ldrq0(nB, vB0); ldrq(nLAST, nB, vB1)
#define ROWOFB4 ldrq0(nB, vB0)
#define ROWOFB3 GETEDGE(B, nB, vB0)
#define BIASES8 ldrq0(nP, vB0); ldrq(nLAST, nP, vB1)
#define BIASES4 ldrq0(nP, vB0)
#define BIASES3 GETEDGE(P, nP, vB0)

// The fields of tileArgs; a test compares their offsets with Go's.
#define fieldK1   0(ARGS)
#define fieldK2   8(ARGS)
#define fieldA    16(ARGS)
#define fieldAI   24(ARGS)
#define fieldA1   32(ARGS)
#define fieldA2   40(ARGS)
#define fieldB    48(ARGS)
#define fieldB1   56(ARGS)
#define fieldB2   64(ARGS)
#define fieldC    72(ARGS)
#define fieldCI   80(ARGS)
#define fieldBias 88(ARGS)
#define fieldLoad 112(ARGS)
#define fieldLast 120(ARGS)
#define fieldN    128(ARGS)

#define BEGIN \
	MOVD t+0(FP), ARGS;          \
	MOVD fieldA, R8;             \
	MOVD fieldAI, T;             \
	ADD  T, R8, R9;              \
	ADD  T, R9, R10;             \
	ADD  T, R10, R11;            \
	ADD  T, R11, R12;            \
	ADD  T, R12, R13;            \
	ADD  T, R13, R14;            \
	ADD  T, R14, R15;            \
	ADD  T, R15, R16;            \
	ADD  T, R16, R17;            \
	ADD  T, R17, R19;            \
	ADD  T, R19, R20;            \
	MOVD ZR, OFF;                \
	MOVD fieldA1, A1;            \
	MOVD fieldB, B;              \
	MOVD fieldB1, B1;            \
	MOVD fieldK2, K2;            \
	MOVD fieldCI, CI

// Where a family's last columns are, from their number n: the second vector begins at byte 4(n−4).
#define COLUMNS8 \
	MOVD fieldN, LAST;           \
	SUB  $4, LAST;               \
	LSL  $2, LAST
#define COLUMNS4
#define COLUMNS3 \
	MOVD fieldN, T;              \
	EDGE(T)

#define TILE(ROWS, COLUMNS, READ, ROWOFB, STEP, BIASES, BIAS, FLUSHROW, WRITE) \
	BEGIN;                       \
	COLUMNS;                     \
	ROWS(CLEAR);                 \
	MOVD fieldLoad, T;           \
	CBZ  T, run;                 \
	MOVD fieldC, P;              \
	ROWS(READ);                  \
run: \
	MOVD fieldK1, K1;            \
product: \
	ROWOFB;                      \
	ROWS(STEP);                  \
	ADD  A1, OFF;                \
	ADD  B1, B;                  \
	SUBS $1, K1;                 \
	BNE  product;                \
	MOVD fieldA2, T;             \
	ADD  T, OFF;                 \
	MOVD fieldB2, T;             \
	ADD  T, B;                   \
	SUBS $1, K2;                 \
	BNE  run;                    \
	MOVD fieldBias, P;           \
	CBZ  P, flush;               \
	BIASES;                      \
	ROWS(BIAS);                  \
flush: \
	MOVD fieldLast, T;           \
	CBZ  T, store;               \
	MOVD $0x7f800000, T;         \
	VDUP T, V24.S4;              \
	ROWS(FLUSHROW);              \
store: \
	MOVD fieldC, P;              \
	ROWS(WRITE);                 \
	RET

#define TILE8(ROWS) TILE(ROWS, COLUMNS8, READ8, ROWOFB8, STEP8, BIASES8, BIAS8, FLUSH8, WRITE8)
#define TILE4(ROWS) TILE(ROWS, COLUMNS4, READ4, ROWOFB4, STEP4, BIASES4, BIAS4, FLUSH4, WRITE4)
#define TILE3(ROWS) TILE(ROWS, COLUMNS3, READ3, ROWOFB3, STEP4, BIASES3, BIAS4, FLUSH4, WRITE3)

// func tile128_1x8(t *byte)
TEXT ·tile128_1x8(SB), NOSPLIT, $0-8
	TILE8(ROWS1)

// func tile128_2x8(t *byte)
TEXT ·tile128_2x8(SB), NOSPLIT, $0-8
	TILE8(ROWS2)

// func tile128_3x8(t *byte)
TEXT ·tile128_3x8(SB), NOSPLIT, $0-8
	TILE8(ROWS3)

// func tile128_4x8(t *byte)
TEXT ·tile128_4x8(SB), NOSPLIT, $0-8
	TILE8(ROWS4)

// func tile128_5x8(t *byte)
TEXT ·tile128_5x8(SB), NOSPLIT, $0-8
	TILE8(ROWS5)

// func tile128_6x8(t *byte)
TEXT ·tile128_6x8(SB), NOSPLIT, $0-8
	TILE8(ROWS6)

// func tile128_7x8(t *byte)
TEXT ·tile128_7x8(SB), NOSPLIT, $0-8
	TILE8(ROWS7)

// func tile128_8x8(t *byte)
TEXT ·tile128_8x8(SB), NOSPLIT, $0-8
	TILE8(ROWS8)

// func tile128_9x8(t *byte)
TEXT ·tile128_9x8(SB), NOSPLIT, $0-8
	TILE8(ROWS9)

// func tile128_10x8(t *byte)
TEXT ·tile128_10x8(SB), NOSPLIT, $0-8
	TILE8(ROWS10)

// func tile128_11x8(t *byte)
TEXT ·tile128_11x8(SB), NOSPLIT, $0-8
	TILE8(ROWS11)

// func tile128_12x8(t *byte)
TEXT ·tile128_12x8(SB), NOSPLIT, $0-8
	TILE8(ROWS12)

// func tile128_1x4(t *byte)
TEXT ·tile128_1x4(SB), NOSPLIT, $0-8
	TILE4(ROWS1)

// func tile128_2x4(t *byte)
TEXT ·tile128_2x4(SB), NOSPLIT, $0-8
	TILE4(ROWS2)

// func tile128_3x4(t *byte)
TEXT ·tile128_3x4(SB), NOSPLIT, $0-8
	TILE4(ROWS3)

// func tile128_4x4(t *byte)
TEXT ·tile128_4x4(SB), NOSPLIT, $0-8
	TILE4(ROWS4)

// func tile128_5x4(t *byte)
TEXT ·tile128_5x4(SB), NOSPLIT, $0-8
	TILE4(ROWS5)

// func tile128_6x4(t *byte)
TEXT ·tile128_6x4(SB), NOSPLIT, $0-8
	TILE4(ROWS6)

// func tile128_7x4(t *byte)
TEXT ·tile128_7x4(SB), NOSPLIT, $0-8
	TILE4(ROWS7)

// func tile128_8x4(t *byte)
TEXT ·tile128_8x4(SB), NOSPLIT, $0-8
	TILE4(ROWS8)

// func tile128_9x4(t *byte)
TEXT ·tile128_9x4(SB), NOSPLIT, $0-8
	TILE4(ROWS9)

// func tile128_10x4(t *byte)
TEXT ·tile128_10x4(SB), NOSPLIT, $0-8
	TILE4(ROWS10)

// func tile128_11x4(t *byte)
TEXT ·tile128_11x4(SB), NOSPLIT, $0-8
	TILE4(ROWS11)

// func tile128_12x4(t *byte)
TEXT ·tile128_12x4(SB), NOSPLIT, $0-8
	TILE4(ROWS12)

// func tile128_1x3(t *byte)
TEXT ·tile128_1x3(SB), NOSPLIT, $0-8
	TILE3(ROWS1)

// func tile128_2x3(t *byte)
TEXT ·tile128_2x3(SB), NOSPLIT, $0-8
	TILE3(ROWS2)

// func tile128_3x3(t *byte)
TEXT ·tile128_3x3(SB), NOSPLIT, $0-8
	TILE3(ROWS3)

// func tile128_4x3(t *byte)
TEXT ·tile128_4x3(SB), NOSPLIT, $0-8
	TILE3(ROWS4)

// func tile128_5x3(t *byte)
TEXT ·tile128_5x3(SB), NOSPLIT, $0-8
	TILE3(ROWS5)

// func tile128_6x3(t *byte)
TEXT ·tile128_6x3(SB), NOSPLIT, $0-8
	TILE3(ROWS6)

// func tile128_7x3(t *byte)
TEXT ·tile128_7x3(SB), NOSPLIT, $0-8
	TILE3(ROWS7)

// func tile128_8x3(t *byte)
TEXT ·tile128_8x3(SB), NOSPLIT, $0-8
	TILE3(ROWS8)

// func tile128_9x3(t *byte)
TEXT ·tile128_9x3(SB), NOSPLIT, $0-8
	TILE3(ROWS9)

// func tile128_10x3(t *byte)
TEXT ·tile128_10x3(SB), NOSPLIT, $0-8
	TILE3(ROWS10)

// func tile128_11x3(t *byte)
TEXT ·tile128_11x3(SB), NOSPLIT, $0-8
	TILE3(ROWS11)

// func tile128_12x3(t *byte)
TEXT ·tile128_12x3(SB), NOSPLIT, $0-8
	TILE3(ROWS12)
