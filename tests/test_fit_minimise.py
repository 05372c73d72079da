import numpy as np
import pytest

from scalinglaws.fit.engine.minimise import Restricted, minimise


def bowls(theta, weights):
    """Convex, not quadratic, with its minimum at the weights: sum of cosh(theta - w) - 1."""
    gap = theta - weights.T
    hessian = np.zeros((len(theta), *gap.shape))
    hessian[range(len(theta)), range(len(theta))] = np.cosh(gap)
    return 2 * (np.sinh(gap / 2) ** 2).sum(axis=0), np.sinh(gap), hessian


def rosenbrock(theta, weights):
    x, y = theta
    c = weights[:, 0]
    value = (1 - x) ** 2 + c * (y - x**2) ** 2
    gradient = np.stack([-2 * (1 - x) - 4 * c * x * (y - x**2), 2 * c * (y - x**2)])
    hessian = np.array([[2 - 4 * c * (y - 3 * x**2), -4 * c * x], [-4 * c * x, 2 * c]])
    return value, gradient, hessian


@pytest.mark.parametrize("batch", [1, 3, 64])
def test_each_problem_finds_its_own_minimum(batch):
    goals = np.random.default_rng(0).uniform(0.1, 5, (50, 3))
    found = minimise(bowls, goals, np.zeros(3), batch=batch)
    assert found.converged.all()
    np.testing.assert_allclose(found.theta, goals.T, atol=1e-9)


def test_answer_does_not_depend_on_the_batch():
    curvatures = np.geomspace(1, 1e3, 40)[:, None]
    one, many = (minimise(rosenbrock, curvatures, np.array([-1.2, 1.0]), batch=batch) for batch in (1, 40))
    np.testing.assert_array_equal(one.evaluations, many.evaluations)
    np.testing.assert_allclose(one.theta, many.theta, rtol=1e-13)
    np.testing.assert_allclose(many.theta, 1, atol=1e-6)


def test_indefinite_start_still_goes_downhill():
    def well(theta, weights):  # (x^2 - 1)^2: a maximum at 0
        x = theta[0]
        return (x**2 - 1) ** 2, (4 * x * (x**2 - 1))[None], (12 * x**2 - 4)[None, None]

    found = minimise(well, np.ones((2, 1)), np.array([[0.01, -0.01]]))
    np.testing.assert_allclose(found.theta, [[1, -1]], atol=1e-9)


def test_flat_problem_stops_where_it_is():
    def flat(theta, weights):
        return np.full(theta.shape[1], 3.0), np.zeros_like(theta), np.zeros((2, *theta.shape))

    found = minimise(flat, np.ones((4, 1)), np.array([1.0, 2.0]))
    assert found.converged.all()
    np.testing.assert_array_equal(found.theta.T, [[1.0, 2.0]] * 4)


def test_given_up_problem_is_reported():
    found = minimise(rosenbrock, np.array([[1e4]]), np.array([-1.2, 1.0]), most=3)
    assert not found.converged[0]
    assert found.evaluations[0] == 3


def test_restricted_objective_moves_only_what_is_free():
    tied = Restricted(bowls, np.array([[1.0], [1.0], [0.0]]), np.array([0.0, 0.0, 7.0]))
    goals = np.array([[1.0, 3.0, 5.0]])
    phi = minimise(tied, goals, np.zeros(1)).theta
    assert phi[0, 0] == pytest.approx(2.0)  # between 1 and 3, by symmetry


def test_each_problem_may_have_a_map_of_its_own():
    matrices = np.array([[[1.0], [1.0], [0.0]], [[1.0], [-1.0], [0.0]]])
    offsets = np.array([[0.0, 0.0, 7.0], [0.0, 0.0, 7.0]])
    rows = np.array([[1.0, 3.0, 5.0, 0], [1.0, 3.0, 5.0, 1]])
    phi = minimise(Restricted(bowls, matrices, offsets), rows, np.zeros((1, 2)), unit=np.ones(2)).theta
    assert phi[0] == pytest.approx([2.0, -1.0])


def test_a_bound_is_kept_and_the_others_find_their_best():
    def tilted(theta, rows):  # (x + y - 3)^2 + (y - 5)^2: free best at (-2, 5)
        x, y = theta
        value = (x + y - 3) ** 2 + (y - 5) ** 2
        gradient = np.stack([2 * (x + y - 3), 2 * (x + y - 3) + 2 * (y - 5)])
        return value, gradient, np.tile(np.array([[2.0, 2.0], [2.0, 4.0]])[..., None], (1, 1, len(x)))

    bounds = np.array([[0.0, -np.inf], [np.inf, np.inf]])
    held = minimise(tilted, np.ones((2, 1)), np.array([[1.0, 9.0], [1.0, -9.0]]), bounds=bounds)
    assert held.converged.all()
    np.testing.assert_allclose(held.theta, [[0, 0], [4, 4]], atol=1e-9)
    np.testing.assert_allclose(minimise(tilted, np.ones((1, 1)), np.ones(2)).theta[:, 0], [-2, 5], atol=1e-9)


def test_a_parameter_near_its_lower_bound_and_falling_goes_there_at_once():
    def slow(theta, rows):  # exp(x): falls for ever, ever more slowly
        x = theta[0]
        return np.exp(x), np.exp(x)[None], np.exp(x)[None, None]

    bounds = np.array([[-30.0], [np.inf]])
    plain, snapped = (minimise(slow, np.ones((1, 1)), np.zeros(1), bounds=bounds, snap=snap) for snap in (0.0, 25.0))
    assert plain.theta[0, 0] == snapped.theta[0, 0] == -30
    assert snapped.evaluations[0] < plain.evaluations[0] / 2


def test_the_unit_says_what_is_zero():
    start, settings = np.array([1e-9]), {"damping": 0.0}  # 5e-19 above the minimum: nothing beside 1e12
    assert minimise(bowls, np.zeros((1, 1)), start, unit=np.array([1e12]), **settings).evaluations[0] == 1
    assert minimise(bowls, np.zeros((1, 1)), start, **settings).evaluations[0] > 1
