// Package rng is counted randomness. A Stream is named by (seed, purpose, name, step), and its
// n-th number is a function of that name and n alone: nothing has to be saved to go on after an
// interruption, two networks that share a parameter start from the same weights, and two trials
// see the same images in the same order, whatever else was drawn before.
//
// The bits are the same on every machine: integers, exact float64 operations, and functions of
// package canon. rng imports nothing else of gradlab.
package rng

import (
	"crypto/sha256"
	"encoding/binary"
	"math/bits"
)

// A Stream is a sequence of random numbers. It is a small value: a copy goes on from the same
// place on its own. It serves one goroutine at a time. Make one with New.
type Stream struct {
	key   [2]uint32
	step  uint64    // the upper half of Philox's counter
	block uint64    // the lower half: blocks made so far
	out   [4]uint32 // the newest block
	used  int       // words of out already handed over
}

// New gives the stream named by seed, purpose ("init", "shuffle", "dropout" …), name (of a
// parameter, a data set …) and step (of training, the number of an epoch or a sample …). Streams
// of different steps never overlap: each has 2⁶⁶ words of Philox4x32-10's counter of its own.
// Streams of different seeds, purposes or names have different keys, up to a collision of 64 bits
// of SHA-256.
func New(seed uint64, purpose, name string, step uint64) Stream {
	// The length in front of purpose keeps ("ab", "c") and ("a", "bc") apart.
	buf := make([]byte, 0, 128)
	buf = binary.LittleEndian.AppendUint64(buf, seed)
	buf = binary.LittleEndian.AppendUint64(buf, uint64(len(purpose)))
	buf = append(buf, purpose...)
	buf = append(buf, name...)
	sum := sha256.Sum256(buf)
	return Stream{
		key:  [2]uint32{binary.LittleEndian.Uint32(sum[0:]), binary.LittleEndian.Uint32(sum[4:])},
		step: step,
		used: 4,
	}
}

// At is the beginning of the stream of the same seed, purpose and name with another step, without the cost of
// New.
func (s Stream) At(step uint64) Stream { return Stream{key: s.key, step: step, used: 4} }

// Key is the stream's key: its words are those of Philox of the counters {block, step}, two words each and
// the lower one first, for the blocks 0, 1, 2 …
func (s *Stream) Key() [2]uint32 { return s.key }

// Uint32 gives 32 random bits.
func (s *Stream) Uint32() uint32 {
	if s.used == 4 {
		s.out = Philox([4]uint32{
			uint32(s.block), uint32(s.block >> 32),
			uint32(s.step), uint32(s.step >> 32),
		}, s.key)
		s.block++
		s.used = 0
	}
	w := s.out[s.used]
	s.used++
	return w
}

// Uint64 gives 64 random bits: two words of Uint32, the lower one first.
func (s *Stream) Uint64() uint64 {
	lo := s.Uint32()
	return uint64(s.Uint32())<<32 | uint64(lo)
}

// Float64 is uniform over the multiples of 2⁻⁵³ in [0, 1).
func (s *Stream) Float64() float64 {
	return float64(float64(s.Uint64()>>11) * 0x1p-53) // a caller's addition is not fused with it
}

// Intn is uniform in [0, n), for n > 0. It is 0 for n ≤ 0.
func (s *Stream) Intn(n int) int {
	if n <= 0 {
		return 0
	}
	return int(s.below(uint64(n)))
}

// below is uniform in [0, n), for n > 0, without bias (Lemire, "Fast random integer generation in
// an interval", ACM TOMACS 29, 2019).
func (s *Stream) below(n uint64) uint64 {
	hi, lo := bits.Mul64(s.Uint64(), n)
	if lo < n {
		// 2⁶⁴ mod n products would make some results more likely: draw again for those.
		for reject := -n % n; lo < reject; {
			hi, lo = bits.Mul64(s.Uint64(), n)
		}
	}
	return hi
}

// Shuffle puts n elements in random order by exchanging pairs, all orders being equally likely
// (Fisher and Yates).
func (s *Stream) Shuffle(n int, swap func(i, j int)) {
	for i := n - 1; i > 0; i-- {
		swap(i, s.Intn(i+1))
	}
}

// Perm gives the numbers 0 … n−1 in random order.
func (s *Stream) Perm(n int) []int {
	p := make([]int, max(n, 0))
	for i := range p {
		p[i] = i
	}
	s.Shuffle(n, func(i, j int) { p[i], p[j] = p[j], p[i] })
	return p
}
