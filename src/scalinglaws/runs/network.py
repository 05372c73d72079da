"""A small language model: the byte n-gram network of Bengio et al. (2003) with its gradient, and Adam, in NumPy.

The last `context` symbols are looked up in an embedding, pass one hidden layer, and predict the next symbol.
"""

import math
from itertools import pairwise

import numpy as np

LEAK = 0.1  # slope of the hidden units below zero
BETA1, EPSILON = 0.9, 1e-8  # Adam
PIECE = 1 << 17  # parameters that Adam moves at once, so that they stay in the cache


def n_params(hidden, context=8, d_embed=16, n_symbols=97):
    """Parameters of the two weight matrices, ``hidden (context d_embed + n_symbols)``: the N of 6 N D.

    Embeddings and biases do not count.

    >>> n_params(64)
    14400
    """
    return hidden * (context * d_embed + n_symbols)


def adder(n_rows, n_symbols, width, dtype):
    """Return a function that adds up rows by symbol: ``add(symbols, rows, out)``, the gradient of an embedding.

    `symbols` is (n_rows,), `rows` (n_rows, width) and `out` (n_symbols, width), both of one `dtype`. It is a product
    with a sparse matrix of ones where SciPy is there. A browser does without, lest it fetch 20 MB for it.
    """
    try:
        from scipy.sparse import csc_array
    except ImportError:
        places, columns = np.empty((n_rows, width), np.intp), np.arange(width)

        def add(symbols, rows, out):
            out.fill(0)
            np.add((symbols * width)[:, None], columns, out=places)
            np.add.at(out.reshape(-1), places.reshape(-1), rows.reshape(-1))

        return add
    ones = np.ones(n_rows, dtype), np.zeros(n_rows, np.int32), np.arange(n_rows + 1, dtype=np.int32)
    matrix = csc_array(ones, shape=(n_symbols, n_rows))

    def add(symbols, rows, out):
        matrix.indices[:] = symbols
        out[:] = matrix @ rows

    return add


class Network:
    """Weights, gradients and work space for batches of one size; all parameters lie in one flat array.

    Parameters
    ----------
    hidden, batch : int
        Width of the hidden layer and examples in a batch.
    context, d_embed, n_symbols : int
        Symbols seen, width of the embedding, size of the alphabet.
    seed : int
        Seed of the starting weights.
    dtype : str
        `float32` to train, `float64` to check gradients.
    """

    def __init__(self, hidden, batch, context=8, d_embed=16, n_symbols=97, seed=0, dtype="float32"):
        width, rng = context * d_embed, np.random.default_rng([seed, 0])
        self.shapes = [(n_symbols, d_embed), (width, hidden), (hidden,), (hidden, n_symbols), (n_symbols,)]
        ends = np.cumsum([0, *map(math.prod, self.shapes)])
        self.n_inner = int(ends[3])  # parameters before the output layer
        self.flat, self.grad = np.zeros((2, ends[-1]), dtype)

        def views(flat):
            return [flat[a:b].reshape(s) for (a, b), s in zip(pairwise(ends), self.shapes, strict=True)]

        self.weights, self.grads = views(self.flat), views(self.grad)
        self.weights[0][:] = rng.normal(size=self.shapes[0])
        self.weights[1][:] = rng.normal(scale=math.sqrt(2 / width), size=self.shapes[1])
        self.x, self.dx = np.empty((2, batch * context, d_embed), dtype)
        self.sum_by_symbol = adder(batch * context, n_symbols, d_embed, dtype)
        self.h, self.dh, self.slope = np.empty((3, batch, hidden), dtype)
        self.p = np.empty((n_symbols, batch), dtype)  # by symbol: a number for each example then lies along the rows
        self.ones, self.scale = np.ones(max(batch, n_symbols), dtype), np.empty(batch, dtype)
        self.one, self.leak = np.array([1, LEAK], dtype).view(f"i{self.scale.itemsize}")
        self.batch, self.width = batch, width

    def step(self, context, target):
        """Mean loss of one batch, nats per symbol; its gradient is then in `grad`.

        `context` has the symbols before each target, flattened, of shape (batch * context,); `target` the places of
        the symbols to predict in the flattened table of chances, ``symbol * batch + row``, of shape (batch,).
        """
        embed, w1, b1, w2, b2 = self.weights
        d_embed, dw1, db1, dw2, db2 = self.grads
        x, h, dh, p, slope = self.x.reshape(self.batch, self.width), self.h, self.dh, self.p, self.slope
        ones = self.ones[: self.batch]

        embed.take(context, axis=0, out=self.x, mode="clip")
        np.matmul(x, w1, out=h)
        h += b1
        # The slope is 1 or LEAK by the sign of h: on the bits of the numbers, this takes half the time of a comparison.
        signs, bits = h.view(self.one.dtype), slope.view(self.one.dtype)
        np.right_shift(signs, 8 * self.one.itemsize - 1, out=bits)
        np.bitwise_and(bits, self.one ^ self.leak, out=bits)
        np.bitwise_xor(bits, self.one, out=bits)
        h *= slope
        np.matmul(w2.T, h.T, out=p)
        p += b2[:, None]
        np.exp(p, out=p)  # no maximum is taken off: a network with logits above 88 has diverged anyway
        np.matmul(self.ones[: len(p)], p, out=self.scale)
        chances = p.reshape(-1)
        chosen = chances.take(target) / self.scale

        np.divide(1 / self.batch, self.scale, out=self.scale)
        p *= self.scale
        chances[target] -= self.ones[0] / self.batch
        np.matmul(h.T, p.T, out=dw2)
        np.matmul(p, ones, out=db2)
        np.matmul(p.T, w2.T, out=dh)
        dh *= slope
        np.matmul(x.T, dh, out=dw1)
        np.matmul(ones, dh, out=db1)
        np.matmul(dh, w1.T, out=self.dx.reshape(x.shape))
        self.sum_by_symbol(context, self.dx, d_embed)
        return -float(np.log(chosen).sum() / self.batch)

    def loss(self, windows):
        """Mean loss, nats per symbol, over windows of `context + 1` symbols, the last of which is predicted."""
        embed, w1, b1, w2, b2 = self.weights
        total = 0.0
        for part in np.array_split(windows, max(1, len(windows) // 2048)):
            h = embed[part[:, :-1]].reshape(len(part), -1) @ w1 + b1
            h *= np.where(h > 0, np.array(1, h.dtype), np.array(LEAK, h.dtype))
            z = h @ w2 + b2
            z -= z.max(axis=1, keepdims=True)
            chosen = z[np.arange(len(part)), part[:, -1]]
            total += (np.log(np.exp(z).sum(axis=1)) - chosen).sum(dtype=np.float64)
        return float(total / len(windows))


class Adam:
    """Adam in place on a flat array, piece by piece."""

    def __init__(self, network, beta2, piece=PIECE):
        flat, grad, cut = network.flat, network.grad, network.n_inner
        first, second = np.zeros((2, flat.size), flat.dtype)
        edges = sorted({*range(0, flat.size, piece), cut, flat.size})
        self.pieces = [(flat[a:b], grad[a:b], first[a:b], second[a:b], a >= cut) for a, b in pairwise(edges)]
        self.beta2, self.t = beta2, 0

    def step(self, lr, out_mult):
        """Move the parameters; `out_mult` multiplies the learning rate of the output layer."""
        self.t += 1
        # The running sums are kept without their factors (1 - beta): one pass less each.
        root = math.sqrt((1 - self.beta2) / (1 - self.beta2**self.t))
        rate = lr * (1 - BETA1) / (1 - BETA1**self.t) / root
        for weights, g, first, second, is_output in self.pieces:
            first *= BETA1
            first += g
            g *= g
            second *= self.beta2
            second += g
            np.sqrt(second, out=g)
            g += EPSILON / root
            np.divide(first, g, out=g)
            g *= rate * out_mult if is_output else rate
            weights -= g
