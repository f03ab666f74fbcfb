package safetensors

import (
	"encoding/binary"
	"fmt"
	"math"
)

// Float32s makes a tensor of values.
func Float32s(name string, shape []int, values []float32) Tensor {
	data := make([]byte, 0, 4*len(values))
	for _, v := range values {
		data = binary.LittleEndian.AppendUint32(data, math.Float32bits(v))
	}
	return Tensor{name, F32, shape, data}
}

// Float64s makes a tensor of one dimension.
func Float64s(name string, values []float64) Tensor {
	data := make([]byte, 0, 8*len(values))
	for _, v := range values {
		data = binary.LittleEndian.AppendUint64(data, math.Float64bits(v))
	}
	return Tensor{name, F64, []int{len(values)}, data}
}

// Int64s makes a tensor of one dimension.
func Int64s(name string, values []int64) Tensor {
	data := make([]byte, 0, 8*len(values))
	for _, v := range values {
		data = binary.LittleEndian.AppendUint64(data, uint64(v))
	}
	return Tensor{name, I64, []int{len(values)}, data}
}

// Bytes makes a tensor of one dimension.
func Bytes(name string, values []byte) Tensor { return Tensor{name, U8, []int{len(values)}, values} }

// Float32s gives the values of a tensor of type F32.
func (t Tensor) Float32s() ([]float32, error) {
	if err := t.is(F32); err != nil {
		return nil, err
	}
	values := make([]float32, len(t.Data)/4)
	for i := range values {
		values[i] = math.Float32frombits(binary.LittleEndian.Uint32(t.Data[4*i:]))
	}
	return values, nil
}

// Float64s gives the values of a tensor of type F64.
func (t Tensor) Float64s() ([]float64, error) {
	if err := t.is(F64); err != nil {
		return nil, err
	}
	values := make([]float64, len(t.Data)/8)
	for i := range values {
		values[i] = math.Float64frombits(binary.LittleEndian.Uint64(t.Data[8*i:]))
	}
	return values, nil
}

// Int64s gives the values of a tensor of type I64.
func (t Tensor) Int64s() ([]int64, error) {
	if err := t.is(I64); err != nil {
		return nil, err
	}
	values := make([]int64, len(t.Data)/8)
	for i := range values {
		values[i] = int64(binary.LittleEndian.Uint64(t.Data[8*i:]))
	}
	return values, nil
}

// Bytes gives the values of a tensor of type U8.
func (t Tensor) Bytes() ([]byte, error) { return t.Data, t.is(U8) }

func (t Tensor) is(want Type) error {
	if t.Type != want {
		return fmt.Errorf("tensor %q holds %s, expected %s", t.Name, t.Type, want)
	}
	return nil
}
