package study

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"gradlab/nn"
	"gradlab/remedy"
)

// A Trial is one training run: an arm with a seed.
type Trial struct {
	Arm     Arm
	Seed    uint64
	Variant remedy.Variant // the model and the training of this trial: the arm's, or what its seed drew
	Hash    string         // SHA-256 in hexadecimal over what defines the trial
}

// Trials are the part's training runs: every arm with the first seed, then every arm with the
// second, so that an interrupted study can already compare its arms.
//
// Hash covers the model, the training, the seed, the version of the arithmetic and the data's
// fingerprint (data.Dataset.Digest): everything that the result follows from, and nothing else. An
// archive that was moved, an arm's name, a remedy whose outcome stands in the file itself, or a comment in it
// change no hash.
func (p Part) Trials(numerics int, fingerprint string) []Trial {
	return trials(p.Arms, p.Seeds, numerics, fingerprint)
}

func trials(arms []Arm, seeds []uint64, numerics int, fingerprint string) []Trial {
	type key struct {
		arm     int
		variant string
	}
	known := map[key][sha256.Size]byte{}
	var all []Trial
	for _, seed := range seeds {
		for i, a := range arms {
			v := a.At(seed)
			k := key{i, v.Name}
			if _, found := known[k]; !found {
				known[k] = sha256.Sum256([]byte(describe(v.Subject)))
			}
			sum := sha256.Sum256(fmt.Appendf(nil, "numerics %d\ndata %s\nseed %d\narm %x\n", numerics, fingerprint, seed, known[k]))
			all = append(all, Trial{a, seed, v, hex.EncodeToString(sum[:])})
		}
	}
	return all
}

// describe writes a model and its training in one form: repeats written out, the model's
// initialisation given to the layers that name none, fields with their zero value left out (so that
// a field that nn or train gets later leaves old hashes as they are).
func describe(a remedy.Subject) string {
	var b strings.Builder
	for _, l := range written(a.Model.Layers, a.Model.Init) {
		b.WriteString("layer " + fieldsText(reflect.ValueOf(l)) + "\n")
	}
	if a.Train.Inputs == "standard" && a.Train.Validation > 0 {
		b.WriteString("inputs of the images trained on\n") // they were of all training images once
	}
	b.WriteString("train " + fieldsText(reflect.ValueOf(a.Train)) + "\n")
	return b.String()
}

// written is the layers with repeats written out and defaults filled in.
func written(layers []nn.Layer, init nn.Init) []nn.Layer {
	var all []nn.Layer
	for _, l := range layers {
		switch l := l.(type) {
		case nn.Repeat:
			inner := written(l.Layers, init)
			for range l.Times {
				all = append(all, inner...)
			}
		case nn.Linear:
			l.Init = orElse(l.Init, orElse(init, nn.Init{Name: "pytorch"}))
			all = append(all, l)
		case nn.Conv2d:
			l.Init = orElse(l.Init, orElse(init, nn.Init{Name: "pytorch"}))
			l.Stride = orElse(l.Stride, nn.Square(1))
			all = append(all, l)
		case nn.BatchNorm:
			l.Momentum, l.Epsilon = orElse(l.Momentum, 0.1), orElse(l.Epsilon, 1e-5)
			all = append(all, l)
		case nn.LayerNorm:
			l.Epsilon = orElse(l.Epsilon, 1e-5)
			all = append(all, l)
		case nn.Residual:
			l.Layers = written(l.Layers, init)
			l.Init = orElse(l.Init, orElse(init, nn.Init{Name: "pytorch"}))
			all = append(all, l)
		case nn.MaxPool2d:
			l.Stride = orElse(l.Stride, l.Kernel)
			all = append(all, l)
		case nn.AvgPool2d:
			l.Stride = orElse(l.Stride, l.Kernel)
			all = append(all, l)
		default:
			all = append(all, l)
		}
	}
	return all
}

// orElse is v, or other when v is the zero value.
func orElse[T comparable](v, other T) T {
	var zero T
	if v == zero {
		return other
	}
	return v
}

// fieldsText writes a value without its zero fields: Linear{Out:120 Init:{Name:"pytorch"}}.
func fieldsText(v reflect.Value) string {
	switch v.Kind() {
	case reflect.Struct:
		var fields []string
		for i := range v.NumField() {
			if f := v.Field(i); !f.IsZero() {
				fields = append(fields, v.Type().Field(i).Name+":"+fieldsText(f))
			}
		}
		return v.Type().Name() + "{" + strings.Join(fields, " ") + "}"
	case reflect.Slice, reflect.Array:
		var items []string
		for i := range v.Len() {
			items = append(items, fieldsText(v.Index(i)))
		}
		return "[" + strings.Join(items, " ") + "]"
	case reflect.Interface, reflect.Pointer:
		return fieldsText(v.Elem())
	case reflect.Float64, reflect.Float32:
		return strconv.FormatFloat(v.Float(), 'g', -1, 64)
	case reflect.String:
		return strconv.Quote(v.String())
	}
	return fmt.Sprint(v)
}
