"""Damped Newton steps for many small problems at once, NumPy alone.

Each problem has its own damping and is accepted, rejected and finished by itself; a finished one makes room for the next
in the queue, so that no problem waits for the slowest. The order of the queue does not touch the answers.

Damped least squares for many small problems at once (Levenberg-Marquardt), NumPy alone.
"""

from typing import NamedTuple

import numpy as np

ROUNDING = 1e-13  # values this close, relatively, are equal in float64
SHRINK = 0.9  # a coefficient loses at most this share in one step
SINGULAR = 1e-13  # ridge of every system, in units of its largest diagonal entry
NOTHING = 1e-28  # an objective this small per unit of weight is zero in float64


class Minimum(NamedTuple):
    """Where the minimisation of k problems ended.

    Fields: theta (p, k); value (k,); converged, bool (k,); evaluations, int (k,).
    """

    theta: np.ndarray
    value: np.ndarray
    converged: np.ndarray
    evaluations: np.ndarray


class Restricted(NamedTuple):
    """An objective on theta = offset + matrix @ phi, as a function of phi: fixed and tied parameters.

    Fields: objective; matrix (m, p); offset (m,).
    """

    objective: callable
    matrix: np.ndarray
    offset: np.ndarray

    def __call__(self, phi, weights):
        """Value, gradient and Hessian in phi, shapes (k,), (p, k), (p, p, k)."""
        value, gradient, hessian = self.objective(self.offset[:, None] + self.matrix @ phi, weights)
        hessian = np.einsum("ip,ijk,jq->pqk", self.matrix, hessian, self.matrix, optimize=True)
        return value, self.matrix.T @ gradient, hessian


def minimise(objective, weights, start, *, logs=(), tolerance=1e-12, most=200, batch=512, damping=0.03):
    """Minimise `objective` once for each row of weights.

    Parameters
    ----------
    objective : callable
        Takes theta (p, k) and weights (k, n); returns value (k,), gradient (p, k) and Hessian (p, p, k).
    weights : ndarray, shape (k, n)
        One row per problem.
    start : ndarray, shape (p,) or (p, k)
        Where to start.
    logs : sequence of int
        Which parameters are logarithms of coefficients that the model is linear in. Their steps are taken in the
        coefficient itself: valleys where one coefficient makes up for another are straight there, curved in logarithms.
    tolerance : float
        A problem is finished when the next step promises less than this share of its value.
    most : int
        Evaluations after which a problem is given up.
    batch : int
        Problems that advance together.
    damping : float
        Of the first step (Levenberg), in units of the diagonal of the Hessian.

    Returns
    -------
    Minimum
        One last step has been taken from where the value was computed; it promised less than the tolerance.

    Examples
    --------
    >>> def parabola(theta, weights):
    ...     gap = theta[0] - weights[:, 0]
    ...     return gap**2, 2 * gap[None], np.full((1, 1, len(gap)), 2.0)
    >>> minimise(parabola, np.array([[1.0], [5.0]]), np.zeros(1)).theta.round(9)
    array([[1., 5.]])
    """
    k = len(weights)
    start = np.asarray(start, dtype=np.float64)
    start = np.broadcast_to(start.reshape(len(start), -1), (len(start), k))
    found = Minimum(np.empty(start.shape), np.empty(k), np.zeros(k, bool), np.zeros(k, int))
    index = np.arange(min(batch, k))
    queued = len(index)
    w = np.asarray(weights[:queued], dtype=np.float64).copy()
    nothing = NOTHING * w.sum(axis=1)
    trial, theta = start[:, :queued].copy(), start[:, :queued].copy()
    p, diagonal, logs = len(start), np.arange(len(start)), list(logs)
    value, gradient, hessian = np.full(queued, np.inf), np.zeros((p, queued)), np.zeros((p, p, queued))
    lam, age = np.full(queued, damping), np.zeros(queued, int)
    while len(index):
        with np.errstate(all="ignore"):  # a wild trial may overflow; it is then refused
            new = objective(trial, w)
            new[2][logs, logs] -= new[1][logs]  # second derivatives in the coefficient, relative to its value
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
        converged = (-np.vecdot(gradient, step, axis=0) <= tolerance * value + nothing) & (lam < 1e-4) & good
        finished = converged | (age >= most) | ~good
        if not finished.any():
            continue
        at = np.flatnonzero(finished)
        found.theta[:, index[at]] = np.where(converged[at], trial[:, at], theta[:, at])
        for result, now in zip(found[1:], (value, converged, age), strict=True):
            result[index[at]] = now[at]
        into = at[: k - queued]
        fresh = np.arange(queued, queued + len(into))
        queued += len(into)
        index[into], trial[:, into], w[into] = fresh, start[:, fresh], weights[fresh]
        nothing[into], value[into], lam[into], age[into] = NOTHING * w[into].sum(axis=1), np.inf, damping, 0
        if len(into) < len(at):
            stay = np.ones(len(index), bool)
            stay[at[len(into) :]] = False
            index, w, nothing, value, lam, age = (each[stay] for each in (index, w, nothing, value, lam, age))
            trial, theta, gradient, hessian = (each[..., stay] for each in (trial, theta, gradient, hessian))
    return found


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
    with np.errstate(all="ignore"):
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


def least_squares(model, observed, theta, low, high, n_free=None, steps=60):
    """Minimise the sum of squares of ``observed - model(theta)`` for each row of `theta`.

    Parameters
    ----------
    model : callable
        Takes parameters (n_problems, n_params), returns values (n_problems, n_points) and their derivatives
        (n_problems, n_points, n_params).
    observed : ndarray, shape (n_points,) or (n_problems, n_points)
        What the values should be.
    theta : ndarray, shape (n_problems, n_params)
        Where to start.
    low, high : array_like, shape (n_params,)
        Bounds; a step that crosses one is cut.
    n_free : int, optional
        How many parameters move, from the first; the others stay. Default: all.
    steps : int
        Most steps for each problem.

    Returns
    -------
    theta : ndarray, shape (n_problems, n_params)
        Best parameters found.
    sse : ndarray, shape (n_problems,)
        Their sum of squares; infinite if not even the start could be evaluated.

    Examples
    --------
    >>> t = np.arange(4.0)
    >>> slopes = np.stack([np.ones(4), t], axis=1)[None]
    >>> line = lambda theta: (theta @ slopes[0].T, slopes.repeat(len(theta), axis=0))
    >>> theta, sse = least_squares(line, 1 + 2 * t, np.zeros((1, 2)), low=[-9, -9], high=[9, 9])
    >>> theta.round(6)
    array([[1., 2.]])
    """
    theta = np.clip(np.array(theta, dtype=np.float64), low, high)
    n_free = theta.shape[1] if n_free is None else n_free
    observed = np.broadcast_to(observed, (len(theta), np.shape(observed)[-1]))
    with np.errstate(all="ignore"):  # a wild trial step may overflow; it is then refused
        values, slopes = model(theta)
        sse = _sum_of_squares(observed - values)
        damping = np.full(len(theta), 1e-3)
        live = np.flatnonzero(np.isfinite(sse))
        for _ in range(steps):
            if not live.size:
                break
            slope = slopes[live][..., :n_free]
            normal = slope.transpose(0, 2, 1) @ slope
            target = (slope.transpose(0, 2, 1) @ (observed[live] - values[live])[..., None])[..., 0]
            diagonal = np.einsum("pii->pi", normal)
            diagonal += damping[live, None] * diagonal + 1e-12 * diagonal.sum(1, keepdims=True) + 1e-300
            move = np.linalg.solve(normal, target[..., None])[..., 0]
            trial = theta[live]
            trial[:, :n_free] += np.clip(move, -2, 2)
            trial = np.clip(trial, low, high)
            trial_values, trial_slopes = model(trial)
            trial_sse = _sum_of_squares(observed[live] - trial_values)
            better = trial_sse < sse[live]
            gained = sse[live] - trial_sse
            won = live[better]
            done = np.where(better, gained <= 1e-11 * sse[live], damping[live] > 1e8)
            theta[won], sse[won] = trial[better], trial_sse[better]
            values[won], slopes[won] = trial_values[better], trial_slopes[better]
            damping[live] *= np.where(better, 0.1, 10.0)
            live = live[~done]
    return theta, sse


def _sum_of_squares(residuals):
    sse = (residuals**2).sum(axis=1)
    return np.where(np.isfinite(sse), sse, np.inf)
