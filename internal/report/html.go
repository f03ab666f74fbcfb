package report

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"strings"

	"gradlab/gradcheck"
	"gradlab/lab"
)

//go:embed report.html.tmpl
var pageSource string

//go:embed part.html.tmpl
var partSource string

//go:embed report.js
var pageScript string

//go:embed report.css
var pageStyle string

// page is what the template shows.
type page struct {
	*view
	Facts     []string
	Style     template.CSS
	Script    template.JS
	Policy    string // what a browser may do for the page: run its own script, and nothing else
	PartPages []*partPage

	Checked                    *checkedPage // nil without a check of the gradients
	Reading, Record, TrialList section
}

// checkedPage is the check of the gradients.
type checkedPage struct {
	section
	Sentence, Note string
	Mood           string
	Table          textTable
}

func (c *checkedPage) Section() section { return c.section }

// partPage is a part with what only the page needs.
type partPage struct {
	*part
	Facts       string
	Sections    []section     // in the order of the page
	Body        template.HTML // the part, written before the page so that its contents are known
	SampleImage template.URL  // a PNG as data URI; "" without
	SampleNote  string
	DrawnImage  template.URL // as SampleImage
	Pictures    []picture
	Activity    []activityRow
	Remedies    []remedyRow
	Clipping    textTable
	Blocks      []block
	Mistakes    []mistakePicture

	DataTable    textTable
	DataNote     string
	DataWarnings []string
}

type picture struct {
	figure
	What string // its name within the part
	SVG  template.HTML
}

// html is report.html: one file that asks for nothing else.
func html(v *view, o Options) ([]byte, error) {
	var all []figure
	pg := page{view: v, Facts: facts(v.Results), Script: template.JS(pageScript), Policy: policy(pageScript), Reading: reading, Record: record, TrialList: trialList}
	if c := v.Check; c != nil {
		moods := map[gradcheck.Verdict]string{gradcheck.Pass: "good", gradcheck.Fail: "bad", gradcheck.Inconclusive: "open"}
		pg.Checked = &checkedPage{checked, checkSentence(c), checkNote, moods[c.Verdict], checkTable(c)}
	}
	for i := range v.Parts {
		p := &v.Parts[i]
		all = append(all, p.Figures...)
		pp := &partPage{part: p, Facts: dataLine(p), Activity: activity(p), Remedies: remedied(p), Clipping: clippingTable(p), Blocks: outcomeBlocks(p),
			DataTable: dataTable(p.Data), DataNote: dataNote, DataWarnings: dataWarnings(p.Data)}
		for _, f := range p.Figures {
			svg, err := f.Inline()
			if err != nil {
				return nil, fmt.Errorf("failed to draw %s: %w", f.Name, err)
			}
			pp.Pictures = append(pp.Pictures, picture{f, strings.TrimPrefix(f.Name, p.ID+"-"), svg})
		}
		if o.IncludeSample {
			drawn, err := drawnImage(p.Data)
			if err != nil {
				return nil, err
			}
			pp.DrawnImage = drawn
			pictures, err := mistakePictures(p)
			if err != nil {
				return nil, err
			}
			pp.Mistakes = pictures
			sheet, note, err := contactSheet(p.Data)
			if err != nil {
				return nil, err
			}
			if sheet != nil {
				pp.SampleImage = pngURL(sheet)
				pp.SampleNote = note
			}
		}
		var body bytes.Buffer
		if err := pageTemplate.ExecuteTemplate(&body, "part", pp); err != nil {
			return nil, err
		}
		pp.Body = template.HTML(body.String())
		pg.PartPages = append(pg.PartPages, pp)
	}
	pg.Style = template.CSS(strings.NewReplacer("/*light*/", toneCSS(all, false), "/*dark*/", toneCSS(all, true)).Replace(pageStyle))
	var b bytes.Buffer
	err := pageTemplate.Execute(&b, pg)
	return b.Bytes(), err
}

// policy is the page's Content-Security-Policy: whatever a name may smuggle into the page, no other script runs, and
// nothing is asked of the network.
func policy(script string) string {
	sum := sha256.Sum256([]byte(script))
	return "default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

var pageTemplate = template.Must(template.New("report").Funcs(template.FuncMap{
	"clean":      clean,
	"prose":      prose,
	"cleanLines": cleanLines,
	"evidence":   evidence,
	"percent":    percent,
	"interval":   percentRange,
	"mean":       mean,
	"slope":      slope,
	"p":          pValue,
	"seeds":      func(a arm) string { return a.seeds() },
	"difference": difference,
	"points":     points,
	"signed":     signed,
	"pair":       pairName,
	"fraction":   isFraction,
	"metric":     metricName,
	"plural":     plural,
	"diagnosed":  diagnosed, "condition": condition, "verdictName": verdictName, "verdictSeeds": verdictSeeds,
	"thousands": thousands,
	"mood":      mood,
	"sample":    sample,
	"grid":      newPageTable,
	"exact":     exact, "exactDifference": exactDifference, "number": number,
	"noteArms":        func() string { return armTableNote },
	"noteComparisons": func() string { return comparisonsNote },
	"noteClipping":    func() string { return clippingNote },
	"short":           func(digest string) string { return shorten(strings.TrimPrefix(clean(digest), "sha256:"), 17) },
}).Parse(pageSource))

func init() { template.Must(pageTemplate.New("part").Parse(partSource)) }

// moods are the colours of verdicts: "good" and "bad"; every other one is "open".
var moods = map[string]string{
	lab.Better:          "good",
	lab.BetterThanGuess: "good",

	lab.Worse:                "bad",
	lab.CliffWithGradient:    "bad",
	lab.CliffWithoutGradient: "bad",
	lab.FallWithGradient:     "bad",
	lab.FallWithoutGradient:  "bad",
	lab.TrialsMissing:        "bad",
	lab.Diverged:             "bad",
	lab.SomeDoNotLearn:       "bad",
	lab.NoBetterThanGuess:    "bad",
	lab.GradientVanished:     "bad",
}

// mood classifies a verdict for its colour.
func mood(verdict string) string {
	if m, ok := moods[verdict]; ok {
		return m
	}
	return "open"
}

// facts say when, where and how much, in short pieces.
func facts(r *lab.Results) []string {
	var out []string
	if r.Started != "" {
		out = append(out, clean(strings.Replace(r.Started, "T", " ", 1)))
	}
	if r.Seconds > 0 {
		out = append(out, duration(r.Seconds))
	}
	counts := map[string]int{}
	for _, t := range r.Trials {
		counts[t.Status]++
	}
	trials := plural(len(r.Trials), "trial")
	for _, status := range sortedKeys(counts) {
		if status != lab.Done {
			trials += fmt.Sprintf(", %d %s", counts[status], clean(status))
		}
	}
	out = append(out, trials)
	if m := r.Machine; m.OS != "" {
		out = append(out, clean(fmt.Sprintf("%s/%s, %s, %s kernels, %s at a time on %s each", m.OS, m.Arch, plural(m.Cores, "core"), m.ISA, plural(m.Jobs, "trial"), plural(m.Threads, "thread"))))
	}
	return out
}

// dataLine says what a part trained on.
func dataLine(p *part) string {
	var shape []string
	for _, n := range p.Data.Shape {
		shape = append(shape, fmt.Sprint(n))
	}
	s := fmt.Sprintf("%s: %s training and %s test images", clean(p.Data.Name), thousands(p.Data.Train), thousands(p.Data.Test))
	if len(shape) > 0 {
		s += " of " + strings.Join(shape, "×")
	}
	if n := len(p.Data.Classes); n > 0 {
		s += fmt.Sprintf(", %d classes", n)
	}
	return s + fmt.Sprintf(" · %s · %s", plural(len(p.Arms), "arm"), plural(p.Seeds, "seed"))
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// activityRow is a position's saturated and dead fractions, a cell per arm.
type activityRow struct {
	Name  string
	Cells []activityCell
}

type activityCell struct {
	Saturated, Dead string
	Data            string // both as exact figures
	Shade           int    // percent of tint: the worse of the two, of those that are bad in this activation
}

// activity averages saturated and dead fractions over seeds, for the positions that have any.
func activity(p *part) []activityRow {
	var rows []activityRow
	names, at := activityNames(p)
	for i, name := range names {
		row := activityRow{Name: name}
		known := false
		for _, a := range p.Arms {
			var sat, dead []float64
			kind := ""
			for _, t := range a.Trials {
				if q, ok := at(i, t); ok {
					kind = q.Kind
					sat = appendFinite(sat, q.Saturated)
					dead = appendFinite(dead, q.Dead)
				}
			}
			cell := activityCell{Saturated: none, Dead: none}
			var exactly [2]string
			if len(sat) > 0 {
				m := average(sat)
				cell.Saturated, exactly[0], known = percent(m), number(&m), true
				if bounded(kind) {
					cell.Shade = int(100 * m)
				}
			}
			if len(dead) > 0 {
				m := average(dead)
				cell.Dead, exactly[1], cell.Shade, known = percent(m), number(&m), max(cell.Shade, int(100*m)), true
			}
			cell.Shade, cell.Data = max(0, min(cell.Shade, 100)), exactly[0]+","+exactly[1]
			row.Cells = append(row.Cells, cell)
		}
		if known {
			rows = append(rows, row)
		}
	}
	return rows
}

// bounded tells whether an activation is flat at both ends. One that is flat at one end only, as
// ReLU, rests there for about half of its inputs, and does well.
func bounded(kind string) bool {
	return strings.Contains(kind, "sigmoid") || strings.Contains(kind, "tanh")
}

func appendFinite(list []float64, f *float64) []float64 {
	if f != nil && finite(*f) {
		list = append(list, *f)
	}
	return list
}

func average(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v
	}
	return sum / float64(len(x))
}
