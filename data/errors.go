package data

import "errors"

// A HintError is an error with advice: what the reader can do about it.
type HintError struct {
	Err    error
	Advice string
}

func (e *HintError) Error() string { return e.Err.Error() }
func (e *HintError) Unwrap() error { return e.Err }

// Hint is the advice, one or two lines without a full stop.
func (e *HintError) Hint() string { return e.Advice }

// hint gives err advice, unless it is nil or carries advice already: the innermost knows best.
func hint(err error, advice string) error {
	var h *HintError
	if err == nil || errors.As(err, &h) {
		return err
	}
	return &HintError{Err: err, Advice: advice}
}
