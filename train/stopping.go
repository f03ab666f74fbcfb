package train

import (
	"fmt"
	"math"

	"gradlab/nn"
)

// EarlyStopping ends training where the loss on the validation images no longer falls, and goes back to the
// weights with which it was lowest.
type EarlyStopping struct {
	Patience int // epochs in a row without a lower loss, after which training ends; 0 never stops early
}

// Validation is what the images that were held out of training came to.
type Validation struct {
	Loss    float64 // mean cross-entropy, without penalties or smoothing
	Correct int
	Total   int
}

// Accuracy is the fraction that was classified correctly.
func (v Validation) Accuracy() float64 { return float64(v.Correct) / float64(v.Total) }

// Stopping is what early stopping came to.
type Stopping struct {
	Best  int     // epoch, from 1, with the lowest validation loss: the final weights are its; 0 where no loss was finite
	Loss  float64 // its validation loss
	Early bool    // whether training ended before its last epoch
}

// stopper watches the validation loss of a trial.
type stopper struct {
	patience int
	best     nn.Snapshot[float32]
	Stopping
}

// epoch takes the validation loss of an epoch.
func (s *stopper) epoch(epoch int, loss float64, plan *nn.Plan[float32]) {
	if !math.IsNaN(loss) && (s.Best == 0 || loss < s.Loss) {
		s.Best, s.Loss = epoch, loss
		plan.Save(&s.best)
	}
}

// stopsEarly says whether training is to end after the epochs that are finished.
func (r *run) stopsEarly() bool {
	s := r.stopper
	return s != nil && s.patience > 0 && len(r.result.Epochs)-s.Best >= s.patience
}

// checkValidation says what of c makes no sense for images that are held out.
func (c Config) checkValidation() error {
	if !(c.Validation >= 0 && c.Validation < 1) {
		return fmt.Errorf("the share of the training images to validate on is %v, but must be at least 0 and below 1", c.Validation)
	}
	if c.EarlyStopping.Patience < 0 {
		return fmt.Errorf("the patience is %d epochs, but must not be negative", c.EarlyStopping.Patience)
	}
	if c.EarlyStopping.Patience > 0 && c.Validation == 0 {
		return fmt.Errorf("early stopping needs images to validate on")
	}
	return nil
}

// hold divides the training images, if some are to be validated on.
func (r *run) hold() error {
	if r.Config.Validation == 0 {
		return nil
	}
	kept, held, err := r.Data.Train.Holdout(r.Config.Validation, r.Seed)
	if err != nil {
		return err
	}
	r.kept, r.held = kept, held
	return nil
}

// Final is the epoch whose weights the trial ended with: the last one, or that to which early stopping went back.
func (r *Result) Final() EpochResult { return *r.final() }

func (r *Result) final() *EpochResult {
	if r.Stopping != nil && r.Stopping.Best > 0 {
		return &r.Epochs[r.Stopping.Best-1]
	}
	return &r.Epochs[len(r.Epochs)-1]
}
