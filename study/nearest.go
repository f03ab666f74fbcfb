package study

import (
	"slices"
	"strings"

	"gradlab/internal/nearest"
)

// elsewhere are the names that other programs use for what study files call otherwise.
var elsewhere = map[string]string{
	"dense": "linear", "fc": "linear", "fully-connected": "linear",
	"conv2d": "conv", "convolution": "conv", "channels": "filters", "out-channels": "filters", "units": "out",
	"maxpool2d": "maxpool", "max-pool": "maxpool", "avgpool2d": "avgpool", "average-pool": "avgpool",
	"lr": "rate", "learning-rate": "rate", "batch-size": "batch", "optimizer": "sgd", "optimiser": "sgd",
	"wd": "weight-decay", "l2": "weight-decay", "name": "study", "dataset": "data", "layers": "model",
	"training": "train", "variables": "let", "grid": "vary", "seed": "seeds", "initialisation": "init",
	"random-horizontal-flip": "flip", "horizontal-flip": "flip", "random-vertical-flip": "vertical-flip", "random-rotation": "rotation",
	"color-jitter": "jitter", "colour-jitter": "jitter", "random-erasing": "cutout", "center-crop": "centre-crop", "random-affine": "translation",
	"augmentation": "transforms", "augment": "transforms", "normalize": "inputs", "normalise": "inputs",
	"initialization": "init", "swish": "silu", "none": "identity",
}

// nearestName is the known name that was most likely meant by name, or "".
func nearestName(name string, known []string) string {
	if k := elsewhere[nearest.Plain(name)]; slices.Contains(known, k) {
		return k
	}
	return nearest.To(name, known)
}

// didYouMean is the hint for an unknown name: the nearest known one, or all of them.
func didYouMean(name string, known []string) string {
	if k := nearestName(name, known); k != "" {
		return "did you mean " + k + "?"
	}
	if len(known) == 0 {
		return ""
	}
	return "known are " + strings.Join(known, ", ")
}
