// Package data is where images come from: the built-in set shapes; CIFAR-10 and IDX files in the layouts
// people have them in; folders, archives and lists of pictures; downloads; the scaling of bytes to numbers,
// and loaders that hand out batches in counted-random order.
//
// A data set is kept once, as bytes: in memory, or in a mapped file where its pictures are too many for that. A
// Loader transforms and normalises batches from it while the network computes. Nothing here panics on what a file
// holds, and nothing half-written stays on disk.
package data

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"

	"gradlab/internal/mapped"
)

// A Set is labelled images of one size.
type Set struct {
	Name    string   // "cifar10/train": names the order of shuffling, wherever the files lie
	Classes []string // names; a label is an index into them
	H, W, C int      // of one image: height, width, channels
	Pixels  []byte   // N × H × W × C
	Labels  []uint8  // N
	Paths   []string // N, of picture files in their directory or archive; nil for sets that are not made of such
}

// N is the number of images.
func (s *Set) N() int { return len(s.Labels) }

// Image is the bytes of image i, H × W × C. They belong to the set.
func (s *Set) Image(i int) []byte {
	size := s.H * s.W * s.C
	return s.Pixels[i*size : (i+1)*size : (i+1)*size]
}

// Head is the first n images, or all of them for n ≤ 0 and n ≥ N. It shares s's memory.
func (s *Set) Head(n int) *Set {
	if n <= 0 || n >= s.N() {
		return s
	}
	h := *s
	h.Labels = s.Labels[:n:n]
	if s.Paths != nil {
		h.Paths = s.Paths[:n:n]
	}
	h.Pixels = s.Pixels[: n*s.H*s.W*s.C : n*s.H*s.W*s.C]
	return &h
}

// check says whether the parts of s fit together.
func (s *Set) check() error {
	if s.H <= 0 || s.W <= 0 || s.C <= 0 {
		return fmt.Errorf("%s: images of %d×%d×%d", s.Name, s.H, s.W, s.C)
	}
	if want := s.N() * s.H * s.W * s.C; len(s.Pixels) != want {
		return fmt.Errorf("%s: %d bytes of pixels, %d images of %d×%d×%d need %d",
			s.Name, len(s.Pixels), s.N(), s.H, s.W, s.C, want)
	}
	for i, l := range s.Labels {
		if int(l) >= len(s.Classes) {
			return fmt.Errorf("%s: image %d has label %d of %d classes", s.Name, i, l, len(s.Classes))
		}
	}
	return nil
}

// A Dataset is the images to train on and the images to test on.
type Dataset struct {
	Name        string // "shapes", "cifar10", "photographs"
	Classes     []string
	Train, Test *Set
	Pictures    *Pictures // of a set that was made of picture files; nil for others

	held int64        // bytes of memory that opening it took at most, of which Train and Test are a part
	room *mapped.Room // of the pixels of picture files; nil for others
}

// Digest is "sha256:…" over shapes, labels and pixels of both sets: it tells data sets apart
// wherever they came from.
func (d *Dataset) Digest() string {
	h := sha256.New()
	for _, s := range []*Set{d.Train, d.Test} {
		var head []byte
		for _, n := range []int{s.N(), s.H, s.W, s.C, len(s.Classes)} {
			head = binary.LittleEndian.AppendUint64(head, uint64(n))
		}
		h.Write(head)
		h.Write(s.Labels)
		h.Write(s.Pixels)
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil))
}
