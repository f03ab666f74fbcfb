// Instructions on vectors, by their Arm names in lower case. Go's assembler names few of them, and takes
// registers by name; these take numbers, which a macro can hand on. Operands stand in Go's order, the
// destination last. Behind each is what it encodes in Arm's syntax: .ci/encodings has an assembler
// compare the two.

// Arithmetic on four float32.
#define fadd(m, n, d)      WORD $(0x4e20d400 | (m)<<16 | (n)<<5 | (d)) // fadd v[d].4s, v[n].4s, v[m].4s
#define fsub(m, n, d)      WORD $(0x4ea0d400 | (m)<<16 | (n)<<5 | (d)) // fsub v[d].4s, v[n].4s, v[m].4s
#define fmul(m, n, d)      WORD $(0x6e20dc00 | (m)<<16 | (n)<<5 | (d)) // fmul v[d].4s, v[n].4s, v[m].4s
#define fdiv(m, n, d)      WORD $(0x6e20fc00 | (m)<<16 | (n)<<5 | (d)) // fdiv v[d].4s, v[n].4s, v[m].4s
#define fmla(m, n, d)      WORD $(0x4e20cc00 | (m)<<16 | (n)<<5 | (d)) // fmla v[d].4s, v[n].4s, v[m].4s
#define fmls(m, n, d)      WORD $(0x4ea0cc00 | (m)<<16 | (n)<<5 | (d)) // fmls v[d].4s, v[n].4s, v[m].4s
#define fmlalane(m, n, d)  WORD $(0x4f801000 | (m)<<16 | (n)<<5 | (d)) // fmla v[d].4s, v[n].4s, v[m].s[0]

// Bits and integers.
#define cmtst(m, n, d)     WORD $(0x4ea08c00 | (m)<<16 | (n)<<5 | (d)) // cmtst v[d].4s, v[n].4s, v[m].4s
#define and(m, n, d)       WORD $(0x4e201c00 | (m)<<16 | (n)<<5 | (d)) // and v[d].16b, v[n].16b, v[m].16b
#define zero(d)            WORD $(0x6f00e400 | (d))                    // movi v[d].2d, #0

// Memory: m is a register with an offset in bytes, n one with an address.
#define ldrs(m, n, t)      WORD $(0xbc606800 | (m)<<16 | (n)<<5 | (t)) // ldr s[t], [x[n], x[m]]
#define ldrq(m, n, t)      WORD $(0x3ce06800 | (m)<<16 | (n)<<5 | (t)) // ldr q[t], [x[n], x[m]]
#define strq(m, n, t)      WORD $(0x3ca06800 | (m)<<16 | (n)<<5 | (t)) // str q[t], [x[n], x[m]]
#define ldrs0(n, t)        WORD $(0xbd400000 | (n)<<5 | (t))           // ldr s[t], [x[n]]
#define strs0(n, t)        WORD $(0xbd000000 | (n)<<5 | (t))           // str s[t], [x[n]]
#define ldrq0(n, t)        WORD $(0x3dc00000 | (n)<<5 | (t))           // ldr q[t], [x[n]]
#define strq0(n, t)        WORD $(0x3d800000 | (n)<<5 | (t))           // str q[t], [x[n]]
#define ld1lane1(n, t)     WORD $(0x0d409000 | (n)<<5 | (t))           // ld1 {v[t].s}[1], [x[n]]
#define ld1lane2(n, t)     WORD $(0x4d408000 | (n)<<5 | (t))           // ld1 {v[t].s}[2], [x[n]]
#define st1lane1(n, t)     WORD $(0x0d009000 | (n)<<5 | (t))           // st1 {v[t].s}[1], [x[n]]
#define st1lane2(n, t)     WORD $(0x4d008000 | (n)<<5 | (t))           // st1 {v[t].s}[2], [x[n]]
