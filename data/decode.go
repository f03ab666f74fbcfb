package data

import (
	"context"
	"fmt"
	"runtime"
	"sync"

	"gradlab/internal/picture"
	"gradlab/internal/tree"
)

// memoryBudget bounds what pictures take while they are decoded, whatever the number of cores.
const memoryBudget = 3 << 30

// A loading is pictures on their way from files to bytes of one size.
type loading struct {
	samples []sample
	classes []string
	h, w    int
	stretch bool

	pixels   []byte   // N × H × W × 3
	sizes    [][2]int // width and height of every picture, as it was
	problems []string // why it is left out; "" for none
	visited  []bool
	dearest  int64 // what one picture took at most while it was decoded
}

// newLoading loads samples into pixels, which is N × H × W × 3.
func newLoading(samples []sample, classes []string, h, w int, stretch bool, pixels []byte) *loading {
	n := len(samples)
	return &loading{
		samples: samples, classes: classes, h: h, w: w, stretch: stretch,
		pixels: pixels, sizes: make([][2]int, n), problems: make([]string, n), visited: make([]bool, n),
	}
}

// A job is a file that was read.
type job struct {
	sample int
	file   []byte
	cost   int64 // of memory
}

// run reads the files in the tree's order and decodes them on all cores.
func (l *loading) run(ctx context.Context, t *tree.Tree) error {
	number := make(map[string]int, len(l.samples))
	for i, s := range l.samples {
		number[s.path] = i
	}
	left := &budget{left: memoryBudget}
	left.freed.L = &left.mutex
	jobs := make(chan job)
	var wait sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wait.Go(func() {
			for j := range jobs {
				l.decode(j.sample, j.file)
				left.give(j.cost)
			}
		})
	}
	err := t.Walk(ctx, func(e tree.Entry) error {
		i, ok := number[e.Name]
		if !ok || e.Dir {
			return nil
		}
		l.visited[i] = true
		if e.Problem != "" {
			l.problems[i] = e.Problem
			return nil
		}
		b, err := e.Read(picture.MaxBytes)
		if err != nil {
			l.problems[i] = err.Error() // where the archive itself ends early, the walk does too
			return nil
		}
		info, err := picture.Inspect(b)
		if err != nil {
			l.problems[i] = err.Error()
			return nil
		}
		cost := min(info.Cost()+int64(len(b)), memoryBudget)
		l.dearest = max(l.dearest, cost)
		left.take(cost)
		jobs <- job{i, b, cost}
		return nil
	})
	close(jobs)
	wait.Wait()
	for i, seen := range l.visited {
		if !seen {
			l.problems[i] = "there is no such file"
		}
	}
	return err
}

// decode puts one picture in its place.
func (l *loading) decode(i int, file []byte) {
	img, info, err := picture.Decode(file)
	if err != nil {
		l.problems[i] = err.Error()
		return
	}
	l.sizes[i] = [2]int{info.W, info.H}
	r := picture.RasterOf(img)
	if !l.stretch {
		r = r.Crop(l.w, l.h)
	}
	size := l.h * l.w * 3
	picture.Resize(l.pixels[i*size:(i+1)*size], l.w, l.h, 3, r)
}

// memory bounds what the loading took beside the pixels: pictures on all cores, and one that waits.
func (l *loading) memory() int64 {
	return min(int64(runtime.GOMAXPROCS(0)+1)*l.dearest, memoryBudget)
}

// split makes the two sets of d of the pictures that were read, of which the first n are for training.
func (l *loading) split(d *Dataset, n, channels int) error {
	size := l.h * l.w * 3
	label := map[string]uint8{}
	for i, name := range l.classes {
		label[name] = uint8(i)
	}
	kept, trained := 0, 0
	var labels []uint8
	var paths []string
	for i, s := range l.samples {
		if i == n {
			trained = kept
		}
		if l.problems[i] != "" {
			continue
		}
		copy(l.pixels[kept*size:(kept+1)*size], l.pixels[i*size:(i+1)*size])
		labels = append(labels, label[s.class])
		paths = append(paths, s.path)
		kept++
	}
	if trained == 0 || trained == kept {
		return hint(fmt.Errorf("no picture to %s can be read", map[bool]string{true: "train on", false: "test on"}[trained == 0]), layoutAdvice)
	}
	pixels := l.pixels[:kept*size]
	if channels == 0 {
		if channels = 3; grey(pixels) {
			channels = 1
		}
	}
	if channels == 1 {
		pixels = luma(pixels)
		size /= 3
	}
	part := func(name string, from, to int) *Set {
		return &Set{
			Name: name, Classes: d.Classes, H: l.h, W: l.w, C: channels,
			Pixels: pixels[from*size : to*size : to*size], Labels: labels[from:to:to], Paths: paths[from:to:to],
		}
	}
	d.Train, d.Test = part(trainName, 0, trained), part(testName, trained, kept)
	return nil
}

// What sets of files are called: images that were read from elsewhere are shuffled alike.
const trainName, testName = "images/train", "images/test"

// grey says whether every pixel has three equal channels.
func grey(pixels []byte) bool {
	for i := 0; i+2 < len(pixels); i += 3 {
		if pixels[i] != pixels[i+1] || pixels[i] != pixels[i+2] {
			return false
		}
	}
	return true
}

// luma makes one channel of three, in place: 0.299 R + 0.587 G + 0.114 B in whole numbers (ITU-R BT.601),
// as Pillow converts to L.
func luma(pixels []byte) []byte {
	n := len(pixels) / 3
	for i := range n {
		r, g, b := uint32(pixels[3*i]), uint32(pixels[3*i+1]), uint32(pixels[3*i+2])
		pixels[i] = byte((19595*r + 38470*g + 7471*b + 1<<15) >> 16)
	}
	return pixels[:n:n]
}

// A budget is memory that is lent.
type budget struct {
	mutex sync.Mutex
	freed sync.Cond
	left  int64
}

// take waits until n bytes are left.
func (b *budget) take(n int64) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	for b.left < n {
		b.freed.Wait()
	}
	b.left -= n
}

func (b *budget) give(n int64) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.left += n
	b.freed.Broadcast()
}
