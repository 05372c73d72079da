"""The same line of Python gives the same number in NumPy and in the reader's browser.

Each bare function is called with Altair expressions, Vega evaluates what comes out (in the V8 of vl-convert), and NumPy
evaluates the function itself, at random settings and at the extremes. `vl_convert` and `altair` are needed.
"""

import itertools

import numpy as np
import pytest

from scalinglaws.laws.money import cost, serving
from scalinglaws.laws.training import chinchilla, flops, kaplan, power

alt = pytest.importorskip("altair")
vl_convert = pytest.importorskip("vl_convert")

RANGES = {  # name of an argument -> low, high: the ends are tried too
    "use_ratio": (0.0, 1000.0),
    "training_share": (0.0, 1.0),
    "acceptance": (0.01, 0.99),
    "draft_tokens": (0.0, 30.0),
    "draft_cost": (0.0, 0.5),
    "x": (1e-3, 1e26),
    "x0": (1e-3, 1e10),
    "x1": (1e-3, 1e10),
    "ratio": (1.0, 1e6),
    "target": (4.0, 10.0),
    "scale": (1e-2, 1e4),
    "floor": (0.0, 3.5),
    "exponent": (0.02, 2.0),
    "n_params": (1e3, 1e13),
    "n_tokens": (1e6, 1e16),
    "served_tokens": (1e3, 1e16),
    "compute_flop": (1e12, 1e30),
    "E": (0.0, 3.0),
    "A": (1.0, 1e4),
    "B": (1.0, 1e4),
    "alpha": (0.1, 1.0),
    "beta": (0.1, 1.0),
    "size_ratio": (1.0, 3.0),  # below 1 the hard limit is near for some exponents
    "per_param_token": (1.0, 10.0),
    "per_param": (0.0, 1e15),
    "per_token": (0.0, 1e12),
    "n_layers": (1.0, 200.0),
    "d_model": (64.0, 2e4),
    "context_tokens": (128.0, 1e6),
    "aspect": (3.0, 1e3),
    "vocabulary": (1e2, 1e6),
    "x_c": (1e3, 1e14),
    "alpha_N": (0.05, 0.4),
    "alpha_D": (0.05, 0.4),
    "alpha_S": (0.3, 1.0),
    "alpha_B": (0.1, 0.5),
    "N_c": (1e10, 1e14),
    "D_c": (1e10, 1e14),
    "S_c": (1e2, 1e4),
    "B_star": (1e6, 1e9),
    "steps_min": (1e2, 1e7),
    "steps": (1e2, 1e7),
    "batch_tokens": (1e4, 1e8),
    "critical": (1e4, 1e8),
    "loss": (1.0, 10.0),
}
FUNCTIONS = {
    power: ["power_law", "elasticity", "reducible_factor", "total_factor", "x_for", "gap_closed"],
    chinchilla: [
        "chinchilla_loss",
        "balance",
        "optimal_params",
        "optimal_tokens",
        "compute_for_params",
        "frontier_exponent",
        "frontier_scale",
        "frontier_loss",
        "isoflop_loss",
        "tokens_factor",
        "loss_factor",
        "compute_factor",
    ],
    cost: ["linear_cost"],
    flops: ["training_flop", "inference_flop", "kaplan_params", "kaplan_training_flop", "width_of", "total_params"],
    serving: [
        "lifetime_flop",
        "balance_ratio",
        "use_for_size",
        "size_for_share",
        "implied_use",
        "tokens_for_use",
        "tokens_per_pass",
        "draft_speedup",
    ],
    kaplan: [
        "scale_law",
        "joint_loss",
        "steps_loss",
        "critical_batch",
        "least_steps",
        "least_compute",
        "compute_exponent",
        "size_penalty",
    ],
}
CASES = [getattr(module, name) for module, names in FUNCTIONS.items() for name in names]


def arguments(function):
    return function.__code__.co_varnames[: function.__code__.co_argcount]


def settings(names, seed):
    """Return name -> values: every corner of the ranges, then 60 random settings."""
    rng = np.random.default_rng(seed)
    corners = np.array(list(itertools.product(*(RANGES[name] for name in names))))
    low, high = np.array([RANGES[name] for name in names]).T
    inside = np.exp(rng.uniform(np.log(np.maximum(low, 1e-3)), np.log(high), (60, len(names))))
    return dict(zip(names, np.concatenate([corners, inside]).T, strict=True))


def on_vega(expression, columns, params=()):
    """Return what Vega computes from an Altair expression, one value per row."""
    rows = [dict(zip(columns, map(float, row), strict=True)) for row in zip(*columns.values(), strict=True)]
    text = expression.to_dict() if hasattr(expression, "to_dict") else expression
    text = text["expr"] if isinstance(text, dict) else text
    chart = alt.Chart(alt.Data(values=rows)).mark_text().transform_calculate(y=f"'' + ({text})")
    chart = chart.encode(text="y:N").add_params(*params)
    scene = vl_convert.vegalite_to_scenegraph(chart.to_json())
    return np.array([float(found) for found in texts(scene["scenegraph"])])


def texts(node):
    if isinstance(node, dict):
        if node.get("marktype") == "text" and node.get("role") == "mark":
            yield from (item["text"] for item in node["items"])
        else:
            for child in node.values():
                yield from texts(child)
    elif isinstance(node, list):
        for child in node:
            yield from texts(child)


@pytest.mark.parametrize("function", CASES, ids=lambda f: f"{f.__module__.rpartition('.')[2]}.{f.__name__}")
def test_browser_and_numpy_agree(function):
    names = arguments(function)
    columns = settings(names, seed=len(names))
    found = on_vega(function(*(getattr(alt.datum, name) for name in names)), columns)
    expected = function(*columns.values())
    assert len(found) == len(expected) >= 62
    assert np.isfinite(expected).all()
    np.testing.assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.parametrize("alpha", [0.05, 0.3392, 1.0])
def test_a_slider_may_be_any_argument_the_leftmost_too(alpha):
    sliders = {"alpha": alpha, "beta": 0.28, "E0": 1.69, "A0": 406.4, "B0": 410.7}
    columns = {"C": np.geomspace(1e17, 1e27, 30)}
    p = {name: alt.param(name=name, value=value) for name, value in sliders.items()}
    made = chinchilla.frontier_loss(alt.datum.C, *(alt.param(name) for name in ("E0", "A0", "B0", "alpha", "beta")))
    expected = chinchilla.frontier_loss(columns["C"], 1.69, 406.4, 410.7, alpha, 0.28)
    np.testing.assert_allclose(on_vega(made, columns, p.values()), expected, rtol=1e-12)


def test_every_bare_function_of_these_modules_is_tried():
    for module, names in FUNCTIONS.items():
        public = {
            name
            for name, thing in vars(module).items()
            if callable(thing) and getattr(thing, "__module__", "") == module.__name__ and name[0].islower()
        }
        solvers = {"best_for_budget", "cheapest_for_loss", "cheapest_to_serve", "cheapest_to_run"}
        # of a curve, or of signs that matter: compared in chapter 3's figures
        in_figures = {"best_ruler", "crossing_days"}
        assert public - solvers - in_figures == set(names), module.__name__


def test_wrong_formula_is_noticed():
    """The check itself: Vega reads a parameter called E as Euler's number, and the comparison must see it."""
    columns = {"C": np.geomspace(1e17, 1e27, 5)}
    made = power.power_law(alt.datum.C, 400.0, 0.15, alt.param("E"))
    found = on_vega(made, columns, [alt.param(name="E", value=1.69)])
    assert not np.allclose(found, power.power_law(columns["C"], 400.0, 0.15, 1.69), rtol=1e-12)
