package train

import "gradlab/nn"

// batchesAhead is the number of batches that a data.Loader prepares at a time.
const batchesAhead = 3

// Measure gives the size of a trial's model and the bytes of memory that training it takes, the data
// aside, without allocating them. It fails for a model that does not fit its data.
func Measure(t Trial) (s nn.Size, bytes int64, err error) {
	set := t.Data.Train
	in, classes := nn.Shape{set.H, set.W, set.C}, len(t.Data.Classes)
	batch := max(1, min(t.Config.Batch, set.N()))
	s, err = nn.Measure[float32](t.Model, in, classes, batch)
	if err != nil {
		return nn.Size{}, 0, err
	}
	evaluation := max(1, min(evaluationBatch, t.Data.Test.N()))
	e, err := nn.Measure[float32](t.Model, in, classes, evaluation)
	if err != nil {
		return nn.Size{}, 0, err
	}
	copies := int64(1) // of the values; gradients are not stored
	if t.Config.Rule.Momentum != 0 {
		copies++ // velocities
	}
	images := 4 * batchesAhead * int64(max(batch, evaluation)) * int64(in.Size())
	return s, copies*s.Weights + s.Draw + s.Buffers + e.Buffers + images, nil
}
