package train

import (
	"fmt"

	"gradlab/data"
	"gradlab/nn"
)

// Start is a network as training starts with it, and the batches it would see.
type Start struct {
	Plan    *nn.Plan[float32]
	Batches *data.Loader[float32]
}

// Begin makes what Run begins with, initialised from the same streams, for who wants to look at it before, or
// to take single steps.
func Begin(t Trial) (*Start, error) {
	r, err := newRun(t)
	if err != nil {
		return nil, fmt.Errorf("failed to begin training: %w", err)
	}
	return &Start{r.plan, r.train}, nil
}
