// The sequences of package canon, for float32. The comments there explain them; every line here must
// round as the line there does. What is in v is used up unless said otherwise; t, n, … are registers
// for what comes between. Rule 7 of the contract says what is built on them.

// Numbers of neonNumbers (elementwise_arm64.go), which lie in V24 … V31.
#define cNormPoly    0 // eleven, highest power first
#define cNormK       11
#define cNormInvK    12
#define cNormMax     13
#define cNormDensity 14
#define cHalf        15
#define cLog2E       16
#define cLn2Hi       17
#define cLn2Lo       18
#define cMagic       19
#define cExpPoly     20 // five, highest power first
#define cExpMax      25
#define cExpMin      26
#define cTanhMax     27
#define cTwo         28

// Registers that hold one number in every lane; NUMBERS loads them all.
#define vONE   16 // as an integer, 127<<23
#define vINF   17 // the exponent bits
#define vSIGN  18
#define vMAGIC 19
#define vLOW   20 // expMin
#define vHIGH  21 // expMax or tanhMax or normMax
#define vTWO   22 // or normK

#define COMMON \
	FMOVS $(1.0), F16;             \
	VDUP  V16.S[0], V16.S4;        \
	MOVD  $0x7f800000, NEAR;       \
	VDUP  NEAR, V17.S4;            \
	signs(vSIGN)

#define NUMBERS(high, two) \
	MOVD $·neonNumbers(SB), NEAR;  \
	VLD1.P 64(NEAR), [V24.S4, V25.S4, V26.S4, V27.S4]; \
	VLD1 (NEAR), [V28.S4, V29.S4, V30.S4, V31.S4]; \
	COMMON;                        \
	dupc(cMagic, vMAGIC);          \
	dupc(cExpMin, vLOW);           \
	dupc(high, vHIGH);             \
	dupc(two, vTWO)

// FLUSH replaces zeros and subnormal numbers in v by +0: their exponent bits are zero.
#define FLUSH(v, t) cmtst(vINF, v, t); and(t, v, v)

// REDUCE is canon.reduce, of v, in place; n comes as a float32 and, in the low bits of t, as an integer.
#define REDUCE(v, t, n) \
	dupc(cMagic, t);               \
	fmlac(cLog2E, v, t);           \
	fsub(vMAGIC, t, n);            \
	fmlsc(cLn2Hi, n, v);           \
	fmlsc(cLn2Lo, n, v)

// EXPM1 is exp(v)−1 for a reduced v, in place.
#define EXPM1(v, square, p, q) \
	dupc(cExpPoly+1, p);           \
	fmlac(cExpPoly, v, p);         \
	dupc(cExpPoly+2, q);           \
	fmla(v, p, q);                 \
	dupc(cExpPoly+3, p);           \
	fmla(v, q, p);                 \
	dupc(cExpPoly+4, q);           \
	fmla(v, p, q);                 \
	fmul(v, v, square);            \
	fmla(square, q, v)

// POW2 turns t into 2ⁿ, for n in the normal range.
#define POW2(t) shl(23, t, t); add(vONE, t, t)

// SCALE is v·2ⁿ with t from REDUCE, rounded once, in place.
#define SCALE(v, t, half) \
	sub(vMAGIC, t, t);             \
	sshr(1, t, half);              \
	sub(half, t, t);               \
	POW2(half);                    \
	POW2(t);                       \
	fmul(half, v, v);              \
	fmul(t, v, v)

// EXPCLAMPED is eᵛ for v that is clamped already, in place.
#define EXPCLAMPED(v, t, n, p, q) \
	REDUCE(v, t, n);               \
	EXPM1(v, n, p, q);             \
	fadd(vONE, v, v);              \
	SCALE(v, t, n)

// EXP is canon.Exp. The minimum and the maximum pass NaN.
#define EXP(v, t, n, p, q) \
	fmin(vHIGH, v, v);             \
	fmax(vLOW, v, v);              \
	EXPCLAMPED(v, t, n, p, q)

// TANHHALF makes v the tanh of |z|/2 with the sign of v; vHIGH is tanhMax, vTWO 2.
#define TANHHALF(v, z, t, n, p, q) \
	fabs(z, z);                    \
	fmin(vHIGH, z, z);             \
	REDUCE(z, t, n);               \
	EXPM1(z, n, p, q);             \
	POW2(t);                       \
	fsub(vONE, t, n);              \
	fmla(z, t, n);                 \
	fadd(vTWO, n, p);              \
	fdiv(p, n, p);                 \
	fmulc(cHalf, n, q);            \
	mov(q, t);                     \
	fmls(p, q, t);                 \
	fcmgt(n, vONE, z);             \
	bit(z, t, p);                  \
	bif(vSIGN, p, v)

// SIGMOID makes y the sigmoid of v, which stays.
#define SIGMOID(v, y, t, n, p, q) \
	fabs(v, y);                    \
	fneg(y, y);                    \
	fmax(vLOW, y, y);              \
	EXPCLAMPED(y, t, n, p, q);     \
	fadd(vONE, y, t);              \
	fdiv(t, y, t);                 \
	fcmlt0(v, n);                  \
	bif(n, vONE, y);               \
	mov(y, p);                     \
	fmls(t, p, y)

// NORMALTAIL is canon.normalTail of v, which stays, with a = |v| clamped; vHIGH is normMax, vTWO normK.
#define NORMALTAIL(v, tail, e, t, a, p, q, r) \
	fabs(v, a);                    \
	fmin(vHIGH, a, a);             \
	fadd(vTWO, a, p);              \
	fdiv(p, a, q);                 \
	mov(a, r);                     \
	fmls(p, q, r);                 \
	fsub(q, vONE, tail);           \
	fmulc(cNormInvK, tail, e);     \
	fmls(e, r, tail);              \
	dupc(cNormPoly+1, p);          \
	fmlac(cNormPoly, q, p);        \
	dupc(cNormPoly+2, r);          \
	fmla(q, p, r);                 \
	dupc(cNormPoly+3, p);          \
	fmla(q, r, p);                 \
	dupc(cNormPoly+4, r);          \
	fmla(q, p, r);                 \
	dupc(cNormPoly+5, p);          \
	fmla(q, r, p);                 \
	dupc(cNormPoly+6, r);          \
	fmla(q, p, r);                 \
	dupc(cNormPoly+7, p);          \
	fmla(q, r, p);                 \
	dupc(cNormPoly+8, r);          \
	fmla(q, p, r);                 \
	dupc(cNormPoly+9, p);          \
	fmla(q, r, p);                 \
	dupc(cNormPoly+10, r);         \
	fmla(q, p, r);                 \
	fmul(r, tail, tail);           \
	fmul(a, a, p);                 \
	fneg(p, q);                    \
	fmla(a, a, q);                 \
	fmulc(cHalf, p, e);            \
	fneg(e, e);                    \
	REDUCE(e, t, p);               \
	fmlsc(cHalf, q, e);            \
	EXPM1(e, p, q, r);             \
	fadd(vONE, e, e);              \
	fmul(e, tail, tail)

// MIRROR leaves w where v is negative, 1−w elsewhere, in place.
#define MIRROR(v, w, t, p) \
	fsub(w, vONE, t);              \
	fcmlt0(v, p);                  \
	bif(p, t, w)
