package nn

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
	"math"

	"gradlab/internal/kernel"
)

// Digest is "sha256:" and the hash over the version of the arithmetic and all parameters in declared
// order, with running statistics behind the parameters of their layer: each one's name, and its values in little-endian order with one pattern for every NaN.
func (p *Plan[T]) Digest() string {
	h := sha256.New()
	fmt.Fprintf(h, "gradlab numerics %d\n", kernel.Numerics)
	for _, q := range p.tensors() {
		fmt.Fprintf(h, "%s %v\n", q.Name, q.Shape)
		writeValues(h, q.Data)
	}
	return fmt.Sprintf("sha256:%x", h.Sum(nil))
}

func writeValues[T kernel.Float](h hash.Hash, x []T) {
	buf := make([]byte, 0, 4096)
	for _, v := range x {
		switch v := any(v).(type) {
		case float32:
			bits := math.Float32bits(v)
			if v != v {
				bits = 0x7fc00000
			}
			buf = binary.LittleEndian.AppendUint32(buf, bits)
		case float64:
			bits := math.Float64bits(v)
			if v != v {
				bits = 0x7ff8000000000000
			}
			buf = binary.LittleEndian.AppendUint64(buf, bits)
		}
		if len(buf) >= 4088 {
			h.Write(buf)
			buf = buf[:0]
		}
	}
	h.Write(buf)
}
