package disktest

import (
	"io/fs"
	"maps"
	"math/rand/v2"
	"slices"
	"time"
)

// node is a file or a directory, as programs see it and as it would survive.
type node struct {
	data, synced []byte // of a file; programs only append and cut, and never change these bytes in place

	names, kept map[string]*node // of a directory
	pending     []change         // of names, not synced yet
}

// change is one to the names of a directory, at once: a file system's journal has all of it or nothing. It
// stands by itself: a later one may survive without it.
type change struct {
	remove string // "" for none
	add    string // "" for none
	node   *node
}

func newDir() *node { return &node{names: map[string]*node{}, kept: map[string]*node{}} }

func (n *node) isDir() bool { return n.names != nil }

// alter makes a change that programs see at once.
func (n *node) alter(c change) {
	c.apply(n.names)
	n.pending = append(n.pending, c)
}

func (c change) apply(names map[string]*node) {
	if c.remove != "" {
		delete(names, c.remove)
	}
	if c.add != "" {
		names[c.add] = c.node
	}
}

// sync carries a file's bytes, or the names in a directory, to what survives.
func (n *node) sync() {
	if n.isDir() {
		n.kept, n.pending = maps.Clone(n.names), nil
		return
	}
	n.synced = n.data
}

// walk visits what programs see below n, in the order of names.
func (n *node) walk(path string, visit func(path string, n *node)) {
	for _, name := range slices.Sorted(maps.Keys(n.names)) {
		below := name
		if path != "" {
			below = path + "/" + name
		}
		visit(below, n.names[name])
		n.names[name].walk(below, visit)
	}
}

// Loss is what a crash takes of what was not synced.
type Loss int

const (
	// Nothing is a killed process: the system writes what it was given.
	Nothing Loss = iota
	// Everything is a power failure before the system has written anything by itself.
	Everything
	// Some is a power failure in the midst of it: each change to a directory has survived or not, and of each file
	// a part of its new bytes, with zeros behind where the length was written before the bytes.
	Some
)

// lose makes a node and what is below it what a crash leaves. A node may have two names for a moment, so that done
// knows who has been visited.
func (n *node) lose(loss Loss, random *rand.Rand, done map[*node]bool) {
	if done[n] {
		return
	}
	done[n] = true
	switch {
	case loss == Nothing:
		n.sync()
	case n.isDir():
		for _, c := range n.pending {
			if loss == Some && random.IntN(2) == 0 {
				c.apply(n.kept)
			}
		}
		n.names, n.pending = maps.Clone(n.kept), nil
	case loss == Everything:
		n.data = n.synced
	default:
		n.data = torn(n.synced, n.data, random)
		n.synced = n.data
	}
	for _, name := range slices.Sorted(maps.Keys(n.names)) {
		n.names[name].lose(loss, random, done)
	}
}

// torn is a file on its way from its synced bytes to the new ones, which begin with them.
func torn(synced, now []byte, random *rand.Rand) []byte {
	fresh := len(now) - len(synced)
	if fresh <= 0 {
		return now
	}
	length := random.IntN(fresh + 1)
	bytes := length
	if random.IntN(3) == 0 {
		bytes = random.IntN(length + 1)
	}
	out := slices.Clone(now[:len(synced)+bytes])
	return append(out, make([]byte, length-bytes)...)
}

// info is a node for Stat and ReadDir.
type info struct {
	name string
	node *node
	size int64
}

func (i info) Name() string               { return i.name }
func (i info) Size() int64                { return i.size }
func (i info) ModTime() time.Time         { return time.Time{} }
func (i info) IsDir() bool                { return i.node.isDir() }
func (i info) Sys() any                   { return nil }
func (i info) Type() fs.FileMode          { return i.Mode().Type() }
func (i info) Info() (fs.FileInfo, error) { return i, nil }
func (i info) Mode() fs.FileMode {
	if i.node.isDir() {
		return fs.ModeDir | 0o755
	}
	return 0o644
}
