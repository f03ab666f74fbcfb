// Package gradcheck compares gradients that were derived by hand with what the values of the function say.
//
// Model checks a network: every tensor of its parameters, its input and the penalties on its loss, in float64 on
// the layers that train, and then the float32 kernels of this machine against float64. Func checks any Go function
// with a gradient. Both give data with a verdict: pass, fail or inconclusive, and the reason in words.
//
// The plain mode is the textbook's: for each parameter the central difference n = (L(w+h) − L(w−h))/2h, the
// relative error |n − a|/(|n| + |a|) with the gradient a, and a threshold. The full mode decides each entry by the
// first of these that can:
//
//   - the central difference;
//   - Richardson's extrapolation from steps h, h/2 and h/4, whose differences also tell the error that is left;
//   - the complex step Im L(w + ih)/h, which subtracts nothing (Squire and Trapp 1998), computed by an interpreter
//     of the model that shares nothing with package nn but the model;
//   - the norm of the tensor, for what is so small beside it that the arithmetic of the gradient itself is at its end.
//
// Differences over a bend (a ReLU that switches, a pooling that takes another winner) mean nothing. Bends are found
// by comparing both sides, and the step is made smaller until there is none; where it never is, the gradient must
// lie between the slopes on both sides.
//
// Read, in this order: report.go (what is found), network.go (what is checked), model.go (the course of a check,
// with looks.go and work.go), plain.go with broad.go, and full.go (the two modes), differences.go, bends.go and rounding.go
// (differences of the layers that train, and what they can tell), analytic.go with its layers and functions (the
// complex step), direction.go (all of a tensor at once), locate.go (which layer), penalty.go, single.go (float32),
// func.go.
//
// The package imports nn, optim and what they are made of; nothing that trains knows of it.
package gradcheck
