package theory

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"gradlab/nn"
)

func TestTime(t *testing.T) {
	m := nn.Model{Init: nn.Init{Name: "xavier"}, Layers: []nn.Layer{nn.Repeat{Times: 20, Layers: []nn.Layer{nn.Linear{Out: 512}, nn.Activation{Name: "tanh"}}}, nn.Linear{Out: nn.Classes}}}
	a := time.Now()
	p, _ := nn.Compile[float32](m, nn.Shape{512}, 10, nn.Options{Batch: 256, Seed: 1})
	b := time.Now()
	x := make([]float32, 256*512)
	for i := range x {
		x[i] = float32(rand.NormFloat64())
	}
	p.Forward(x, 256)
	p.Loss(make([]int32, 256), 256)
	c := time.Now()
	p.Backward(256)
	d := time.Now()
	pr, err := Predict(m, nn.Shape{512}, 10, 256, Moments{Second: 1})
	e := time.Now()
	_, err2 := DepthScales(m, nn.Shape{512}, 10, Moments{Second: 1})
	fmt.Println(b.Sub(a), c.Sub(b), d.Sub(c), e.Sub(d), err, pr.Loss, err2, time.Since(e))
	for _, s := range []struct {
		n    string
		w, b float64
	}{{"tanh", 1, 0}, {"tanh", 1.76, 0.05}, {"tanh", 1.99, 0.1}, {"relu", 2, 0}, {"sigmoid", 1, 0}, {"sigmoid", 1. / 3, 0}, {"tanh", 1. / 3, 0}, {"tanh", 25. / 9, 0}} {
		e := time.Now()
		s, err := NewScales(nn.Activation{Name: s.n}, s.w, s.b, 1)
		fmt.Printf("%+v %v %v\n", s, err, time.Since(e))
	}
	_ = math.Pi
}
