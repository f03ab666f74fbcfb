package disktest

import (
	"errors"
	"math/rand/v2"
)

// Call is one that a program makes.
type Call struct {
	Number int    // from 1, since the faults were injected
	Name   string // of the method
	Path   string
}

// Fault is what becomes of a call.
type Fault int

const (
	None     Fault = iota
	Fail           // an error, and nothing is done
	FailDone       // an error, and it is done all the same; of Write half
	Die            // the program dies before the call
	DieDone        // the program dies after it; in the middle of Write
)

// Errors of a disk that is not well.
var (
	ErrIO   = errors.New("input/output error")
	ErrFull = errors.New("no space left on device")
	ErrDead = errors.New("the program is dead") // nobody can see it: every call of a dead program gives it
)

// Inject lets fault decide from now on what becomes of each call; nil is none. Calls are counted anew.
func (d *Disk) Inject(fault func(Call) Fault) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.fault, d.calls = fault, 0
}

// At is a fault at the n-th call.
func At(n int, f Fault) func(Call) Fault {
	return func(c Call) Fault {
		if c.Number == n {
			return f
		}
		return None
	}
}

// OnDeath has a function called when the program dies: what a test runs in place of a program goes on, and
// should end soon.
func (d *Disk) OnDeath(f func()) { d.onDeath = f }

// Dead tells whether the program has died.
func (d *Disk) Dead() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.dead
}

// SetSpace leaves room for so many bytes; less than none is no limit. Removing files gives nothing back.
func (d *Disk) SetSpace(bytes int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.space = bytes
}

// Restart crashes the program, where it has not died, and gives a machine that has come up again without faults.
// random decides on a loss of Some.
func (d *Disk) Restart(loss Loss, random *rand.Rand) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.root.lose(loss, random, map[*node]bool{})
	clear(d.locked)
	d.life++
	d.dead, d.fault, d.onDeath, d.calls, d.space = false, nil, nil, 0, -1
}

// do makes a call: work is done as far as the fault lets it, with part telling it to stop in the middle.
func (d *Disk) do(life int, name, path string, work func(part bool) error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.dead || life != d.life {
		return ErrDead
	}
	d.calls++
	f := None
	if d.fault != nil {
		f = d.fault(Call{d.calls, name, path})
	}
	switch f {
	case Fail:
		return ErrIO
	case FailDone:
		if err := work(true); err != nil {
			return err
		}
		return ErrIO
	case Die, DieDone:
		if f == DieDone {
			work(true)
		}
		d.dead = true
		if d.onDeath != nil {
			d.onDeath()
		}
		return ErrDead
	}
	return work(false)
}
