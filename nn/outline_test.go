package nn

import (
	"fmt"
	"slices"
	"testing"

	"gradlab/internal/kernel"
	"gradlab/optim"
)

func outlineModel() Model {
	return Model{Layers: []Layer{
		Conv2d{Filters: 5, Kernel: Square(3), Padding: Square(1)}, Activation{Name: "gelu"}, MaxPool2d{Kernel: Square(2)},
		Conv2d{Filters: 4, Kernel: Square(2)}, Activation{Name: "relu"}, Flatten{},
		Linear{Out: 30}, Activation{Name: "tanh"}, Linear{Out: 20, NoBias: true}, Linear{Out: Classes},
	}}
}

// TestOutline looks at the kernels of a step: each layer's in its place, with what is fused.
func TestOutline(t *testing.T) {
	isa := kernel.Available()[0]
	name := isa.String()
	o, err := NewOutline[float32](outlineModel(), Shape{8, 8, 3}, 10, Options{Batch: 6, Engine: kernel.New(isa, 1)}, optim.SGD{Rate: 0.1}, false)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, k := range o.Kernels {
		line := fmt.Sprintf("%s %s %s %d %s", k.Pass, k.Layer, k.Kernel, k.Count, k.Shape)
		for _, f := range k.Fused {
			if f.Kernel == "planes" { // depends on how wide vectors are
				continue
			}
			line += fmt.Sprintf(" +%s %s", f.Kernel, f.Where)
		}
		if k.InPlace {
			line += " in place"
		}
		if k.Scratch {
			line += " from scratch"
		}
		got = append(got, line)
	}
	want := []string{
		"forward conv1 ConvForward 6 8×8×5 from 8×8×3 by 3×3 +bias registers",
		"forward gelu1 GELU 1920 ",
		"forward maxpool1 MaxPool 6 4×4×5 from 8×8×5 by 2×2",
		"forward conv2 ConvForward 6 3×3×4 from 4×4×5 by 2×2 +bias registers",
		"forward relu1 ReLU 216  in place",
		"forward linear1 MatMulNT 1 6×30, K 36 +bias registers +Tanh cache",
		"forward linear2 MatMulNT 1 6×20, K 30",
		"forward linear3 MatMulNT 1 6×10, K 20 +bias registers",
		"loss loss SoftmaxCrossEntropy 6 10 classes +Exp cache",
		"backward linear3 MatMulNN 1 6×20, K 10",
		"backward linear3 MatMulTNUpdate 1 10×20, K 6 +SGD registers",
		"backward linear3 ColSum 1 6×10",
		"update linear3.bias SGDUpdate 1 1×10, SGD from scratch",
		"backward linear2 MatMulNN 1 6×30, K 20 +TanhGrad cache",
		"backward linear2 MatMulTNUpdate 1 20×30, K 6 +SGD registers",
		"backward linear1 MatMulNN 1 6×36, K 30",
		"backward linear1 MatMulTNUpdate 1 30×36, K 6 +SGD registers",
		"backward linear1 ColSum 1 6×30",
		"update linear1.bias SGDUpdate 1 1×30, SGD from scratch",
		"backward relu1 ReLUGrad 216  in place",
		"backward conv2 ConvInputGrad 6 4×4×5 from 3×3×4 by 2×2",
		"backward maxpool1 MaxPoolGrad 6 8×8×5 from 4×4×5 by 2×2",
		"backward gelu1 GELUGrad 1920 ",
		"backward conv2 ConvWeightGrad 6 4×2×2×5 from 3×3×4 +ColSum cache",
		"backward conv1 ConvWeightGrad 6 5×3×3×3 from 8×8×5 +ColSum cache",
		"update conv2.weight SGDUpdate 1 4×20, SGD from scratch",
		"update conv2.bias SGDUpdate 1 1×4, SGD from scratch",
		"update conv1.weight SGDUpdate 1 5×27, SGD from scratch",
		"update conv1.bias SGDUpdate 1 1×5, SGD from scratch",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got")
		for i, line := range got {
			if i >= len(want) || line != want[i] {
				t.Errorf("  %s", line)
			}
		}
	}
	for _, k := range o.Kernels {
		if k.Kernel == "MatMulNT" && k.ISA != name {
			t.Errorf("%s runs on %s, the engine on %s", k.Kernel, k.ISA, name)
		}
	}
	// 6·30 results of sums over 36, the bias and the activation of what is in the cache.
	if k := o.Kernels[5]; k.FLOPs != 2*6*30*36 || k.Read != 4*(6*36+30*36+30) || k.Written != 4*6*30 {
		t.Errorf("%+v", k)
	}
	if k := o.Kernels[10]; k.Read != 4*(6*10+6*20+10*20) || k.Written != 4*10*20 {
		t.Errorf("%+v", k)
	}
}

// TestOutlineOfWhatIsStored: the same as a plan that has made a step, by every rule and in both forms.
func TestOutlineOfWhatIsStored(t *testing.T) {
	in := Shape{8, 8, 3}
	x, labels := samples[float32](1, 6, in)
	for _, rule := range descentRules {
		for _, stored := range []bool{false, true} {
			o, err := NewOutline[float32](outlineModel(), in, 10, Options{Batch: 6}, rule, stored)
			if err != nil {
				t.Fatal(err)
			}
			p := compiled[float32](t, outlineModel(), in, Options{Batch: 6})
			p.Forward(x, 6)
			p.Loss(labels, 6)
			if stored {
				p.Backward(6)
				p.Update(rule, false)
			} else {
				p.BackwardUpdate(6, rule, false)
			}
			if want := destinations(p.Params()); !slices.Equal(o.Gradients, want) {
				t.Errorf("%+v, stored %v: %v, the plan's are %v", rule, stored, o.Gradients, want)
			}
			scratch := int64(0)
			for _, g := range o.Gradients {
				if stored != (g.Kept == "stored") {
					t.Errorf("%+v, stored %v: the gradient of %s: %s", rule, stored, g.Param, g.Kept)
				}
				if g.Kept == "scratch" {
					scratch += g.Bytes
				}
			}
			s, err := Measure[float32](outlineModel(), in, 10, Options{Batch: 6}, rule)
			if err != nil {
				t.Fatal(err)
			}
			if !stored && s.Memory.UpdateScratch != scratch {
				t.Errorf("%+v: %d bytes of gradients in scratch, measured were %d", rule, scratch, s.Memory.UpdateScratch)
			}
		}
	}
}

// TestOutlineSaysWhatIsPortable: float64 has no assembly, and what is portable on every machine is said.
func TestOutlineSaysWhatIsPortable(t *testing.T) {
	in := Shape{8, 8, 3}
	o64, err := NewOutline[float64](outlineModel(), in, 10, Options{Batch: 6}, optim.SGD{}, false)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range o64.Kernels {
		if k.ISA != "portable" {
			t.Errorf("float64: %s runs on %s", k.Kernel, k.ISA)
		}
	}
	if isa := kernel.Available()[0]; isa == kernel.AVX512 || isa == kernel.AVX2 {
		o, err := NewOutline[float32](outlineModel(), in, 10, Options{Batch: 6}, optim.SGD{}, false)
		if err != nil {
			t.Fatal(err)
		}
		if got := o.Fallbacks(); !slices.Equal(got, []string{"SoftmaxCrossEntropy"}) {
			t.Errorf("portable is %v", got)
		}
	}
}

// TestOutlineOfBlocks: what runs block by block is one kernel with so many calls, and its figures are
// those of the whole batch.
func TestOutlineOfBlocks(t *testing.T) {
	m := Model{Layers: []Layer{Conv2d{Filters: 64, Kernel: Square(3), Padding: Square(1)}, Activation{Name: "relu"}, Flatten{}, Linear{Out: Classes}}}
	for _, threads := range []int{1, 3} {
		o, err := NewOutline[float32](m, Shape{32, 32, 3}, 10, Options{Batch: 50, Engine: kernel.New(kernel.Available()[0], threads)}, optim.SGD{}, false)
		if err != nil {
			t.Fatal(err)
		}
		k := o.Kernels[0]
		if k.Kernel != "ConvForward" || k.Count != 50 || k.Block >= 50 || k.Calls != blocks(50, k.Block, threads) || k.FLOPs != 2*50*32*32*64*27 || k.Threads != threads {
			t.Errorf("%+v", k)
		}
	}
}

// blocks is the number of blocks of n samples when each of the threads takes its share of n.
func blocks(n, block, threads int) int {
	count := 0
	for i := range threads {
		share := n*(i+1)/threads - n*i/threads
		count += (share + block - 1) / block
	}
	return count
}
