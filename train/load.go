package train

import (
	"gradlab/data"
)

// load makes the loaders of a trial: training images in an order of each epoch and changed by chance, the others in
// the set's order and changed without.
func (r *run) load() error {
	table, err := data.NewTableOf[float32](r.Config.Scaling(), r.Data.Train, r.kept)
	if err != nil {
		return err
	}
	if r.train, err = data.NewLoader(r.Data.Train, table, r.plan.Batch(), r.Seed+r.Config.OrderOffset, true); err != nil {
		return err
	}
	if r.kept != nil {
		r.train = r.train.Only(r.kept)
	}
	if r.train, err = r.train.Transformed(r.Config.Transforms, r.Seed); err != nil {
		return err
	}
	evaluated := func(set *data.Set) (*data.Loader[float32], error) {
		l, err := data.NewLoader(set, table, r.evaluation.Batch(), r.Seed, false)
		if err != nil {
			return nil, err
		}
		return l.Transformed(r.Config.Transforms.Evaluation(), r.Seed)
	}
	if r.test, err = evaluated(r.Data.Test); err != nil {
		return err
	}
	if r.Config.Test == TestOnce {
		if r.seen, err = evaluated(r.Data.Train); err != nil {
			return err
		}
		if r.kept != nil {
			r.seen = r.seen.Only(r.kept)
		}
	}
	if r.kept == nil {
		return nil
	}
	if r.validation, err = evaluated(r.Data.Train); err != nil {
		return err
	}
	r.validation = r.validation.Only(r.held)
	return nil
}

// Steps is the number of steps of a whole training on the data as c says, whose seed decides which images are held out.
func Steps(d *data.Dataset, c Config, seed uint64) (int, error) {
	n := d.Train.N()
	if c.Validation > 0 {
		kept, _, err := d.Train.Holdout(c.Validation, seed)
		if err != nil {
			return 0, err
		}
		n = len(kept)
	}
	batch, _ := batches(d.Info(), c)
	return c.Epochs * ((n + batch - 1) / batch), nil
}
