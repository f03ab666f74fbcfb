package main

import (
	"fmt"
	"io"
	"math"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/term"

	"gradlab/lab"
	"gradlab/nn"
	"gradlab/train"
)

// progress shows how a run goes: one live line on a terminal, a line for every epoch elsewhere; both
// on a terminal when there are few trials.
type progress struct {
	w           io.Writer
	live, lines bool
	width       int
	told        bool // warnings go to a terminal

	begun   time.Time
	drawn   time.Time
	line    string             // on the terminal now
	total   int                // images to train on, over all tasks
	done    int                // of finished tasks
	running map[*lab.Task]part // tasks that run now
}

// part is how far a running task is.
type part struct {
	fraction float64
	speed    float64 // images per second
	before   int     // images that its time left does not count
}

// fewTrials is the number of trials up to which a terminal shows a line for every epoch, too.
const fewTrials = 4

func newProgress(w io.Writer, quiet, verbose bool) *progress {
	p := &progress{w: w, running: map[*lab.Task]part{}, told: isTerminal(w)}
	if quiet {
		return p
	}
	p.live = isTerminal(w) && os.Getenv("TERM") != "dumb"
	p.lines = verbose || !p.live
	p.width = width(w)
	return p
}

// Warning shows a warning, under --quiet, too: it is no progress, and a run that is interrupted before it has results
// shows it nowhere else.
func (p *progress) Warning(text string) { p.print("warning: " + text) }

func (p *progress) Begin(plan lab.Plan) {
	p.begun = time.Now()
	for _, t := range plan.Tasks {
		p.total += t.Work
	}
	if !p.live && !p.lines {
		return
	}
	p.lines = p.lines || len(plan.Tasks) <= fewTrials
	text := fmt.Sprintf("%s to run, %d at a time", counted(len(plan.Tasks), "trial"), plan.Jobs)
	if plan.Choosing {
		text = fmt.Sprintf("%s to choose values with, %d at a time; the arms' own trials come after", counted(len(plan.Tasks), "trial"), plan.Jobs)
	}
	if plan.Found > 0 {
		text += fmt.Sprintf("; %s finished before", counted(plan.Found, "trial"))
	}
	p.print(text)
	if len(plan.Tasks) > 0 {
		p.print(plan.Memory.String())
		if plan.Disk > 0 {
			p.print(fmt.Sprintf("disk: at most %d MB", (plan.Disk+999_999)/1e6))
		}
	}
}

func (p *progress) Start(t *lab.Task) {
	p.total += p.running[t].before - t.Before // which took none of the time since the run has begun
	p.running[t] = part{fraction: float64(t.Before) / float64(max(1, t.Work)), before: t.Before}
}

func (p *progress) Step(t *lab.Task, s train.Progress) {
	p.running[t] = part{float64(s.Step) / float64(s.Steps), s.ImagesPerSecond, t.Before}
	p.draw(t, s.Epoch, s.Loss)
}

// Epoch prints an epoch in the form that PyTorch's examples made familiar.
func (p *progress) Epoch(t *lab.Task, e train.EpochResult) {
	p.running[t] = part{float64(e.Epoch) / float64(t.Epochs), e.ImagesPerSecond, t.Before}
	p.draw(t, e.Epoch, e.TrainLoss)
	if !p.lines {
		return
	}
	loss := fmt.Sprintf("%s: Epoch %d loss: %.3f", title(t), e.Epoch, e.TrainLoss)
	if q := e.Penalties; q != (nn.Penalties{}) {
		loss += fmt.Sprintf(" + penalty %.3f (L1 %.3f, L2 %.3f)", q.Sum(), q.L1, q.L2)
	}
	p.print(loss)
	if v := e.Validation; v != nil {
		p.print(fmt.Sprintf("%s: Validation: Average loss: %.4f, Accuracy: %d/%d (%.0f%%)", title(t), v.Loss, v.Correct, v.Total, 100*v.Accuracy()))
	}
	if e.TestTotal == 0 { // it is run later
		return
	}
	p.print(fmt.Sprintf("%s: Test set: Average loss: %.4f, Accuracy: %d/%d (%.0f%%)",
		title(t), e.TestLoss, e.TestCorrect, e.TestTotal, 100*e.Accuracy()))
}

func (p *progress) End(t *lab.Task, result *lab.Trial) {
	_, begun := p.running[t]
	delete(p.running, t)
	if begun {
		p.done += t.Work - t.Before
	} else { // stopped before its turn
		p.total -= t.Work
	}
	if o := result.Outcome; o != nil && result.Status == lab.Done && p.lines {
		p.print(fmt.Sprintf("%s: Test set, once: Average loss: %s, Accuracy: %d/%d (%.0f%%)", title(t), lossText(o.Loss), o.Correct, o.Total, 100*float64(o.Correct)/float64(o.Total)))
	}
	switch {
	case result.Status == lab.Failed && (p.live || p.lines):
		p.print(fmt.Sprintf("%s: failed: %s", title(t), result.Error))
	case result.Stopping != nil && result.Status == lab.Done && p.lines:
		p.print(title(t) + ": " + stopping(result))
	case result.Status == lab.Interrupted && p.lines:
		p.print(title(t) + ": stopped")
	}
}

// lossText writes a loss, NaN where there is none.
func lossText(loss *float64) string {
	if loss == nil {
		return "NaN"
	}
	return fmt.Sprintf("%.4f", *loss)
}

// stopping says what early stopping came to.
func stopping(t *lab.Trial) string {
	if t.Stopping.Best == 0 {
		return fmt.Sprintf("stopped after epoch %d: no validation loss was a number", len(t.Epochs))
	}
	text := fmt.Sprintf("the weights of epoch %d are kept, whose validation loss is the lowest", t.Stopping.Best)
	if t.Stopping.Early {
		return fmt.Sprintf("stopped after epoch %d; %s", len(t.Epochs), text)
	}
	return text
}

// title names a task: "3/50 tanh, seed 2".
func title(t *lab.Task) string {
	return fmt.Sprintf("[%d/%d] %s", t.Number, t.Of, t.Trial.Title())
}

// draw replaces the live line, at most ten times per second. Speed is that of all running trials
// together.
func (p *progress) draw(t *lab.Task, epoch int, loss float64) {
	if !p.live || time.Since(p.drawn) < 100*time.Millisecond {
		return
	}
	done, speed := float64(p.done), 0.0
	for t, r := range p.running {
		done += r.fraction*float64(t.Work) - float64(t.Before)
		speed += r.speed
	}
	// What a narrow terminal cuts off is at the end.
	p.show(fmt.Sprintf("[%d/%d] %s · %s · epoch %d/%d · loss %.3f · %s images/s",
		t.Number, t.Of, left(time.Since(p.begun), done/float64(max(1, p.total))),
		t.Trial.Title(), epoch, t.Epochs, loss, thousands(speed)))
}

// show puts a text in the place of the live line.
func (p *progress) show(text string) {
	p.drawn = time.Now()
	p.line = cut(text, p.width-1)
	fmt.Fprint(p.w, "\r\x1b[K"+p.line)
}

// download gives a function that shows how a download goes: the live line, or a plain line for
// every tenth of it.
func (p *progress) download(name string) func(done, total int64) {
	begun, first, tenth := time.Now(), int64(-1), int64(-1)
	return func(done, total int64) {
		if first < 0 {
			first = done // came with an earlier attempt
		}
		text := fmt.Sprintf("%s: %.1f MB", name, float64(done)/1e6)
		if total > 0 {
			text = fmt.Sprintf("%s: %.1f of %.1f MB · %s", name, float64(done)/1e6, float64(total)/1e6,
				left(time.Since(begun), float64(done-first)/float64(max(1, total-first))))
		}
		switch {
		case p.live && time.Since(p.drawn) >= 100*time.Millisecond:
			p.show(text)
		case p.lines && !p.live && total > 0 && 10*done/total > tenth:
			tenth = 10 * done / total
			p.print(text)
		}
	}
}

// print writes a whole line above the live one.
func (p *progress) print(text string) {
	if p.line != "" {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
	fmt.Fprintln(p.w, text)
	fmt.Fprint(p.w, p.line)
}

// close takes the live line away.
func (p *progress) close() {
	if p.line != "" {
		fmt.Fprint(p.w, "\r\x1b[K")
		p.line = ""
	}
}

// left is the time left after elapsed, when the given fraction of the work is done.
func left(elapsed time.Duration, fraction float64) string {
	if elapsed < time.Second || !(fraction > 0) {
		return "time left …"
	}
	rest := time.Duration(float64(elapsed) * (1 - fraction) / fraction).Round(time.Second)
	if rest < 0 || rest > 1000*time.Hour {
		return "time left …"
	}
	return rest.String() + " left"
}

// thousands writes a count with commas: "8,412".
func thousands(f float64) string {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return "–"
	}
	s := fmt.Sprintf("%.0f", f)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// cut shortens a line to the given number of characters.
func cut(line string, width int) string {
	if width <= 0 || utf8.RuneCountInString(line) <= width {
		return line
	}
	return string([]rune(line)[:max(0, width-1)]) + "…"
}

func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// width is the number of columns of w, 100 where it is no terminal.
func width(w io.Writer) int {
	if f, ok := w.(*os.File); ok {
		if columns, _, err := term.GetSize(int(f.Fd())); err == nil && columns > 0 {
			return columns
		}
	}
	return 100
}

// colour tells whether w shows colours (https://no-color.org).
func colour(w io.Writer) bool {
	return isTerminal(w) && os.Getenv("NO_COLOR") == "" && !strings.HasPrefix(os.Getenv("TERM"), "dumb")
}
