package safetensors

import (
	"bytes"
	"encoding/binary"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// sample is what testdata/make.py gives to the reference implementation.
func sample() File {
	return File{
		Metadata: map[string]string{"note": `a <b> & "c" é`},
		Tensors: []Tensor{
			Float32s("linear1.weight", []int{2, 3}, []float32{0, 1. / 7, 2. / 7, 3. / 7, 4. / 7, 5. / 7}),
			Float32s("linear1.bias", []int{2}, []float32{float32(math.Copysign(0, -1)), float32(math.Inf(1))}),
			Float32s("velocity.linear1.bias", []int{2}, []float32{1e-45, -3.5}),
			Float64s("probe.sums", []float64{0.1, math.Float64frombits(0x7ff8000000000000), -1e300}),
			Int64s("probe.counts", []int64{-1, 1<<53 + 1}),
			Bytes("probe.alive", []byte{0, 1, 255}),
			Float32s("empty", []int{0, 4}, nil),
			Float32s("scalar", nil, []float32{2.5}),
		},
	}
}

// TestTheSameBytesAsTheReference: sample.safetensors was written by the Python package.
func TestTheSameBytesAsTheReference(t *testing.T) {
	want, err := os.ReadFile("testdata/sample.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	got, err := sample().Encode()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("got\n%q\nwant\n%q", got, want)
	}
	f, err := Decode(want)
	if err != nil {
		t.Fatal(err)
	}
	byName := cmpopts.SortSlices(func(a, b Tensor) bool { return a.Name < b.Name })
	if d := cmp.Diff(sample(), f, byName, cmpopts.EquateEmpty()); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

// file makes a file of a header and n bytes of values.
func file(header string, n int) []byte {
	out := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(out, header...), make([]byte, n)...)
}

func TestDecodeRefuses(t *testing.T) {
	for _, c := range []struct {
		data []byte
		want string // in the message; "" is none
	}{
		{file(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}  `, 8), ""},
		{file(`{}`, 0), ""},
		{nil, "ends within"},
		{[]byte("1234567"), "ends within"},
		{file(`{}`, 0)[:9], "said to be 2 bytes"},
		{binary.LittleEndian.AppendUint64(nil, math.MaxUint64), "said to be"},
		{file(`[]`, 0), "no JSON object"},
		{file(`{"a":3}`, 0), `nothing sensible of "a"`},
		{file(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}`, 8), "does not end"},
		{file(`{} {}`, 0), "behind its header"},
		{file(`{}`, 1), "1 bytes stand behind"},
		{file(`{"a":{"dtype":"F16","shape":[4],"data_offsets":[0,8]}}`, 8), `type is "F16"`},
		{file(`{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}`, 8), "shape is [-2]"},
		{file(`{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}`, 8), "8 bytes for the shape [3]"},
		{file(`{"a":{"dtype":"F64","shape":[4611686018427387904,4],"data_offsets":[0,8]}}`, 8), "too large"},
		{file(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`, 4), "said to stand at"},
		{file(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}`, 12), "said to stand at"},
		{file(`{"a":{"dtype":"U8","shape":[0],"data_offsets":[8,-1]}}`, 12), "said to stand at"},
		{file(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}`, 12), "said to stand at"},
		{file(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}`, 8), "twice"},
		{file(`{"__metadata__":{"a":1}}`, 0), "nothing sensible"},
	} {
		_, err := Decode(c.data)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v, want %q", c.data, err, c.want)
		}
	}
}

func TestEncodeRefuses(t *testing.T) {
	for _, tensors := range [][]Tensor{
		{Bytes("a", nil), Bytes("a", nil)},
		{Bytes("__metadata__", nil)},
		{{Name: "a", Type: F32, Shape: []int{2}, Data: make([]byte, 4)}},
		{{Name: "a", Type: "F16", Shape: []int{2}, Data: make([]byte, 4)}},
	} {
		if _, err := (File{Tensors: tensors}).Encode(); err == nil {
			t.Errorf("%v was encoded", tensors)
		}
	}
}

// TestValuesOfAnotherType: a reader that takes one type for another must hear of it.
func TestValuesOfAnotherType(t *testing.T) {
	x := Float32s("a", []int{2}, []float32{1, 2})
	if _, err := x.Float64s(); err == nil {
		t.Error("F32 was read as F64")
	}
	if _, err := x.Int64s(); err == nil {
		t.Error("F32 was read as I64")
	}
	if _, err := x.Bytes(); err == nil {
		t.Error("F32 was read as U8")
	}
	if _, err := Bytes("b", []byte("12345678")).Float32s(); err == nil {
		t.Error("U8 was read as F32")
	}
}

// TestRoundTrip: any bits come back.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfNDistinct(rapid.String(), 0, 5, rapid.ID).Draw(t, "names")
		want := File{}
		for _, name := range names {
			if name == metadataKey || strings.ToValidUTF8(name, "") != name {
				continue
			}
			bits := rapid.SliceOf(rapid.Uint32()).Draw(t, "bits")
			values := make([]float32, len(bits))
			for i, b := range bits {
				values[i] = math.Float32frombits(b)
			}
			want.Tensors = append(want.Tensors, Float32s(name, []int{len(bits)}, values))
		}
		data, err := want.Encode()
		if err != nil {
			t.Fatal(err)
		}
		got, err := Decode(data)
		if err != nil {
			t.Fatal(err)
		}
		byName := cmpopts.SortSlices(func(a, b Tensor) bool { return a.Name < b.Name })
		if d := cmp.Diff(want, got, byName, cmpopts.EquateEmpty()); d != "" {
			t.Errorf("-want +got:\n%s", d)
		}
	})
}

func FuzzDecode(f *testing.F) {
	whole, err := sample().Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add(whole[:len(whole)-1])
	f.Add(file(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`, 8))
	f.Fuzz(func(t *testing.T, data []byte) {
		decoded, err := Decode(data)
		if err != nil {
			return
		}
		again, err := decoded.Encode()
		if err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		if back, err := Decode(again); err != nil || !cmp.Equal(decoded.Metadata, back.Metadata, cmpopts.EquateEmpty()) || len(back.Tensors) != len(decoded.Tensors) {
			t.Fatalf("%v, %v after %v", back, err, decoded)
		}
	})
}
