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

// Weights at R0 in a, their gradient at R1 in b and, with momentum, their velocity at R2 in c.
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
