package nn_test

import (
	"fmt"

	"gradlab/nn"
	"gradlab/optim"
)

// A network learns to tell a pair of numbers from its reverse, on portable code and two threads.
func Example() {
	engine, err := nn.NewEngine("portable", 2)
	if err != nil {
		fmt.Println(err)
		return
	}
	model := nn.Model{Layers: []nn.Layer{nn.Linear{Out: 8}, nn.Activation{Name: "tanh"}, nn.Linear{Out: nn.Classes}}}
	plan, err := nn.Compile[float32](model, nn.Shape{2}, 2, nn.Options{Batch: 2, Seed: 1, Engine: engine})
	if err != nil {
		fmt.Println(err)
		return
	}
	x, labels := []float32{0, 1, 1, 0}, []int32{0, 1}
	for range 200 {
		plan.Forward(x, 2)
		plan.Loss(labels, 2)
		plan.Backward(2)
		plan.Update(optim.SGD{Rate: 0.5}, false)
	}
	logits := plan.Forward(x, 2)
	fmt.Println(logits[0] > logits[1], logits[2] < logits[3])
	// Output: true true
}
