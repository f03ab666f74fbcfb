#include "textflag.h"
#include "neon_arm64.h"
#include "functions_neon_arm64.h"
#include "loops_neon_arm64.h"

#define EXPBODY(a, b, c, t) EXP(0, 1, 2, 3, 4)

// func exp128(dst, src *float32, n int)
TEXT ·exp128(SB), NOSPLIT, $0-24
	UNARYBEGIN
	NUMBERS(cExpMax)
	EXPTABLES
	UNARY(EXPBODY)

#define TANHBODY(a, b, c, t) fabs(0, 1); TANH(0, 1, 2, 3, 4, 5); FLUSH(0, 1)

// func tanh128(dst, src *float32, n int)
TEXT ·tanh128(SB), NOSPLIT, $0-24
	UNARYBEGIN
	NUMBERS(cTanhMax)
	UNARY(TANHBODY)

#define TANHHALFBODY(a, b, c, t) fabs(0, 1); fmulc(cHalf, 1, 1); TANH(0, 1, 2, 3, 4, 5); FLUSH(0, 1)

// func tanhHalf128(dst, src *float32, n int)
TEXT ·tanhHalf128(SB), NOSPLIT, $0-24
	UNARYBEGIN
	NUMBERS(cTanhMax)
	UNARY(TANHHALFBODY)

#define SIGMOIDBODY(a, b, c, t) mov(0, 6); SIGMOID(6, 0, 2, 3, 4, 5); FLUSH(0, 1)

// func sigmoid128(dst, src *float32, n int)
TEXT ·sigmoid128(SB), NOSPLIT, $0-24
	UNARYBEGIN
	NUMBERS(cExpMax)
	EXPTABLES
	UNARY(SIGMOIDBODY)

#define SILUBODY(a, b, c, t) SIGMOID(0, 1, 2, 3, 4, 5); fmul(1, 0, 0); FLUSH(0, 1)

// func silu128(dst, src *float32, n int)
TEXT ·silu128(SB), NOSPLIT, $0-24
	UNARYBEGIN
	NUMBERS(cExpMax)
	EXPTABLES
	UNARY(SILUBODY)

#define GELUBODY(a, b, c, t) \
	NORMALTAIL(0, 1, 2, 3, 4, 5, 6, 7); \
	SCALE(1, 3, 6);        \
	MIRROR(0, 1, 2, 3);    \
	fmul(1, 0, 0);         \
	FLUSH(0, 1)

// func gelu128(dst, src *float32, n int)
TEXT ·gelu128(SB), NOSPLIT, $0-24
	UNARYBEGIN
	NUMBERS(cNormMax)
	EXPTABLES
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

#define FLUSHBODY(a, b, c, t) FLUSH(a, t)

// func flush128(dst, src *float32, n int)
TEXT ·flush128(SB), NOSPLIT, $0-24
	UNARYBEGIN
	COMMON
	UNARY4(FLUSHBODY)

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
	NUMBERS(cTanhMax)
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
	SIGMOID(4, 1, 2, 3, 5, 6); \
	fsub(1, vONE, 2);      \
	mov(vONE, 3);          \
	fmla(2, 4, 3);         \
	fmul(3, 1, 1);         \
	fmul(1, 0, 0);         \
	FLUSH(0, 1)

// func siluGrad128(dst, dy, x *float32, n int)
TEXT ·siluGrad128(SB), NOSPLIT, $0-32
	BINARYBEGIN
	NUMBERS(cExpMax)
	EXPTABLES
	BINARY(SILUGRADBODY)

#define GELUGRADBODY(a, b, c, t) \
	NORMALTAIL(4, 1, 2, 3, 23, 5, 6, 7); \
	fmulc(cNormDensity, 23, 5); \
	fmls(2, 5, 1);         \
	SCALE(1, 3, 6);        \
	MIRROR(4, 1, 2, 3);    \
	fmul(1, 0, 0);         \
	FLUSH(0, 1)

// func geluGrad128(dst, dy, x *float32, n int)
TEXT ·geluGrad128(SB), NOSPLIT, $0-32
	BINARYBEGIN
	NUMBERS(cNormMax)
	EXPTABLES
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
