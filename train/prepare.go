package train

import (
	"context"

	"gradlab/data"
)

// lsuvBatch is the number of training images from which LSUV takes its variances.
const lsuvBatch = 100

// prepare ends the initialisation of a plan that needs data for it: the images that training sees first.
func (r *run) prepare(table *data.Table[float32]) error {
	if !r.plan.NeedsLSUV() {
		return nil
	}
	set := r.Data.Train
	plan, err := r.plan.WithBatch(min(lsuvBatch, set.N()))
	if err != nil {
		return err
	}
	loader, err := data.NewLoader(set, table, plan.Batch(), r.Seed+r.Config.OrderOffset, true)
	if err != nil {
		return err
	}
	if r.kept != nil {
		loader = loader.Only(r.kept)
	}
	for _, b := range loader.Epoch(context.Background(), 0, 0) {
		plan.LSUV(b.X, b.N)
		break
	}
	return nil
}
