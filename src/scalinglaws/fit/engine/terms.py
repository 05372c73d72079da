"""The objective of a law "floor plus J power terms", with exact derivatives, for many fits at once.

y = E + sum over j of A_j x_j^-alpha_j: one term is a power law, two are Chinchilla's, three a law with, say, experts or
precision. A bootstrap resample is a row of weights over the same runs, so thousands of fits share one set of coordinates and
advance together as (fits, runs) arrays. Parameters are theta = (a_1, alpha_1, ..., a_J, alpha_J, e), shape (2 J + 1, k), in
centred coordinates: A_j = exp(a_j + alpha_j mean(log x_j)), E = exp(e).
"""

from dataclasses import dataclass, replace
from itertools import combinations_with_replacement

import numpy as np

OFF = -1e3  # a log coefficient so low that its term is exactly zero
CELLS = 14_000  # fits times runs evaluated at once: few enough to stay in the processor's cache


@dataclass(frozen=True)
class Terms:
    """Weighted sum of Huber losses of the residuals, over runs that all fits share.

    x (J, n): centred logarithms of what the terms fall with.
    target (n,): log y for log residuals, y for raw residuals.
    delta: huber threshold in the unit of the residual; `inf` gives least squares (half the sum of squares).
    log: residuals of log y (True) or of y.

    With s = w psi(r), c = w psi'(r) and terms p = (A_1 / x_1^alpha_1, ..., E) (divided by their sum for log residuals),
    the gradient in the log terms is -sum s p, the Hessian sum q p p' - s diag(p), where q = c + s for log residuals
    and q = c for raw ones. Both are products of (fits, runs) arrays with the columns 1, x_i and x_i x_j.
    """

    x: np.ndarray
    target: np.ndarray
    delta: float
    log: bool = True

    def __post_init__(self):
        one = np.ones_like(self.x[0])
        pairs = list(combinations_with_replacement(range(len(self.x)), 2))
        moments = np.stack([one, *self.x, *(self.x[i] * self.x[j] for i, j in pairs)], axis=1)
        object.__setattr__(self, "_pairs", pairs)
        object.__setattr__(self, "_lines", np.stack([np.stack([one, -x]) for x in self.x]))
        object.__setattr__(self, "_moments", np.ascontiguousarray(moments))

    def at(self, delta):
        """Return the same objective with another Huber threshold."""
        return replace(self, delta=delta)

    def __call__(self, theta, weights):
        """Value (k,), gradient (p, k) and Hessian (p, p, k) of k fits: theta (p, k), weights (k, n)."""
        size = max(4, CELLS // weights.shape[1])
        parts = [self._block(theta[:, i : i + size], weights[i : i + size]) for i in range(0, theta.shape[1], size)]
        value, ge, sum_q, sums = (np.concatenate(part, axis=-1) for part in zip(*parts, strict=True))
        return value, *self._assemble(sums, ge, sum_q, np.exp(theta[-1]))

    def _block(self, theta, w):
        (k, n), j = w.shape, len(self.x)
        out = np.empty((2 * j + len(self._pairs), k, n))  # s p, q p, and q p p' of each pair of terms
        sp, qp, qpp = out[:j], out[j : 2 * j], out[2 * j :]
        e, p = np.exp(theta[-1])[:, None], np.empty((j, k, n))
        np.exp(np.matmul(theta[:-1].reshape(j, 2, k).transpose(0, 2, 1), self._lines, out=p), out=p)
        total = np.add(p[0], e if j == 1 else p[1], out=qpp[-1])  # out's rows serve as scratch until they are filled
        for other in p[2:]:
            total += other
        if j > 1:
            total += e
        r = np.log(total, out=qp[0]) if self.log else total
        r = np.subtract(self.target, r, out=qp[0])
        psi = np.clip(r, -self.delta, self.delta, out=sp[0])
        s = np.multiply(w, psi, out=None if j == 1 else qpp[0])
        value = np.vecdot(s, r) - 0.5 * np.vecdot(s, psi)
        q = np.multiply(w, psi == r, dtype=np.float64)
        if self.log:
            q += s
            inverse = np.divide(1.0, total, out=total)
            p *= inverse
            ge = e[:, 0] * np.vecdot(s, inverse)
        else:
            ge = e[:, 0] * s.sum(axis=1)
        np.multiply(p, s, out=sp)
        np.multiply(p, q, out=qp)
        for place, (a, b) in enumerate(self._pairs):
            np.multiply(p[a], qp[b], out=qpp[place])
        sums = np.matmul(out.reshape(len(out) * k, n), self._moments)
        return value, ge, q.sum(axis=1), sums.reshape(len(out), k, -1).transpose(0, 2, 1)

    def _assemble(self, sums, ge, sum_q, e):
        j, k = len(self.x), len(e)
        sp, qp, qpp = sums[:j], sums[j : 2 * j], dict(zip(self._pairs, sums[2 * j :], strict=True))
        square = {pair: 1 + j + place for place, pair in enumerate(self._pairs)}
        gradient, hessian = np.empty((2 * j + 1, k)), np.empty((2 * j + 1, 2 * j + 1, k))
        gradient[-1] = -ge
        for i in range(j):
            gradient[2 * i], gradient[2 * i + 1] = -sp[i][0], sp[i][1 + i]
            # for log residuals the shares of all terms, the floor's too, sum to one
            with_e = qp[i] - sum(qpp[min(i, o), max(i, o)] for o in range(j)) if self.log else e * qp[i]
            hessian[2 * i, -1] = hessian[-1, 2 * i] = with_e[0]
            hessian[2 * i + 1, -1] = hessian[-1, 2 * i + 1] = -with_e[1 + i]
        for i, o in self._pairs:
            u = qpp[i, o] - sp[i] if i == o else qpp[i, o]
            block = np.array([[u[0], -u[1 + o]], [-u[1 + i], u[square[i, o]]]])
            hessian[2 * i : 2 * i + 2, 2 * o : 2 * o + 2] = block
            hessian[2 * o : 2 * o + 2, 2 * i : 2 * i + 2] = block.swapaxes(0, 1)
        if self.log:
            hessian[-1, -1] = sum_q - sum(qp[i][0] + hessian[2 * i, -1] for i in range(j)) - ge
        else:
            hessian[-1, -1] = e * e * sum_q - ge
        return gradient, hessian
