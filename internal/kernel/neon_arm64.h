// Instructions on vectors, by their Arm names in lower case. Go's assembler names few of them, and takes
// registers by name; these take numbers, which a macro can hand on. Operands stand in Go's order, the
// destination last. Behind each is what it encodes in Arm's syntax: .ci/encodings has an assembler
// compare the two.

// Arithmetic on four float32. fcmgt asks n > m, fcm…0 compare n with 0; no comparison holds for NaN.
#define fadd(m, n, d)      WORD $(0x4e20d400 | (m)<<16 | (n)<<5 | (d)) // fadd v[d].4s, v[n].4s, v[m].4s
#define fsub(m, n, d)      WORD $(0x4ea0d400 | (m)<<16 | (n)<<5 | (d)) // fsub v[d].4s, v[n].4s, v[m].4s
#define fmul(m, n, d)      WORD $(0x6e20dc00 | (m)<<16 | (n)<<5 | (d)) // fmul v[d].4s, v[n].4s, v[m].4s
#define fdiv(m, n, d)      WORD $(0x6e20fc00 | (m)<<16 | (n)<<5 | (d)) // fdiv v[d].4s, v[n].4s, v[m].4s
#define fmla(m, n, d)      WORD $(0x4e20cc00 | (m)<<16 | (n)<<5 | (d)) // fmla v[d].4s, v[n].4s, v[m].4s
#define fmls(m, n, d)      WORD $(0x4ea0cc00 | (m)<<16 | (n)<<5 | (d)) // fmls v[d].4s, v[n].4s, v[m].4s
#define fmlalane(m, n, d)  WORD $(0x4f801000 | (m)<<16 | (n)<<5 | (d)) // fmla v[d].4s, v[n].4s, v[m].s[0]
#define fmin(m, n, d)      WORD $(0x4ea0f400 | (m)<<16 | (n)<<5 | (d)) // fmin v[d].4s, v[n].4s, v[m].4s
#define fmax(m, n, d)      WORD $(0x4e20f400 | (m)<<16 | (n)<<5 | (d)) // fmax v[d].4s, v[n].4s, v[m].4s
#define fabs(n, d)         WORD $(0x4ea0f800 | (n)<<5 | (d))           // fabs v[d].4s, v[n].4s
#define fneg(n, d)         WORD $(0x6ea0f800 | (n)<<5 | (d))           // fneg v[d].4s, v[n].4s
#define fcmgt(m, n, d)     WORD $(0x6ea0e400 | (m)<<16 | (n)<<5 | (d)) // fcmgt v[d].4s, v[n].4s, v[m].4s
#define fcmgt0(n, d)       WORD $(0x4ea0c800 | (n)<<5 | (d))           // fcmgt v[d].4s, v[n].4s, #0.0
#define fcmle0(n, d)       WORD $(0x6ea0d800 | (n)<<5 | (d))           // fcmle v[d].4s, v[n].4s, #0.0
#define fcmlt0(n, d)       WORD $(0x4ea0e800 | (n)<<5 | (d))           // fcmlt v[d].4s, v[n].4s, #0.0

// The same with one of the 32 numbers in V24 … V31, number c: d ± n·c, n·c, and c in every lane of d.
#define fmlac(c, n, d)     WORD $(0x4f801000 | ((c)&1)<<21 | (((c)>>1)&1)<<11 | (24+((c)>>2))<<16 | (n)<<5 | (d)) // fmla v[d].4s, v[n].4s, v[24+c/4].s[c%4]
#define fmlsc(c, n, d)     WORD $(0x4f805000 | ((c)&1)<<21 | (((c)>>1)&1)<<11 | (24+((c)>>2))<<16 | (n)<<5 | (d)) // fmls v[d].4s, v[n].4s, v[24+c/4].s[c%4]
#define fmulc(c, n, d)     WORD $(0x4f809000 | ((c)&1)<<21 | (((c)>>1)&1)<<11 | (24+((c)>>2))<<16 | (n)<<5 | (d)) // fmul v[d].4s, v[n].4s, v[24+c/4].s[c%4]
#define mlac(c, n, d)      WORD $(0x6f800000 | ((c)&1)<<21 | (((c)>>1)&1)<<11 | (24+((c)>>2))<<16 | (n)<<5 | (d)) // mla v[d].4s, v[n].4s, v[24+c/4].s[c%4]
#define dupc(c, d)         WORD $(0x4e040400 | ((c)&3)<<19 | (24+((c)>>2))<<5 | (d)) // dup v[d].4s, v[24+c/4].s[c%4]

// Arithmetic on two float64.
#define faddd(m, n, d)     WORD $(0x4e60d400 | (m)<<16 | (n)<<5 | (d)) // fadd v[d].2d, v[n].2d, v[m].2d
#define fmlad(m, n, d)     WORD $(0x4e60cc00 | (m)<<16 | (n)<<5 | (d)) // fmla v[d].2d, v[n].2d, v[m].2d
#define fcvtl(n, d)        WORD $(0x0e617800 | (n)<<5 | (d))           // fcvtl v[d].2d, v[n].2s
#define fcvtl2(n, d)       WORD $(0x4e617800 | (n)<<5 | (d))           // fcvtl2 v[d].2d, v[n].4s

// Bits and integers. bit puts n into d where m has ones, bif where it has zeros. tbl8 and tbl12 look bytes
// up in the 64 of V8 … V11, and of V12 … V15.
#define cmtst(m, n, d)     WORD $(0x4ea08c00 | (m)<<16 | (n)<<5 | (d)) // cmtst v[d].4s, v[n].4s, v[m].4s
#define and(m, n, d)       WORD $(0x4e201c00 | (m)<<16 | (n)<<5 | (d)) // and v[d].16b, v[n].16b, v[m].16b
#define bic(m, n, d)       WORD $(0x4e601c00 | (m)<<16 | (n)<<5 | (d)) // bic v[d].16b, v[n].16b, v[m].16b
#define bit(m, n, d)       WORD $(0x6ea01c00 | (m)<<16 | (n)<<5 | (d)) // bit v[d].16b, v[n].16b, v[m].16b
#define bif(m, n, d)       WORD $(0x6ee01c00 | (m)<<16 | (n)<<5 | (d)) // bif v[d].16b, v[n].16b, v[m].16b
#define mov(n, d)          WORD $(0x4ea01c00 | (n)<<16 | (n)<<5 | (d)) // mov v[d].16b, v[n].16b
#define zero(d)            WORD $(0x6f00e400 | (d))                    // movi v[d].2d, #0
#define signs(d)           WORD $(0x4f046400 | (d))                    // movi v[d].4s, #0x80, lsl #24
#define add(m, n, d)       WORD $(0x4ea08400 | (m)<<16 | (n)<<5 | (d)) // add v[d].4s, v[n].4s, v[m].4s
#define sub(m, n, d)       WORD $(0x6ea08400 | (m)<<16 | (n)<<5 | (d)) // sub v[d].4s, v[n].4s, v[m].4s
#define shl(k, n, d)       WORD $(0x4f005400 | (32+(k))<<16 | (n)<<5 | (d)) // shl v[d].4s, v[n].4s, #k
#define ushr(k, n, d)      WORD $(0x6f000400 | (64-(k))<<16 | (n)<<5 | (d)) // ushr v[d].4s, v[n].4s, #k
#define tbl8(m, d)         WORD $(0x4e006100 | (m)<<16 | (d))          // tbl v[d].16b, {v8.16b, v9.16b, v10.16b, v11.16b}, v[m].16b
#define tbl12(m, d)        WORD $(0x4e006180 | (m)<<16 | (d))          // tbl v[d].16b, {v12.16b, v13.16b, v14.16b, v15.16b}, v[m].16b
#define sshr(k, n, d)      WORD $(0x4f000400 | (64-(k))<<16 | (n)<<5 | (d)) // sshr v[d].4s, v[n].4s, #k

// Memory: m is a register with an offset in bytes, n one with an address.
#define ldrs(m, n, t)      WORD $(0xbc606800 | (m)<<16 | (n)<<5 | (t)) // ldr s[t], [x[n], x[m]]
#define ldrq(m, n, t)      WORD $(0x3ce06800 | (m)<<16 | (n)<<5 | (t)) // ldr q[t], [x[n], x[m]]
#define strq(m, n, t)      WORD $(0x3ca06800 | (m)<<16 | (n)<<5 | (t)) // str q[t], [x[n], x[m]]
#define ldrs0(n, t)        WORD $(0xbd400000 | (n)<<5 | (t))           // ldr s[t], [x[n]]
#define strs0(n, t)        WORD $(0xbd000000 | (n)<<5 | (t))           // str s[t], [x[n]]
#define ldrq0(n, t)        WORD $(0x3dc00000 | (n)<<5 | (t))           // ldr q[t], [x[n]]
#define strq0(n, t)        WORD $(0x3d800000 | (n)<<5 | (t))           // str q[t], [x[n]]
#define ld1r(n, t)         WORD $(0x4d40c800 | (n)<<5 | (t))           // ld1r {v[t].4s}, [x[n]]
#define ld1lane1(n, t)     WORD $(0x0d409000 | (n)<<5 | (t))           // ld1 {v[t].s}[1], [x[n]]
#define ld1lane2(n, t)     WORD $(0x4d408000 | (n)<<5 | (t))           // ld1 {v[t].s}[2], [x[n]]
#define st1lane1(n, t)     WORD $(0x0d009000 | (n)<<5 | (t))           // st1 {v[t].s}[1], [x[n]]
#define st1lane2(n, t)     WORD $(0x4d008000 | (n)<<5 | (t))           // st1 {v[t].s}[2], [x[n]]

// One to three elements take a vector's first three lanes, as number 0, min(1, n−1) and n−1: what is there
// twice is computed twice, and nothing beyond is touched. EDGE sets the bytes to the last two from n;
// GETEDGE and PUTEDGE move vector v, the address being general register name, or number.
#define LAST R7
#define MID  R25
#define NEAR R23
#define EDGE(n) \
	SUB $1, n, LAST;       \
	LSL $2, LAST;          \
	LSR $1, LAST, MID;     \
	ADD $2, MID;           \
	AND $4, MID
#define GETEDGE(name, number, v) \
	ldrs0(number, v);      \
	ADD MID, name, NEAR;   \
	ld1lane1(23, v);       \
	ADD LAST, name, NEAR;  \
	ld1lane2(23, v)
#define PUTEDGE(name, number, v) \
	strs0(number, v);      \
	ADD MID, name, NEAR;   \
	st1lane1(23, v);       \
	ADD LAST, name, NEAR;  \
	st1lane2(23, v)
