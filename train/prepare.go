package train

import "context"

// lsuvBatch is the number of training images from which LSUV takes its variances.
const lsuvBatch = 100

// prepare ends the initialisation of a plan that needs data for it: the images that training sees first.
func (r *run) prepare() error {
	if !r.plan.NeedsLSUV() {
		return nil
	}
	plan, err := r.plan.WithBatch(min(lsuvBatch, r.Data.Train.N()))
	if err != nil {
		return err
	}
	for _, b := range r.train.InBatches(plan.Batch()).Epoch(context.Background(), 0, 0) {
		plan.LSUV(b.X, b.N)
		break
	}
	return nil
}
