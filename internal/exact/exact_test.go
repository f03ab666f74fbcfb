package exact

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

type inner struct{ A, B float64 }

type all struct {
	Text  string
	Yes   bool
	N     int
	U     uint64
	F     float64
	List  [][]int
	Bytes []byte
	One   *inner
	Many  []inner
}

// sameBits tells floats apart that == does not, and takes all NaNs for one.
var sameBits = cmp.Comparer(func(a, b float64) bool {
	return math.Float64bits(a) == math.Float64bits(b) || math.IsNaN(a) && math.IsNaN(b)
})

func TestRoundTrip(t *testing.T) {
	float := rapid.OneOf(rapid.Float64(), rapid.Map(rapid.Uint64(), math.Float64frombits),
		rapid.SampledFrom([]float64{0, math.Copysign(0, -1), math.NaN(), math.Inf(1), math.Inf(-1), 5e-324, math.MaxFloat64}))
	one := rapid.Custom(func(t *rapid.T) inner { return inner{float.Draw(t, "a"), float.Draw(t, "b")} })
	rapid.Check(t, func(t *rapid.T) {
		want := all{
			Text: rapid.String().Draw(t, "text"), Yes: rapid.Bool().Draw(t, "yes"), N: rapid.Int().Draw(t, "n"),
			U: rapid.Uint64().Draw(t, "u"), F: float.Draw(t, "f"), Bytes: rapid.SliceOf(rapid.Byte()).Draw(t, "bytes"),
			List: rapid.SliceOf(rapid.SliceOf(rapid.Int())).Draw(t, "list"), Many: rapid.SliceOf(one).Draw(t, "many"),
		}
		if rapid.Bool().Draw(t, "one") {
			v := one.Draw(t, "inner")
			want.One = &v
		}
		want.Text = strings.ToValidUTF8(want.Text, "")
		data, err := Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		got := all{N: 9, Text: "left over"}
		if err := Unmarshal(data, &got); err != nil {
			t.Fatalf("%s: %v", data, err)
		}
		if d := cmp.Diff(want, got, sameBits, cmpopts.EquateEmpty()); d != "" {
			t.Errorf("%s: -want +got:\n%s", data, d)
		}
	})
}

func TestTheForm(t *testing.T) {
	got, err := Marshal(inner{math.Inf(-1), 0.1})
	if want := `{"A":"-Inf","B":0.1}`; err != nil || string(got) != want {
		t.Errorf("%s, %v, want %s", got, err, want)
	}
}

// TestNothingIsLeftOut: what could not be read again is refused when it is written.
func TestNothingIsLeftOut(t *testing.T) {
	for _, v := range []any{struct{ a int }{1}, map[string]int{"a": 1}, struct{ C chan int }{}, float32(1)} {
		if data, err := Marshal(v); err == nil {
			t.Errorf("%T became %s", v, data)
		}
	}
}

func TestUnmarshalRefuses(t *testing.T) {
	for _, text := range []string{``, `[]`, `{"Z":1}`, `{"N":1.5}`, `{"N":"1"}`, `{"N":1e99}`, `{"F":"nan"}`, `{"F":1e999}`, `{"List":[1]}`,
		`{"Bytes":"!"}`, `{"Yes":1}`, `{"One":[]}`, `{"U":-1}`, `{"Text":null}`} {
		if err := Unmarshal([]byte(text), &all{}); err == nil {
			t.Errorf("%s was read", text)
		}
	}
}

func FuzzUnmarshal(f *testing.F) {
	f.Add([]byte(`{"Text":"a","N":3,"F":"NaN","List":[[1],null],"Bytes":"AAEC","One":{"A":1},"Many":[{"B":"+Inf"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var v, again all
		if err := Unmarshal(data, &v); err != nil {
			return
		}
		text, err := Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		if err := Unmarshal(text, &again); err != nil || !cmp.Equal(v, again, sameBits, cmpopts.EquateEmpty()) {
			t.Fatalf("%+v, %v after %+v", again, err, v)
		}
	})
}
