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
#define K3   R26
#define P    R21 // a row of C, or the bias, or sums of squares
#define CI   R22
#define T    R24
#define nB    1
#define nOFF  2
#define nLAST 7  // LAST, of neon_arm64.h: bytes to the second vector, or to the last column
#define nP    21
#define vB0   24 // a row of B, then the bias, then sums of squares
#define vB1   25

// After the products, which need these as well.
#define vRATE  26
#define vSCALE 27
#define vINF   28 // the exponent bits of float32
#define vX0    30
#define vX1    31

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

#define PRODUCT8(a, s0, s1, x) ldrs(nOFF, a, x); fmlalane(x, vB0, s0); fmlalane(x, vB1, s1)
#define PRODUCT4(a, s0, s1, x) ldrs(nOFF, a, x); fmlalane(x, vB0, s0)

#define ROWBIAS8(a, s0, s1, x) ld1r(nP, x); ADD $4, P; fadd(x, s0, s0); fadd(x, s1, s1)
#define ROWBIAS4(a, s0, s1, x) ld1r(nP, x); ADD $4, P; fadd(x, s0, s0)

#define BIAS8(a, s0, s1, x) fadd(vB0, s0, s0); fadd(vB1, s1, s1)
#define BIAS4(a, s0, s1, x) fadd(vB0, s0, s0)

// FLUSH replaces zeros and subnormal numbers in v by +0: their exponent bits are zero.
#define FLUSH(v)               cmtst(vINF, v, vX0); and(vX0, v, v)
#define FLUSH8(a, s0, s1, x)   FLUSH(s0); FLUSH(s1)
#define FLUSH4(a, s0, s1, x)   FLUSH(s0)

// The sums, as gradients, become the weights that were moved against them.
#define MOVE8(a, s0, s1, x) \
	ldrq0(nP, vX0);              \
	ldrq(nLAST, nP, vX1);        \
	fmls(vRATE, s0, vX0);        \
	fmls(vRATE, s1, vX1);        \
	mov(vX0, s0);                \
	mov(vX1, s1);                \
	ADD CI, P
#define MOVE4(a, s0, s1, x) ldrq0(nP, vX0); fmls(vRATE, s0, vX0); mov(vX0, s0); ADD CI, P
#define MOVE3(a, s0, s1, x) GETEDGE(P, nP, vX0); fmls(vRATE, s0, vX0); mov(vX0, s0); ADD CI, P

// Squares are added to vB0 and vB1: of the sums as they are, or times the scale.
#define SQUARE8(a, s0, s1, x) fmla(s0, s0, vB0); fmla(s1, s1, vB1)
#define SQUARE4(a, s0, s1, x) fmla(s0, s0, vB0)
#define SCALED8(a, s0, s1, x) \
	fmul(vSCALE, s0, vX0);       \
	fmul(vSCALE, s1, vX1);       \
	fmla(vX0, vX0, vB0);         \
	fmla(vX1, vX1, vB1)
#define SCALED4(a, s0, s1, x) fmul(vSCALE, s0, vX0); fmla(vX0, vX0, vB0)

// A row of B into vB0 and vB1; and one at P (biases, or sums of squares), and back.
#define ROWOFB8 ldrq0(nB, vB0); ldrq(nLAST, nB, vB1)
#define ROWOFB4 ldrq0(nB, vB0)
#define ROWOFB3 GETEDGE(B, nB, vB0)
#define GET8 ldrq0(nP, vB0); ldrq(nLAST, nP, vB1)
#define GET4 ldrq0(nP, vB0)
#define GET3 GETEDGE(P, nP, vB0)
#define PUT8 strq0(nP, vB0); strq(nLAST, nP, vB1)
#define PUT4 strq0(nP, vB0)
#define PUT3 PUTEDGE(P, nP, vB0)

// The fields of tileArgs; a test compares their offsets with Go's. On this machine aAt … say how far a tile
// is from the first one.
#define fieldK1      0(ARGS)
#define fieldK2      8(ARGS)
#define fieldK3      16(ARGS)
#define fieldA       32(ARGS)
#define fieldAI      40(ARGS)
#define fieldA1      48(ARGS)
#define fieldA2      56(ARGS)
#define fieldA3      64(ARGS)
#define fieldB       72(ARGS)
#define fieldB1      80(ARGS)
#define fieldB2      88(ARGS)
#define fieldB3      96(ARGS)
#define fieldC       104(ARGS)
#define fieldCI      112(ARGS)
#define fieldBias    120(ARGS)
#define fieldRowBias 128(ARGS)
#define fieldCount   136(ARGS)
#define fieldANext   144(ARGS)
#define fieldBNext   152(ARGS)
#define fieldCNext   160(ARGS)
#define fieldLoad    184(ARGS)
#define fieldLast    192(ARGS)
#define fieldStep    200(ARGS)
#define fieldAAt     216(ARGS)
#define fieldBAt     224(ARGS)
#define fieldCAt     232(ARGS)
#define fieldRate    240(ARGS)
#define fieldScale   244(ARGS)
#define fieldSums    248(ARGS)
#define fieldSumsI   256(ARGS)
#define fieldSumsAt  264(ARGS)
#define fieldN       272(ARGS)

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
	MOVD ZR, fieldAAt;           \
	MOVD ZR, fieldBAt;           \
	MOVD ZR, fieldCAt;           \
	MOVD ZR, fieldSumsAt;        \
	MOVD fieldA1, A1;            \
	MOVD fieldB1, B1;            \
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

// AT sets P to where this tile's part is; MOVEON adds the step of a field to another one.
#define AT(field, at) MOVD field, P; MOVD at, T; ADD T, P
#define MOVEON(at, step) MOVD at, P; MOVD step, T; ADD T, P; MOVD P, at

#define TILE(ROWS, COLUMNS, READ, ROWOFB, PRODUCT, ROWBIAS, GET, PUT, BIAS, FLUSHROW, SCALED, MOVE, SQUARE, WRITE) \
	BEGIN;                       \
	COLUMNS;                     \
tile: \
	ROWS(CLEAR);                 \
	MOVD fieldLoad, T;           \
	CBZ  T, start;               \
	AT(fieldC, fieldCAt);        \
	ROWS(READ);                  \
start: \
	AT(fieldB, fieldBAt);        \
	MOVD P, B;                   \
	MOVD fieldAAt, OFF;          \
	MOVD fieldK3, K3;            \
runs: \
	MOVD fieldK2, K2;            \
run: \
	MOVD fieldK1, K1;            \
product: \
	ROWOFB;                      \
	ROWS(PRODUCT);               \
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
	MOVD fieldA3, T;             \
	ADD  T, OFF;                 \
	MOVD fieldB3, T;             \
	ADD  T, B;                   \
	SUBS $1, K3;                 \
	BNE  runs;                   \
	MOVD fieldRowBias, P;        \
	CBZ  P, bias;                \
	ROWS(ROWBIAS);               \
bias: \
	MOVD fieldBias, P;           \
	CBZ  P, flush;               \
	GET;                         \
	ROWS(BIAS);                  \
flush: \
	MOVD $0x7f800000, T;         \
	VDUP T, V28.S4;              \
	MOVD fieldLast, T;           \
	CBZ  T, step;                \
	ROWS(FLUSHROW);              \
step: \
	MOVD fieldStep, T;           \
	CBZ  T, store;               \
	MOVD fieldSums, T;           \
	CBZ  T, move;                \
	FMOVS fieldScale, F27;       \
	VDUP V27.S[0], V27.S4;       \
	AT(fieldSums, fieldSumsAt);  \
	GET;                         \
	ROWS(SCALED);                \
	PUT;                         \
move: \
	FMOVS fieldRate, F26;        \
	VDUP V26.S[0], V26.S4;       \
	AT(fieldC, fieldCAt);        \
	ROWS(MOVE);                  \
	ROWS(FLUSHROW);              \
	MOVD fieldSums, T;           \
	CBZ  T, store;               \
	AT(fieldSums, fieldSumsAt);  \
	MOVD fieldSumsI, T;          \
	ADD  T, P;                   \
	GET;                         \
	ROWS(SQUARE);                \
	PUT;                         \
store: \
	AT(fieldC, fieldCAt);        \
	ROWS(WRITE);                 \
	MOVEON(fieldAAt, fieldANext); \
	MOVEON(fieldBAt, fieldBNext); \
	MOVEON(fieldCAt, fieldCNext); \
	MOVEON(fieldSumsAt, $32);    \
	MOVD fieldCount, T;          \
	SUBS $1, T;                  \
	MOVD T, fieldCount;          \
	BNE  tile;                   \
	RET

#define TILE8(ROWS) TILE(ROWS, COLUMNS8, READ8, ROWOFB8, PRODUCT8, ROWBIAS8, GET8, PUT8, BIAS8, FLUSH8, SCALED8, MOVE8, SQUARE8, WRITE8)
#define TILE4(ROWS) TILE(ROWS, COLUMNS4, READ4, ROWOFB4, PRODUCT4, ROWBIAS4, GET4, PUT4, BIAS4, FLUSH4, SCALED4, MOVE4, SQUARE4, WRITE4)
#define TILE3(ROWS) TILE(ROWS, COLUMNS3, READ3, ROWOFB3, PRODUCT4, ROWBIAS4, GET3, PUT3, BIAS4, FLUSH4, SCALED4, MOVE3, SQUARE4, WRITE3)

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
