// Package theory is what can be said of a network before it trains: from the model and the moments of its
// input alone, the activations' moments, the gradients, the saturated fractions and the loss of the first
// step, as means over the random weights in the limit of wide layers.
//
// # The recursion
//
// Forward, three numbers are followed: the mean m of a position's values, their mean square s, and the mean
// product p of one element in two different samples. (Of images also that of two elements of one channel
// some pixels apart, which follows the rule of p.) For q = s a linear layer or convolution with fan-in·Var(w)
// = σ_w² and Var(b) = σ_b² gives, as Poole et al. (1606.05340) derive,
//
//	s ← σ_w² s + σ_b²,  p ← σ_w² p + σ_b²,  m ← 0
//
// where zeros around an image count as what they are. Its outputs are sums of many terms and so Gaussian, and
// an activation φ gives
//
//	m ← E φ(u),  s ← E φ(u)²,  p ← E φ(u₁)φ(u₂)
//
// of Gaussian u, u₁, u₂ with these moments, computed by quadrature. Batch normalisation divides by the
// variance v = s − p over the batch: s ← 1, p ← 0. Layer normalisation divides by s − m². A residual block
// adds: s ← s_x + s_f + 2 m_x m_f, p alike. Max pooling takes the largest of a window as if its values were
// Gaussian with the window's mean correlation, which is rough.
//
// Backward, the mean square g of dL/d(activation) per element, L the mean loss of the batch, starts at the
// logits' (Σp² − 2/C + 1)/(C n²) of C classes and n samples, which is (1/C)(1 − 1/C)/n² where logits are
// small (see softmax). A linear layer or convolution multiplies it by σ_w² and the ratio of its numbers of
// outputs and inputs, an activation by E φ′(u)², batch normalisation by 1/v, and max pooling over k elements
// by 1/k; where two ways meet, before a residual block, squares add. The root mean square thus changes by
// √(χ₁ n_out/n_in) for each layer back, with χ₁ = σ_w² E φ′² (Schoenholz et al., 1611.01232).
//
// # Normalisation and skips
//
// In layers of linear, batch normalisation and φ, σ_w cancels: each multiplies g by χ = E φ′²/Var φ of a
// standard Gaussian variable, π/(π−1) for ReLU: such networks explode, as Yang et al. (1902.08129) found, by
// √χ for each layer.
//
// A residual block adds the variance over the batch that its branch has to that of the stream, and a branch
// which begins with batch normalisation divides its gradient by the stream's:
//
//	x + W φ(BN x):   v ← v + a,  a = σ_w² Var φ     g ← g (1 + σ_w² E φ′²/v) = g (1 + χ a/v)
//	x + φ(BN(W x)):  v ← v + a,  a = Var φ          g ← g (1 + σ_w² E φ′²/(σ_w² v)) = g (1 + χ a/v)
//
// Both have v = v₀ + l·a before block number l (from 0), so that with l₀ = v₀/a the root mean square grows by
// √(1 + χ/(l + l₀)) at block l, and over L blocks by
//
//	√( Γ(L + l₀ + χ) Γ(l₀) / (Γ(L + l₀) Γ(l₀ + χ)) )  ~  L^(χ/2)
//
// (Skips): a power of the depth, where the same layers without skips grow exponentially. Without batch
// normalisation the branch x + φ(W x) of ReLU under He's initialisation has σ_w² E φ′² = 1, and the gradient
// grows by √2 for each block: there is no division by a growing v.
//
// # Limits
//
// Layers are wide, samples are many, weights are random and independent; what has other weights (constant,
// zeros) gets an ErrNoTheory in place of numbers. Corrections are of the order depth/width: a network whose
// variance has an unstable fixed point (GELU under He's initialisation) leaves it at a depth that chance
// decides. All samples are taken to have the same mean square, and all places of an image the same moments,
// which padding disturbs. The closed form of skips is for the part of the gradient that samples do not share.
//
// In blocks x + φ(W x) with φ ≥ 0 the mean of x grows with its norm, by 1.7 for each block of ReLU, and so
// does the gradient along x, of which a wide network has one part in its width: ReLU blocks of this order
// exceed √2 from a depth of ln(width)/ln(2.9/2) blocks on. Blocks x + W φ(x) do not.
//
// theory imports nn and optim, and no data: whoever has a batch measures its moments (Measure). Read
// moments.go, forward.go, backward.go, predict.go, and for what repeats for ever scales.go.
package theory
