"""Damped Newton steps for many small problems at once, NumPy alone.

Each problem has its own damping and is accepted, rejected and finished by itself; a finished one makes room for the next
in the queue, so that no problem waits for the slowest. The order of the queue does not touch the answers.
"""

from typing import NamedTuple

import numpy as np

from scalinglaws.fit.engine.progress import Progress

ROUNDING = 1e-13  # values this close, relatively, are equal in float64
SHRINK = 0.9  # a coefficient loses at most this share in one step
SINGULAR = 1e-13  # ridge of every system, in units of its largest diagonal entry
NOTHING = 1e-28  # an objective this small per unit of weight is zero in float64


class Minimum(NamedTuple):
    """Where the minimisation of k problems ended: theta (p, k), value, converged (bool) and evaluations (int), all (k,)."""

    theta: np.ndarray
    value: np.ndarray
    converged: np.ndarray
    evaluations: np.ndarray


class Restricted(NamedTuple):
    """An objective on theta = offset + matrix @ phi, as a function of phi: fixed and tied parameters.

    Either one matrix (m, p) and offset (m,) for all problems, or one for each, (k, m, p) and (k, m); then the last entry of
    a row is the number of its problem.
    """

    objective: callable
    matrix: np.ndarray
    offset: np.ndarray

    def __call__(self, phi, rows):
        """Value, gradient and Hessian in phi, shapes (k,), (p, k), (p, p, k)."""
        if self.matrix.ndim == 2:
            value, gradient, hessian = self.objective(self.offset[:, None] + self.matrix @ phi, rows)
            return value, self.matrix.T @ gradient, self.matrix.T @ np.tensordot(self.matrix.T, hessian, 1)
        number = rows[:, -1].astype(int)
        matrix, offset = self.matrix[number], self.offset[number]
        theta = offset.T + np.einsum("kip,pk->ik", matrix, phi)
        value, gradient, hessian = self.objective(theta, rows[:, :-1])
        hessian = matrix.transpose(0, 2, 1) @ hessian.transpose(2, 0, 1) @ matrix
        return value, np.einsum("kip,ik->pk", matrix, gradient), np.ascontiguousarray(hessian.transpose(1, 2, 0))


@np.errstate(all="ignore")  # a wild trial may overflow; it is then refused
def minimise(
    objective,
    rows,
    start,
    *,
    logs=(),
    bounds=None,
    snap=0.0,
    unit=None,
    tolerance=1e-12,
    most=200,
    batch=4096,
    damping=0.03,
):
    """Minimise `objective` once for each row.

    objective: takes theta (p, k) and rows (k, n); returns value (k,), gradient (p, k) and Hessian (p, p, k).
    rows (k, n): what distinguishes the problems: one row each, as a rule its weights.
    start (p,) or (p, k): where to start.
    logs: which parameters are logarithms of coefficients that the model is linear in. Their steps are taken in the
        coefficient itself: valleys where one coefficient makes up for another are straight there, curved in logarithms.
    bounds (2, p): lowest and highest value of each parameter. A step ends at a bound, and a parameter that would leave
        stays there.
    snap, a number or (p,): a parameter on its way down that is this near to its lowest value goes there at once.
    unit (k,): size of each problem: values below 1e-28 of it are zero. The sum of its row by default.
    tolerance: a problem is finished when the next step promises less than this share of its value.
    most: evaluations after which a problem is given up.
    batch: problems that advance together.
    damping: of the first step (Levenberg), in units of the diagonal of the Hessian.

    Returns Minimum: One last step has been taken from where the value was computed; it promised less than the
    tolerance.

    >>> def parabola(theta, rows):
    ...     gap = theta[0] - rows[:, 0]
    ...     return gap**2, 2 * gap[None], np.full((1, 1, len(gap)), 2.0)
    >>> minimise(parabola, np.array([[1.0], [5.0]]), np.zeros(1)).theta.round(9)
    array([[1., 5.]])
    """
    k = len(rows)
    start = np.asarray(start, dtype=np.float64)
    start = np.broadcast_to(start.reshape(len(start), -1), (len(start), k))
    bounds = np.repeat([[-np.inf], [np.inf]], len(start), axis=1) if bounds is None else np.asarray(bounds, dtype=float)
    snap = np.broadcast_to(snap, len(start))
    walls = [(i, *ends, snap[i]) for i, ends in enumerate(bounds.T) if np.isfinite(ends).any()]
    start = np.clip(start, bounds[0][:, None], bounds[1][:, None])
    zero = NOTHING * (np.sum(rows, axis=1) if unit is None else unit)
    reached = Minimum(np.empty(start.shape), np.empty(k), np.zeros(k, bool), np.zeros(k, int))
    index = np.arange(min(batch, k))
    queued = len(index)
    row, nothing = np.array(rows[:queued], dtype=np.float64), zero[:queued].copy()
    trial, theta = start[:, :queued].copy(), start[:, :queued].copy()
    p, diagonal, logs = len(start), np.arange(len(start)), list(logs)
    value, gradient, hessian = np.full(queued, np.inf), np.zeros((p, queued)), np.zeros((p, p, queued))
    lam, age, progress = np.full(queued, damping), np.zeros(queued, int), Progress(k, "fits")
    while len(index):
        new = objective(trial, row)
        new[2][logs, logs] -= new[1][logs]  # second derivatives in the coefficient, relative to its value
        for i, low, high, _ in walls:
            _stay(i, (trial[i] <= low) & (new[1][i] > 0) | (trial[i] >= high) & (new[1][i] < 0), new[1], new[2])
        age += 1
        better = new[0] <= value * (1 + ROUNDING) + nothing
        eased = np.where(np.isinf(value), lam, np.where(lam < 1e-4, 0.0, 0.1 * lam))
        lam = np.where(better, eased, np.maximum(10 * lam, 1e-2))
        for kept, tried in zip((theta, value, gradient, hessian), (trial, *new), strict=True):
            np.copyto(kept, tried, where=better)
        scale = np.abs(hessian[diagonal, diagonal])
        scale[logs] += np.abs(gradient[logs])  # a coefficient under linear losses has no curvature of its own
        step, lam, good = _steps(hessian, gradient, lam, scale)
        trial = theta + step
        trial[logs] = theta[logs] + np.log1p(np.maximum(step[logs], -SHRINK))
        for i, low, high, near in walls:
            trial[i] = np.clip(np.where((step[i] < 0) & (trial[i] < low + near), low, trial[i]), low, high)
        converged = (-np.vecdot(gradient, step, axis=0) <= tolerance * value + nothing) & (lam < 1e-4) & good
        finished = converged | (age >= most) | ~good
        if not finished.any():
            continue
        progress(queued - len(index) + np.count_nonzero(finished))
        at = np.flatnonzero(finished)
        reached.theta[:, index[at]] = np.where(converged[at], trial[:, at], theta[:, at])
        for result, now in zip(reached[1:], (value, converged, age), strict=True):
            result[index[at]] = now[at]
        into = at[: k - queued]
        fresh = np.arange(queued, queued + len(into))
        queued += len(into)
        index[into], trial[:, into], row[into], nothing[into] = fresh, start[:, fresh], rows[fresh], zero[fresh]
        value[into], lam[into], age[into] = np.inf, damping, 0
        if len(into) < len(at):
            stay = np.ones(len(index), bool)
            stay[at[len(into) :]] = False
            index, row, nothing, value, lam, age = (part[stay] for part in (index, row, nothing, value, lam, age))
            trial, theta, gradient, hessian = (part[..., stay] for part in (trial, theta, gradient, hessian))
    progress.close()
    return reached


def _stay(i, out, gradient, hessian):
    """Take parameter i out of the systems in which it would leave its bounds: no slope, and no bearing on the others."""
    if out.any():
        own = np.where(out, 1.0, hessian[i, i])
        hessian[i, :, out] = hessian[:, i, out] = 0.0
        hessian[i, i], gradient[i, out] = own, 0.0


def _steps(hessian, gradient, lam, scale):
    """Damped Newton steps downhill; the damping grows where the Hessian is not positive definite."""
    least = SINGULAR * scale.max(axis=0) + 1e-300  # parameters without any effect must not hold up the others
    step, good = _solve(hessian, gradient, np.maximum(lam * scale, least))
    for _ in range(30):
        bad = np.flatnonzero(~good)
        if not len(bad):
            break
        lam[bad] = np.maximum(10 * lam[bad], 1e-4)
        step[:, bad], good[bad] = _solve(
            hessian[..., bad], gradient[:, bad], np.maximum(lam[bad] * scale[:, bad], least[bad])
        )
    return step, lam, good


def _solve(hessian, gradient, ridge):
    """Solve (hessian + diag(ridge)) x = -gradient by elimination, vectorised over the last axis."""
    p = len(gradient)
    a = np.concatenate([hessian, -gradient[:, None]], axis=1)
    good = np.isfinite(gradient).all(axis=0)
    for j in range(p):
        a[j, j] += ridge[j]
        good &= a[j, j] > 1e-14 * np.abs(hessian[j, j])
        row = a[j, j + 1 :]
        scaled = row / a[j, j]
        for i in range(p - j - 1):
            a[j + 1 + i, j + 1 + i :] -= row[i] * scaled[i:]
        row[:] = scaled
    x = a[:, p].copy()
    for j in range(p - 1, 0, -1):
        x[:j] -= a[:j, j] * x[j]
    return x, good & np.isfinite(x).all(axis=0)
