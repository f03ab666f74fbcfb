#include "textflag.h"
#include "neon_arm64.h"
#include "functions_neon_arm64.h"

// A kernel is a body for one vector of each argument, in a loop: a is the first argument and the result,
// b and c are further ones, t is free. Cheap bodies run for four vectors at a time. The last one to three
// elements are an edge (see neon_arm64.h). Long bodies take vector 0 alone, and 1 … 15 as they like; the
// processor overlaps one round with the next.
//
// Registers: R0, R1, R2 pointers, R3 the elements left.

#define FOUR(BODY) BODY(0, 4, 8, 12); BODY(1, 5, 9, 13); BODY(2, 6, 10, 14); BODY(3, 7, 11, 15)

#define LOOP(GET1, GETREST, BODY, PUT1, PUTREST) \
	SUBS $4, R3;           \
	BLT  rest;             \
one: \
	GET1;                  \
	BODY(0, 4, 8, 12);     \
	PUT1;                  \
	SUBS $4, R3;           \
	BGE  one;              \
rest: \
	ADDS $4, R3;           \
	BEQ  done;             \
	EDGE(R3);              \
	GETREST;               \
	BODY(0, 4, 8, 12);     \
	PUTREST;               \
done: \
	RET

#define LOOP4(GET4, BODY, PUT4) \
	SUBS $16, R3;          \
	BLT  fewer;            \
four: \
	GET4;                  \
	FOUR(BODY);            \
	PUT4;                  \
	SUBS $16, R3;          \
	BGE  four;             \
fewer: \
	ADD  $16, R3

// dst at R0 = f(src at R1).
#define UNARYGET4    VLD1.P 64(R1), [V0.S4, V1.S4, V2.S4, V3.S4]
#define UNARYGET1    VLD1.P 16(R1), [V0.S4]
#define UNARYGETREST GETEDGE(R1, 1, 0)
#define PUT4         VST1.P [V0.S4, V1.S4, V2.S4, V3.S4], 64(R0)
#define PUT1         VST1.P [V0.S4], 16(R0)
#define PUTREST      PUTEDGE(R0, 0, 0)
#define UNARYBEGIN \
	MOVD dst+0(FP), R0;    \
	MOVD src+8(FP), R1;    \
	MOVD n+16(FP), R3
#define UNARY(BODY)  LOOP(UNARYGET1, UNARYGETREST, BODY, PUT1, PUTREST)
#define UNARY4(BODY) LOOP4(UNARYGET4, BODY, PUT4); UNARY(BODY)

// dst at R0 = f(dy at R1, x at R2).
#define BINARYGET4    UNARYGET4; VLD1.P 64(R2), [V4.S4, V5.S4, V6.S4, V7.S4]
#define BINARYGET1    UNARYGET1; VLD1.P 16(R2), [V4.S4]
#define BINARYGETREST UNARYGETREST; GETEDGE(R2, 2, 4)
#define BINARYBEGIN \
	MOVD dst+0(FP), R0;    \
	MOVD dy+8(FP), R1;     \
	MOVD x+16(FP), R2;     \
	MOVD n+24(FP), R3
#define BINARY(BODY)  LOOP(BINARYGET1, BINARYGETREST, BODY, PUT1, PUTREST)
#define BINARY4(BODY) LOOP4(BINARYGET4, BODY, PUT4); BINARY(BODY)

#define EXPBODY(a, b, c, t) EXP(0, 1, 2, 3, 4)

// func exp128(dst, src *float32, n int)
TEXT ·exp128(SB), NOSPLIT, $0-24
	UNARYBEGIN
	NUMBERS(cExpMax, cTwo)
	UNARY(EXPBODY)

#define TANHBODY(a, b, c, t) fadd(0, 0, 1); TANHHALF(0, 1, 2, 3, 4, 5); FLUSH(0, 1)

// func tanh128(dst, src *float32, n int)
TEXT ·tanh128(SB), NOSPLIT, $0-24
	UNARYBEGIN
	NUMBERS(cTanhMax, cTwo)
	UNARY(TANHBODY)

#define TANHHALFBODY(a, b, c, t) mov(0, 1); TANHHALF(0, 1, 2, 3, 4, 5); FLUSH(0, 1)

// func tanhHalf128(dst, src *float32, n int)
TEXT ·tanhHalf128(SB), NOSPLIT, $0-24
	UNARYBEGIN
	NUMBERS(cTanhMax, cTwo)
	UNARY(TANHHALFBODY)

#define SIGMOIDBODY(a, b, c, t) mov(0, 6); SIGMOID(6, 0, 2, 3, 4, 5); FLUSH(0, 1)

// func sigmoid128(dst, src *float32, n int)
TEXT ·sigmoid128(SB), NOSPLIT, $0-24
	UNARYBEGIN
	NUMBERS(cExpMax, cTwo)
	UNARY(SIGMOIDBODY)

#define SILUBODY(a, b, c, t) SIGMOID(0, 1, 2, 3, 4, 5); fmul(1, 0, 0); FLUSH(0, 1)

// func silu128(dst, src *float32, n int)
TEXT ·silu128(SB), NOSPLIT, $0-24
	UNARYBEGIN
	NUMBERS(cExpMax, cTwo)
	UNARY(SILUBODY)

#define GELUBODY(a, b, c, t) \
	NORMALTAIL(0, 1, 2, 3, 5, 6, 7, 8); \
	SCALE(1, 3, 6);        \
	MIRROR(0, 1, 2, 3);    \
	fmul(1, 0, 0);         \
	FLUSH(0, 1)

// func gelu128(dst, src *float32, n int)
TEXT ·gelu128(SB), NOSPLIT, $0-24
	UNARYBEGIN
	NUMBERS(cNormMax, cNormK)
	UNARY(GELUBODY)

// max(x, +0): NaN passes, −0 becomes +0.
#define RELUBODY(a, b, c, t) fmax(b, a, a); FLUSH(a, t)
#define ZEROS zero(4); zero(5); zero(6); zero(7)

// func relu128(dst, src *float32, n int)
TEXT ·relu128(SB), NOSPLIT, $0-24
	UNARYBEGIN
	COMMON
	ZEROS
	UNARY4(RELUBODY)

// The gradients take dy in a and y (or x) in b.

#define TANHGRADBODY(a, b, c, t) mov(vONE, t); fmls(b, b, t); fmul(t, a, a); FLUSH(a, t)

// func tanhGrad128(dst, dy, x *float32, n int)
TEXT ·tanhGrad128(SB), NOSPLIT, $0-32
	BINARYBEGIN
	COMMON
	BINARY4(TANHGRADBODY)

#define TANHHALFGRADBODY(a, b, c, t) \
	mov(vONE, t);          \
	fmls(b, b, t);         \
	fmulc(cHalf, t, t);    \
	fmul(t, a, a);         \
	FLUSH(a, t)

// func tanhHalfGrad128(dst, dy, x *float32, n int)
TEXT ·tanhHalfGrad128(SB), NOSPLIT, $0-32
	BINARYBEGIN
	NUMBERS(cTanhMax, cTwo)
	BINARY4(TANHHALFGRADBODY)

#define SIGMOIDGRADBODY(a, b, c, t) fsub(b, vONE, t); fmul(b, a, a); fmul(t, a, a); FLUSH(a, t)

// func sigmoidGrad128(dst, dy, x *float32, n int)
TEXT ·sigmoidGrad128(SB), NOSPLIT, $0-32
	BINARYBEGIN
	COMMON
	BINARY4(SIGMOIDGRADBODY)

// +0 where y <= 0, which is false for NaN.
#define RELUGRADBODY(a, b, c, t) fcmle0(b, b); bic(b, a, a); FLUSH(a, t)

// func reluGrad128(dst, dy, x *float32, n int)
TEXT ·reluGrad128(SB), NOSPLIT, $0-32
	BINARYBEGIN
	COMMON
	BINARY4(RELUGRADBODY)

#define SILUGRADBODY(a, b, c, t) \
	SIGMOID(4, 5, 6, 7, 8, 9); \
	fsub(5, vONE, 6);      \
	mov(vONE, 7);          \
	fmla(6, 4, 7);         \
	fmul(7, 5, 5);         \
	fmul(5, 0, 0);         \
	FLUSH(0, 1)

// func siluGrad128(dst, dy, x *float32, n int)
TEXT ·siluGrad128(SB), NOSPLIT, $0-32
	BINARYBEGIN
	NUMBERS(cExpMax, cTwo)
	BINARY(SILUGRADBODY)

#define GELUGRADBODY(a, b, c, t) \
	NORMALTAIL(4, 1, 2, 3, 5, 6, 7, 8); \
	fmulc(cNormDensity, 5, 5); \
	fmls(2, 5, 1);         \
	SCALE(1, 3, 6);        \
	MIRROR(4, 1, 2, 3);    \
	fmul(1, 0, 0);         \
	FLUSH(0, 1)

// func geluGrad128(dst, dy, x *float32, n int)
TEXT ·geluGrad128(SB), NOSPLIT, $0-32
	BINARYBEGIN
	NUMBERS(cNormMax, cNormK)
	BINARY(GELUGRADBODY)

// LeakyReLU and its gradient: the value where x > 0, slope times it elsewhere.
#define vSLOPE 20
#define LEAKYBODY(a, b, c, t) fcmgt0(a, b); fmul(vSLOPE, a, t); bif(b, t, a); FLUSH(a, t)
#define LEAKYGRADBODY(a, b, c, t) fcmgt0(b, b); fmul(vSLOPE, a, t); bif(b, t, a); FLUSH(a, t)

// func leakyReLU128(dst, src *float32, n int, slope float32)
TEXT ·leakyReLU128(SB), NOSPLIT, $0-28
	UNARYBEGIN
	COMMON
	FMOVS slope+24(FP), F20
	VDUP  V20.S[0], V20.S4
	UNARY4(LEAKYBODY)

// func leakyReLUGrad128(dst, dy, x *float32, n int, slope float32)
TEXT ·leakyReLUGrad128(SB), NOSPLIT, $0-36
	BINARYBEGIN
	COMMON
	FMOVS slope+32(FP), F20
	VDUP  V20.S[0], V20.S4
	BINARY4(LEAKYGRADBODY)

// The updates by stochastic gradient descent: weights at R0 in a, their gradient at R1 in b and, with
// momentum, the velocity at R2 in c.
#define vRATE     20
#define vMOMENTUM 21
#define vDECAY    22

#define SGDGET4     VLD1 (R0), [V0.S4, V1.S4, V2.S4, V3.S4]; VLD1.P 64(R1), [V4.S4, V5.S4, V6.S4, V7.S4]
#define SGDGET1     VLD1 (R0), [V0.S4]; VLD1.P 16(R1), [V4.S4]
#define SGDGETREST  GETEDGE(R0, 0, 0); GETEDGE(R1, 1, 4)
#define SGDVGET4    SGDGET4; VLD1 (R2), [V8.S4, V9.S4, V10.S4, V11.S4]
#define SGDVGET1    SGDGET1; VLD1 (R2), [V8.S4]
#define SGDVGETREST SGDGETREST; GETEDGE(R2, 2, 8)
#define SGDVPUT4    PUT4; VST1.P [V8.S4, V9.S4, V10.S4, V11.S4], 64(R2)
#define SGDVPUT1    PUT1; VST1.P [V8.S4], 16(R2)
#define SGDVPUTREST PUTREST; PUTEDGE(R2, 2, 8)

#define SGDBEGIN \
	MOVD  w+0(FP), R0;           \
	MOVD  grad+8(FP), R1;        \
	MOVD  v+16(FP), R2;          \
	MOVD  n+24(FP), R3;          \
	FMOVS rate+32(FP), F20;      \
	VDUP  V20.S[0], V20.S4;      \
	FMOVS momentum+36(FP), F21;  \
	VDUP  V21.S[0], V21.S4;      \
	FMOVS decay+40(FP), F22;     \
	VDUP  V22.S[0], V22.S4;      \
	COMMON
#define SGD(BODY)  LOOP4(SGDGET4, BODY, PUT4); LOOP(SGDGET1, SGDGETREST, BODY, PUT1, PUTREST)
#define SGDV(BODY) LOOP4(SGDVGET4, BODY, SGDVPUT4); LOOP(SGDVGET1, SGDVGETREST, BODY, SGDVPUT1, SGDVPUTREST)

// d = fma(λ, w, g)
#define DECAY(a, b) fmla(vDECAY, a, b)

// v = flush(fma(μ, v, d))
#define VELOCITY(b, c, t) mov(b, t); fmla(vMOMENTUM, c, t); cmtst(vINF, t, c); and(t, c, c)

// w = flush(fma(−η, d, w))
#define DESCEND(d, a, t) fmls(vRATE, d, a); FLUSH(a, t)

#define SGDBODY(a, b, c, t)           DESCEND(b, a, t)
#define SGDDECAYBODY(a, b, c, t)      DECAY(a, b); SGDBODY(a, b, c, t)
#define MOMENTUMBODY(a, b, c, t)      VELOCITY(b, c, t); DESCEND(c, a, t)
#define MOMENTUMDECAYBODY(a, b, c, t) DECAY(a, b); MOMENTUMBODY(a, b, c, t)
#define NESTEROVBODY(a, b, c, t)      VELOCITY(b, c, t); fmla(vMOMENTUM, c, b); DESCEND(b, a, t)
#define NESTEROVDECAYBODY(a, b, c, t) DECAY(a, b); NESTEROVBODY(a, b, c, t)

// func sgd128(w, grad, v *float32, n int, rate, momentum, decay float32)
TEXT ·sgd128(SB), NOSPLIT, $0-44
	SGDBEGIN
	SGD(SGDBODY)

// func sgdDecay128(w, grad, v *float32, n int, rate, momentum, decay float32)
TEXT ·sgdDecay128(SB), NOSPLIT, $0-44
	SGDBEGIN
	SGD(SGDDECAYBODY)

// func sgdMomentum128(w, grad, v *float32, n int, rate, momentum, decay float32)
TEXT ·sgdMomentum128(SB), NOSPLIT, $0-44
	SGDBEGIN
	SGDV(MOMENTUMBODY)

// func sgdMomentumDecay128(w, grad, v *float32, n int, rate, momentum, decay float32)
TEXT ·sgdMomentumDecay128(SB), NOSPLIT, $0-44
	SGDBEGIN
	SGDV(MOMENTUMDECAYBODY)

// func sgdNesterov128(w, grad, v *float32, n int, rate, momentum, decay float32)
TEXT ·sgdNesterov128(SB), NOSPLIT, $0-44
	SGDBEGIN
	SGDV(NESTEROVBODY)

// func sgdNesterovDecay128(w, grad, v *float32, n int, rate, momentum, decay float32)
TEXT ·sgdNesterovDecay128(SB), NOSPLIT, $0-44
	SGDBEGIN
	SGDV(NESTEROVDECAYBODY)
