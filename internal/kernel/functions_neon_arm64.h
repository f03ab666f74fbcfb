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
#define cExpPoly     20 // three, highest power first
#define cBytes       23 // the bytes 0, 1, 2, 3
#define cFours       24 // four bytes of 4
#define cExpMax      25
#define cExpMin      26
#define cTanhMax     27

// Registers that hold one number in every lane; NUMBERS loads them all.
#define vONE   16 // as an integer, 127<<23
#define vINF   17 // the exponent bits
#define vSIGN  18
#define vMAGIC 19
#define vLOW   20 // expMin
#define vHIGH  21 // expMax or tanhMax or normMax
#define vIN16  22 // as an integer, 15

#define COMMON \
	FMOVS $(1.0), F16;             \
	VDUP  V16.S[0], V16.S4;        \
	MOVD  $0x7f800000, NEAR;       \
	VDUP  NEAR, V17.S4;            \
	signs(vSIGN)

#define NUMBERS(high) \
	MOVD $·neonNumbers(SB), NEAR;  \
	VLD1.P 64(NEAR), [V24.S4, V25.S4, V26.S4, V27.S4]; \
	VLD1 (NEAR), [V28.S4, V29.S4, V30.S4, V31.S4]; \
	COMMON;                        \
	dupc(cMagic, vMAGIC);          \
	dupc(cExpMin, vLOW);           \
	dupc(high, vHIGH);             \
	MOVD $15, NEAR;                \
	VDUP NEAR, V22.S4

// Tables of sixteen numbers are four registers: V8 … V11 and V12 … V15. EXPTABLES loads those of exp, the
// powers of 2 and their errors.
#define EXPTABLES \
	MOVD $·neonExp(SB), NEAR;      \
	VLD1.P 64(NEAR), [V8.S4, V9.S4, V10.S4, V11.S4]; \
	VLD1 (NEAR), [V12.S4, V13.S4, V14.S4, V15.S4]

// BYTES makes of the low four bits of v where in a table the bytes of a number are: 4v, 4v+1, 4v+2, 4v+3.
#define BYTES(v, t, bytes) \
	dupc(cBytes, bytes);           \
	and(vIN16, v, t);              \
	mlac(cFours, t, bytes)

// FLUSH replaces zeros and subnormal numbers in v by +0: their exponent bits are zero.
#define FLUSH(v, t) cmtst(vINF, v, t); and(t, v, v)

// REDUCE is canon.reduce, of v, in place; f comes in n as a float32 and, in the low bits of t, as a number
// of sixteenths.
#define REDUCE(v, t, n) \
	dupc(cMagic, t);               \
	fmlac(cLog2E, v, t);           \
	fsub(vMAGIC, t, n);            \
	fmlsc(cLn2Hi, n, v);           \
	fmlsc(cLn2Lo, n, v)

// EXPREDUCED is canon.expReduced of v and t, in place.
#define EXPREDUCED(v, t, n, p, q) \
	dupc(cExpPoly+1, p);           \
	fmlac(cExpPoly, v, p);         \
	dupc(cExpPoly+2, q);           \
	fmla(v, p, q);                 \
	BYTES(t, p, n);                \
	tbl12(n, p);                   \
	fmla(v, q, p);                 \
	tbl8(n, q);                    \
	mov(q, v);                     \
	fmla(q, p, v)

// POW2 turns t into 2ⁿ, for n in the normal range.
#define POW2(t) shl(23, t, t); add(vONE, t, t)

// SCALE is v·2^⌊n/16⌋ with n in t from REDUCE, rounded once, in place.
#define SCALE(v, t, half) \
	sub(vMAGIC, t, t);             \
	sshr(4, t, t);                 \
	sshr(1, t, half);              \
	sub(half, t, t);               \
	POW2(half);                    \
	POW2(t);                       \
	fmul(half, v, v);              \
	fmul(t, v, v)

// EXPCLAMPED is eᵛ for v that is clamped already, in place.
#define EXPCLAMPED(v, t, n, p, q) \
	REDUCE(v, t, n);               \
	EXPREDUCED(v, t, n, p, q);     \
	SCALE(v, t, n)

// EXP is canon.Exp. The minimum and the maximum pass NaN.
#define EXP(v, t, n, p, q) \
	fmin(vHIGH, v, v);             \
	fmax(vLOW, v, v);              \
	EXPCLAMPED(v, t, n, p, q)

// TANH makes v the tanh of z, which is not negative, with the sign of v; vHIGH is tanhMax. Intervals are
// counted by the four bits above the lowest 21 of z+1. There are more coefficients than registers: each
// power's are loaded when its turn comes.
#define TANHTABLE(n, c) VLD1.P 64(R4), [V8.S4, V9.S4, V10.S4, V11.S4]; tbl8(n, c)
#define TANH(v, z, t, n, p, q) \
	MOVD $·neonTanh(SB), R4;       \
	fmin(vHIGH, z, z);             \
	fadd(vONE, z, t);              \
	ushr(21, t, t);                \
	BYTES(t, p, n);                \
	shl(21, t, t);                 \
	fsub(vONE, t, t);              \
	fsub(t, z, z);                 \
	TANHTABLE(n, p);               \
	TANHTABLE(n, q);               \
	fmla(z, p, q);                 \
	TANHTABLE(n, p);               \
	fmla(z, q, p);                 \
	TANHTABLE(n, q);               \
	fmla(z, p, q);                 \
	TANHTABLE(n, p);               \
	fmla(z, q, p);                 \
	TANHTABLE(n, q);               \
	fmla(z, p, q);                 \
	TANHTABLE(n, p);               \
	fmla(z, q, p);                 \
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

// NORMALTAIL is canon.normalTail of v, which stays, with a = |v| clamped; vHIGH is
// normMax.
#define NORMALTAIL(v, tail, e, t, a, p, q, r) \
	fabs(v, a);                    \
	fmin(vHIGH, a, a);             \
	dupc(cNormK, p);               \
	fadd(p, a, p);                 \
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
	EXPREDUCED(e, t, p, q, r);     \
	fmul(e, tail, tail)

// MIRROR leaves w where v is negative, 1−w elsewhere, in place.
#define MIRROR(v, w, t, p) \
	fsub(w, vONE, t);              \
	fcmlt0(v, p);                  \
	bif(p, t, w)
