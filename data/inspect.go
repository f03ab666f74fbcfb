package data

import (
	"crypto/sha256"
	"fmt"
	"math"
	"slices"
	"strings"
)

// An Inspection is what a look at a data set finds, before anything is trained on it.
type Inspection struct {
	Train      SplitLook  `json:"train"`
	Test       SplitLook  `json:"test"`
	Duplicates Duplicates `json:"duplicates"`
	Warnings   []string   `json:"warnings,omitempty"` // what a person should know, in sentences, the gravest first
}

// SplitLook is one split.
type SplitLook struct {
	Counts    []int     `json:"counts"`    // of images, by class
	Mean      []float64 `json:"mean"`      // per channel, of b/255 for bytes b
	Deviation []float64 `json:"deviation"` // as Mean
	Plain     int       `json:"plain"`     // images that are of one colour
}

// Duplicates counts images that are another one to the pixel.
type Duplicates struct {
	Across   []Pair `json:"across,omitempty"` // images of the test set that are in the training set too, with the first one there
	Within   int    `json:"within"`           // of the training set: those beyond the first of their kind
	Conflict int    `json:"conflict"`         // images that have another label than the first of their kind, in both sets
}

// A Pair is two images: their numbers in the training and the test set.
type Pair struct {
	Train int `json:"train"`
	Test  int `json:"test"`
}

// Inspect looks at all images of d.
func Inspect(d *Dataset) *Inspection {
	look := &Inspection{Train: lookAt(d.Train), Test: lookAt(d.Test), Duplicates: duplicates(d)}
	look.Warnings = slices.Concat(look.leaks(d), d.unreadable(), look.balance(d), look.small(d), d.notes())
	return look
}

// Warnings is what was met while d was read, in sentences: files that were left out, and what is not used. Inspect
// looks at the images too.
func (d *Dataset) Warnings() []string { return slices.Concat(d.unreadable(), d.notes()) }

func (d *Dataset) notes() []string {
	if d.Pictures == nil {
		return nil
	}
	return d.Pictures.Notes
}

// ChannelNames are those of images of 1 or 3 channels.
func ChannelNames(channels int) []string {
	if channels == 1 {
		return []string{"grey"}
	}
	return []string{"red", "green", "blue"}
}

func lookAt(s *Set) SplitLook {
	l := SplitLook{Counts: counts(s)}
	for c := range s.C {
		mean, deviation := channelMoments(s, c, nil)
		l.Mean, l.Deviation = append(l.Mean, mean), append(l.Deviation, deviation)
	}
	for i := range s.N() {
		if plainImage(s.Image(i), s.C) {
			l.Plain++
		}
	}
	return l
}

// plainImage says whether all pixels are equal: each byte is that one pixel before.
func plainImage(b []byte, channels int) bool {
	return string(b[channels:]) == string(b[:len(b)-channels])
}

// duplicates compares images by a hash of their pixels.
func duplicates(d *Dataset) Duplicates {
	var found Duplicates
	type place struct {
		image int
		label uint8
	}
	first := make(map[[sha256.Size]byte]place, d.Train.N())
	for i, label := range d.Train.Labels {
		h := sha256.Sum256(d.Train.Image(i))
		p, known := first[h]
		if !known {
			first[h] = place{i, label}
			continue
		}
		found.Within++
		if p.label != label {
			found.Conflict++
		}
	}
	for i, label := range d.Test.Labels {
		p, known := first[sha256.Sum256(d.Test.Image(i))]
		if !known {
			continue
		}
		found.Across = append(found.Across, Pair{p.image, i})
		if p.label != label {
			found.Conflict++
		}
	}
	return found
}

// maxNamed is how many files a warning names.
const maxNamed = 5

// leaks warns of images that are where they should not be.
func (l *Inspection) leaks(d *Dataset) []string {
	var all []string
	if n := len(l.Duplicates.Across); n > 0 {
		var names []string
		for _, p := range l.Duplicates.Across[:min(n, maxNamed)] {
			if d.Test.Paths != nil {
				names = append(names, d.Test.Paths[p.Test]+" is "+d.Train.Paths[p.Train])
			}
		}
		text := fmt.Sprintf("%s also in the training set, to the pixel: what is learned by heart counts as right", count(n, "test picture is", "test pictures are"))
		if len(names) > 0 {
			text += " (" + strings.Join(names, ", ") + andMore(n-len(names)) + ")"
		}
		all = append(all, text)
	}
	if n := l.Duplicates.Conflict; n > 0 {
		all = append(all, count(n, "picture has another label than its copy", "pictures have other labels than their copies"))
	}
	if n := l.Duplicates.Within; n > 0 {
		all = append(all, count(n, "training picture is", "training pictures are")+" there more than once")
	}
	if n := l.Train.Plain + l.Test.Plain; n > 0 {
		all = append(all, count(n, "picture is", "pictures are")+" of one colour")
	}
	return all
}

// unreadable names the files that were left out.
func (d *Dataset) unreadable() []string {
	if d.Pictures == nil {
		return nil
	}
	const most = 10
	var all []string
	files := d.Pictures.Unreadable
	for _, u := range files[:min(len(files), most)] {
		all = append(all, fmt.Sprintf("left out: %s: %s", u.Path, u.Problem))
	}
	if n := len(files); n > most {
		all = append(all, fmt.Sprintf("left out: %d files more, %d in all", n-most, n))
	}
	return all
}

// imbalance is how many times more pictures a class has than another when it is worth a word.
const imbalance = 1.5

// balance warns of classes that are rare or missing.
func (l *Inspection) balance(d *Dataset) []string {
	var all []string
	most, least := 0, 0
	for i, n := range l.Train.Counts {
		if n > l.Train.Counts[most] {
			most = i
		}
		if n < l.Train.Counts[least] {
			least = i
		}
	}
	many, few := l.Train.Counts[most], l.Train.Counts[least]
	if float64(many) >= imbalance*float64(few) {
		right := l.Test.Counts[most]
		all = append(all, fmt.Sprintf("classes are not balanced: %s has %s, %s has %d; a guess that is always %s is right in %.1f %% of the test set",
			d.Classes[most], count(many, "training picture", "training pictures"), d.Classes[least], few, d.Classes[most], 100*float64(right)/float64(max(d.Test.N(), 1))))
	}
	var missing []string
	for i, n := range l.Test.Counts {
		if n == 0 {
			missing = append(missing, d.Classes[i])
		}
	}
	if n := len(missing); n > 0 {
		all = append(all, "the test set has no picture of "+strings.Join(missing[:min(n, maxNamed)], ", ")+andMore(n-min(n, maxNamed)))
	}
	return all
}

// small says how exactly an accuracy can be known, where the test set is small: the 95 % interval of a share p
// of n is p ± 1.96 √(p(1−p)/n), here for p = 0.9.
func (l *Inspection) small(d *Dataset) []string {
	n := d.Test.N()
	half := 100 * 1.96 * math.Sqrt(0.9*0.1/float64(max(n, 1)))
	if half < 1 {
		return nil
	}
	return []string{fmt.Sprintf("the test set is small: one of %s is %.2f points, and an accuracy of 90 %% is known to ±%.1f points (95 %% interval) from one run",
		count(n, "picture", "pictures"), 100/float64(max(n, 1)), half)}
}
