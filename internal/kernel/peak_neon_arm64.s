#include "textflag.h"
#include "neon_arm64.h"

// func peakFMA128(rounds int) float32
//
// The sums V0 … V23 grow by V24, which is halved after each round.
TEXT ·peakFMA128(SB), NOSPLIT, $0-12
	MOVD  rounds+0(FP), R0
	FMOVS $(0.5), F24
	VDUP  V24.S[0], V24.S4
	FMOVS $(0.5), F25
	VDUP  V25.S[0], V25.S4
	FMOVS $(1.0), F26
	VDUP  V26.S[0], V26.S4
	zero(0); zero(1); zero(2); zero(3); zero(4); zero(5)
	zero(6); zero(7); zero(8); zero(9); zero(10); zero(11)
	zero(12); zero(13); zero(14); zero(15); zero(16); zero(17)
	zero(18); zero(19); zero(20); zero(21); zero(22); zero(23)

round:
	fmla(26, 24, 0); fmla(26, 24, 1); fmla(26, 24, 2); fmla(26, 24, 3); fmla(26, 24, 4); fmla(26, 24, 5)
	fmla(26, 24, 6); fmla(26, 24, 7); fmla(26, 24, 8); fmla(26, 24, 9); fmla(26, 24, 10); fmla(26, 24, 11)
	fmla(26, 24, 12); fmla(26, 24, 13); fmla(26, 24, 14); fmla(26, 24, 15); fmla(26, 24, 16); fmla(26, 24, 17)
	fmla(26, 24, 18); fmla(26, 24, 19); fmla(26, 24, 20); fmla(26, 24, 21); fmla(26, 24, 22); fmla(26, 24, 23)
	fmul(25, 24, 24)
	SUBS  $1, R0
	BNE   round
	fmin(1, 0, 0); fmin(2, 0, 0); fmin(3, 0, 0); fmin(4, 0, 0); fmin(5, 0, 0)
	fmin(6, 0, 0); fmin(7, 0, 0); fmin(8, 0, 0); fmin(9, 0, 0); fmin(10, 0, 0); fmin(11, 0, 0)
	fmin(12, 0, 0); fmin(13, 0, 0); fmin(14, 0, 0); fmin(15, 0, 0); fmin(16, 0, 0); fmin(17, 0, 0)
	fmin(18, 0, 0); fmin(19, 0, 0); fmin(20, 0, 0); fmin(21, 0, 0); fmin(22, 0, 0); fmin(23, 0, 0)
	fminv(0, 0)
	FMOVS F0, ret+8(FP)
	RET
