// Package study is the study file: a YAML file that says what is trained on what, what varies, and
// with how many seeds. It owns all YAML: reading it strictly, with the place and a hint for every
// mistake; the grid of arms; the built-in studies; and the trials with the hashes that find a
// finished one again.
//
// Load or Parse gives a Study, Set changes it as --set does, and Parts expands it:
//
//	file ──read──▶ nodes ──Set──▶ nodes ──Parts──▶ parts ──▶ arms ──Trials──▶ trials
//
// It imports nn, optim, train, remedy and data for the values that it fills in, and runs nothing. No input
// makes it panic.
//
// # The file
//
//	format: 1                          # of the file itself; may be left out
//	study: depth                       # a name of small letters, digits and dashes
//	question: Is there a cliff?        # one sentence; made of what varies when it is left out
//	data: shapes                       # or cifar10, shapes?train=4000, a path, {shapes: {train: 4000, test: 1000, seed: 1}},
//	                                   # {folder: {path: photographs, size: 32, holdout: 0.2}}
//	let: {width: 84}                   # variables with one value
//	model:                             # layers in order
//	  - conv: {filters: 6, kernel: 5, stride: 1, padding: 0, bias: true, init: he-normal}
//	  - $activation                    # a whole layer; [height, width] may stand where a size does
//	  - maxpool: 2                     # and avgpool; or {kernel: 2, stride: 2, padding: 0}
//	  - flatten
//	  - repeat: {times: $depth - 2, layers: [linear: $width, $activation]}
//	  - leaky-relu: {slope: 0.1}       # options of an activation
//	  - batchnorm                      # or {momentum: 0.1, epsilon: 1e-5, affine: true}; layernorm likewise
//	  - dropout: 0.5                   # the share that is dropped; or {rate: 0.2, spatial: true}, of whole channels
//	  - residual: [linear: 84, tanh]   # x + f(x); or {layers: […], init: …}, of the projection where shapes differ
//	  - linear: classes                # or a number, or {out: 10, bias: false, init: …}
//	init: pytorch                      # of layers that name none; or {name: he-normal, gain: 1},
//	                                   # {name: normal, std: 0.1}, {name: constant, value: 0}
//	remedy: skip+batchnorm             # what is done to model and train: none, he-init, xavier-init, orthogonal-init,
//	                                   # lsuv-init, batchnorm, layernorm, relu, leaky-relu, selu, skip, clip; a+b, or
//	                                   # [a, b], is a and then b; random and placebo are drawn by each trial's seed
//	train:
//	  epochs: 2
//	  batch: 32
//	  sgd: {rate: 0.01, momentum: 0.9, nesterov: true, weight-decay: 5e-4}    # rate is the learning rate;
//	                                   # with decoupled: true, weights decay apart from the gradient
//	  penalty: {l1: 1e-4, l2: 1e-3, biases: false, norms: false}    # on the loss: l1·Σ|w| + l2·Σw², over weights, or
//	                                   # over biases and the weights of normalisations too
//	  max-norm: 3                      # of a unit's weights, after each step
//	  label-smoothing: 0.1             # in training, not in evaluation
//	  schedule: {cosine: {floor: 0}, warmup: 100}    # or {step: {every: 10, factor: 0.1}}, constant
//	  validation: 0.1                  # the share of each class's training images that is held out and evaluated
//	  early-stopping: {patience: 3}    # ends after so many epochs without a lower validation loss, and goes back to the
//	                                   # weights of the best one; or never
//	  clip: {norm: 1}                  # of gradients: the global norm; layer-norm: that of each layer; value: each element
//	  test: once                       # the test set is run once, with the final weights, and closely; or each-epoch
//	  inputs: unit                     # pixels in [0, 1]; symmetric: [-1, 1]; standard: mean 0, deviation 1 of the images
//	                                   # trained on; cifar10, imagenet, mnist: by theirs; {mean: 0.5, deviation: 0.25}
//	  transforms:                      # of training images, in this order; tested on are images without chance
//	    - random-crop: {padding: 4}    # or 28, or {size: 28, padding: 2}
//	    - flip                         # vertical-flip; flip: 0.3 is the probability
//	    - rotation: 10                 # up to so many degrees
//	    - translation: 0.1             # up to so much of the side; or {x: 0.1, y: 0}
//	    - random-resized-crop: {size: 28, scale: [0.5, 1], ratio: [0.75, 1.33]}
//	    - jitter: {brightness: 0.2, contrast: 0.2, saturation: 0.2, hue: 0.05}
//	    - cutout: 8                    # a black square
//	    - resize: 32                   # and centre-crop: 28, which have no chance
//	  probe: 100                       # steps between two probes, or never
//	vary: {activation: [tanh, relu], depth: [3, 6]}  # variables with several values: the grid
//	also: [{activation: sigmoid, depth: 3}]          # further arms; let's values where they say nothing
//	against: tanh · depth 3            # arms with which every other one is compared; without it every pair is
//	seeds: 10                          # 1 to 10, or a list of them
//
// study, data, model, and train with epochs and sgd's rate must be given. What else is left out is
// init: pytorch, batch: 32, a constant schedule, inputs: unit, seeds: 10, and no remedy, momentum, nesterov,
// weight decay, penalty, limit, smoothing, validation, transforms or clipping.
//
// $name stands for the variable's value wherever a value may stand, and $name + 1 or $name - 1 for a
// whole number beside it. A variable may hold a list of layers, also an empty one. What data and
// seeds are cannot differ between arms. A tour has studies in the place of model, train and vary:
//
//	studies: [{study: activations, set: {train.epochs: 1}}, {study: depth}]
//
// Values may be chosen on a part of the training set before an arm's trials are run with them, in the place of also:
//
//	choose:                            # arms whose values are chosen on a part of the training set (instead of also)
//	  holdout: 0.2                     # the share of each class that is held out while values are chosen
//	  seeds: 3                         # to choose with, none of the study's: 100001 on, or a list; 2 when left out
//	  by: loss                         # the lowest mean validation loss, or accuracy; of equal ones the first
//	  arms: {none: {}, l2: {width: [42, 84]}}        # variables of let with their candidates, weakest first; every arm
//	                                   # that chooses has equally many, of several variables all combinations
package study
