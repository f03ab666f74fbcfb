package kernel

import (
	"gradlab/internal/canon"
	"gradlab/internal/rng"
)

// Mask says what dropout keeps, of any number of things that are counted from 0. Thing i is kept where sixteen
// random bits, read as a number, are at least Threshold: those of Philox under Key with the counter {⌊i/8⌋, Step},
// i mod 8 counting them from the lowest of the first word. So a mask takes no memory, and depends on nothing but
// these numbers.
type Mask struct {
	Key       [2]uint32
	Step      uint64
	Threshold uint32 // from 1 to 65535: the share Threshold/65536 is dropped
}

// inBlock is the number of things that one block of Philox is for.
const inBlock = 8

// dropoutGroup is the number of elements that assembly takes at a time: eight blocks.
const dropoutGroup = 8 * inBlock

// maskScale is what is kept is multiplied by, so that means stay as they are: 65536/(65536 − m.Threshold).
func maskScale[T Float](m *Mask) T { return 65536 / T(65536-m.Threshold) }

// Dropout computes dst = flush(src·f) where m keeps the element, with f the scale of what is kept, and +0 where it
// drops it, a NaN too. The first element is thing at. Dropout is its own gradient. dst may be src.
func Dropout[T Float](e *Engine, dst, src []T, m *Mask, at int) {
	dst = dst[:len(src)]
	set := assembly[T](e)
	present := set != nil && set.dropout != nil
	if e.recorder != nil {
		e.recorder.elements("Dropout", e.runs(present), len(src), of(dst), of(src))
		return
	}
	if !present {
		dropout(dst, src, m, at)
		return
	}
	head := min(-at&(inBlock-1), len(src)) // up to the first whole block
	dropout(dst[:head], src[:head], m, at)
	n := (len(src) - head) &^ (dropoutGroup - 1)
	if n > 0 {
		set.dropout(first(dst[head:]), first(src[head:]), n, uint64((at+head)/inBlock), m.Step,
			uint64(m.Key[1])<<32|uint64(m.Key[0]), int32(m.Threshold)-1, float32(maskScale[T](m)))
	}
	dropout(dst[head+n:], src[head+n:], m, at+head+n)
}

// dropout is the portable code of Dropout.
func dropout[T Float](dst, src []T, m *Mask, at int) {
	scale := maskScale[T](m)
	var choice [2]T // +0, and the element
	for len(src) > 0 {
		block, from := uint64(at/inBlock), at%inBlock
		words := rng.Philox([4]uint32{uint32(block), uint32(block >> 32), uint32(m.Step), uint32(m.Step >> 32)}, m.Key)
		n := min(inBlock-from, len(src))
		for i, x := range src[:n] {
			j := from + i
			// 1 where the bits reach the threshold: a branch would be mispredicted as often as chance has it.
			kept := (words[j/2]>>(j%2*16)&0xffff-m.Threshold)>>31 ^ 1
			choice[1] = canon.Flush(x * scale)
			dst[i] = choice[kept]
		}
		dst, src, at = dst[n:], src[n:], at+n
	}
}

// dropoutWidth is how many channels DropoutChannels takes at a time where there are as many pixels: few channels
// are repeated, so that a kernel runs over some hundreds of elements.
const dropoutWidth = 512

func channelsWidth(pixels, channels int) int {
	return channels * max(1, min(pixels, dropoutWidth/channels))
}

// DropoutScratch is that of DropoutChannels.
func DropoutScratch(pixels, channels int) Scratch {
	return Scratch{Kept: channelsWidth(pixels, channels)}
}

// DropoutChannels is Dropout of whole channels: src is n images [pixels, channels], and channel c of image i is
// thing (at+i)·channels + c.
func DropoutChannels[T Float](e *Engine, dst, src []T, m *Mask, at, n, pixels, channels int) {
	size := pixels * channels
	src = src[:n*size]
	dst = dst[:len(src)]
	if e.recorder != nil {
		set := assembly[T](e)
		e.recorder.elements("DropoutChannels", e.runs(set != nil && set.dropout != nil), len(src), of(dst), of(src))
		return
	}
	width := channelsWidth(pixels, channels)
	factor := maskScale[T](m)
	kept := grow(&spaceOf[T](e).kept, width)[:width] // above 0 where a channel is
	for i := range n {
		for c := range channels {
			kept[c] = 1
		}
		Dropout(e, kept[:channels], kept[:channels], m, (at+i)*channels)
		for filled := channels; filled < width; filled *= 2 {
			copy(kept[filled:], kept[:filled])
		}
		for from := 0; from < size; from += width {
			to := min(from+width, size)
			part := dst[i*size+from : i*size+to]
			numbered(e, part, src[i*size+from:i*size+to], opScale, factor, 0, scale[T])
			ReLUGrad(e, part, part, kept)
		}
	}
}
