#include "textflag.h"
#include "neon_arm64.h"
#include "functions_neon_arm64.h"
#include "loops_neon_arm64.h"

// The updates by stochastic gradient descent: rule 12 of the contract.

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
