"""Every published or recomputed figure of `data/checks.csv`, and what the laws give in its place."""

import csv
import re
from functools import cache
from pathlib import Path

import numpy as np

from scalinglaws.data import constant
from scalinglaws.laws.money.serving import cheapest_to_serve
from scalinglaws.laws.training import flops, kaplan, power
from scalinglaws.laws.training.chinchilla import Chinchilla, balance, compute_for_params
from scalinglaws.laws.training.flops import Transformer, training_flop
from scalinglaws.laws.training.kaplan import Kaplan

DATA = Path(__file__).parent / "data"
SETS = {
    "hoffmann_rounded": "hoffmann2022",
    "hoffmann_tex": "hoffmann2022_tex",
    "devries": "devries2023",
    "besiroglu": "besiroglu2024",
    "muennighoff_c4": "muennighoff2023",
}
EXPONENTS = {"alpha_C_fixedB": "kaplan2020.alpha_C"}
SUFFIX = {"M": 1e6, "B": 1e9, "T": 1e12}


@cache
def rows():
    with open(DATA / "checks.csv", newline="", encoding="utf-8") as file:
        return {row["name"]: row for row in csv.DictReader(file)}


@cache
def shapes():
    """Return Table A9: printed millions of parameters -> Transformer."""
    table = np.genfromtxt(DATA / "hoffmann_table_a9.csv", delimiter=",", names=True)
    fields = ("d_model", "ffw_size", "kv_size", "n_heads", "n_layers")
    return {row["n_params_million"]: Transformer(**{field: row[field] for field in fields}) for row in table}


def size(text):
    return float(text[:-1]) * SUFFIX[text[-1]]


def value(name):
    return float(rows()[name]["value"])


def tolerance(name):
    """Return half a unit of the last digit that the row can carry: ten significant digits where we recomputed it."""
    number = value(name)
    if rows()[name]["status"] == "recomputed":
        digits = 10
    else:
        digits = len(re.sub(r"e.*", "", rows()[name]["value"]).replace(".", "").strip("0"))
    return 0.51 * 10.0 ** (np.floor(np.log10(abs(number))) - digits + 1)


def matching(*patterns, but=()):
    """Return the names that match one of the patterns and none of `but`."""
    chosen = [name for name in rows() if any(re.fullmatch(pattern, name) for pattern in patterns)]
    return [name for name in chosen if not any(re.fullmatch(pattern, name) for pattern in but)]


RULES = []


def rule(pattern):
    def keep(function):
        RULES.append((re.compile(pattern), function))
        return function

    return keep


def computed(name):
    """Return what the laws give for the figure `name`."""
    for pattern, function in RULES:
        if match := pattern.fullmatch(name):
            return float(function(**match.groupdict()))
    raise KeyError(name)


def _law(key):
    return Chinchilla.published(SETS[key])


@rule(r"chin\.(?P<key>\w+)\.(?P<field>A|B|E|alpha|beta|a|b)")
def _(key, field):
    return getattr(_law(key), field)


@rule(r"chin\.(?P<key>\w+)\.(?P<field>G|gamma)")
def _(key, field):
    law = _law(key)
    return law.frontier_exponent if field == "gamma" else balance(law.A, law.B, law.alpha, law.beta)


@rule(r"chin\.(?P<key>\w+)\.C(?P<flop>[\de.+]+)\.(?P<field>\w+)")
def _(key, flop, field):
    names = {"Nopt": "n_params", "Dopt": "n_tokens", "L": "loss"}
    return getattr(_law(key).optimum(float(flop)), names.get(field, field))


@rule(r"chin\.(?P<key>\w+)\.L\.(?P<model>\w+)")
def _(key, model):
    return _law(key).loss(constant(f"hoffmann2022.{model}.n_params"), constant(f"hoffmann2022.{model}.n_tokens"))


@rule(r"chin\.(?P<key>\w+)\.(?P<what>C|D)_for_(?P<model>\w+)")
def _(key, what, model):
    law = _law(key)
    best = law.optimum_of(size(model))
    if what == "D":
        return best.n_tokens
    assert best.compute_flop == compute_for_params(size(model), law.A, law.B, law.alpha, law.beta)
    return best.compute_flop


@rule(r"hoffmann\.(?P<approach>approach\d)\.(?P<model>\w+)\.FLOPs_over_6ND")
def _(approach, model):
    printed = value(f"hoffmann.{approach}.{model}.FLOPs")
    return printed / training_flop(size(model), value(f"hoffmann.{approach}.{model}.tokens"))


@rule(r"hoffmann\.(?P<approach>approach\d)\.table_implied_a")
def _(approach):
    models = [name.split(".")[2] for name in matching(rf"hoffmann\.{approach}\.\w+\.FLOPs")]
    models = [m for m in models if (approach, m) != ("approach3", "175B")]  # the misprinted row
    compute = [value(f"hoffmann.{approach}.{m}.FLOPs") for m in models]
    return np.polyfit(np.log(compute), np.log([size(m) for m in models]), 1)[0]


@rule(r"hoffmann\.table2\.(?P<approach>approach\d)\.(?P<which>[ab])")
def _(approach, which):
    return constant(f"hoffmann2022.{approach}.{which}")


@rule(r"hoffmann\.table2\.kaplan\.(?P<which>[ab])")
def _(which):
    return constant(f"kaplan2020.optimum_p_{'N' if which == 'a' else 'D'}")


@rule(r"kaplan\.(?P<name>(alpha_[ND]|[ND]_c|alpha_C_min|C_c_min))")
def _(name):
    return getattr(Kaplan.published().separate, name)


@rule(r"kaplan\.(?P<name>B_star|alpha_B)")
def _(name):
    return getattr(Kaplan.published().batch, name)


@rule(r"kaplan\.(?P<name>[pNBSD]_[eNBSD])")
def _(name):
    return getattr(Kaplan.published().allocation, name)


@rule(r"kaplan\.L(?P<fit>ND|NS)\.(?P<name>\w+_\w+)")
def _(fit, name):
    return getattr(getattr(Kaplan.published(), {"ND": "joint", "NS": "steps"}[fit]), name)


@rule(r"kaplan\.(?P<name>PF_day|alpha_C_min_pred|alpha_C_appB)")
def _(name):
    keys = {"PF_day": "pf_day", "alpha_C_min_pred": "alpha_C_min_from_steps", "alpha_C_appB": "alpha_C_min_appendix"}
    return constant(f"kaplan2020.{keys[name]}")


@rule(r"kaplan\.alpha_C_min_formula")
def _():
    fits = Kaplan.published()  # the appendix mixes the fits: size alone, steps, batch
    return kaplan.compute_exponent(fits.separate.alpha_N, fits.steps.alpha_S, fits.batch.alpha_B)


@rule(r"kaplan\.L_(?P<of>N|D)\.(?P<x>[\de.+]+)")
def _(of, x):
    kaplan = Kaplan.published()
    return (kaplan.loss_of_params if of == "N" else kaplan.loss_of_tokens)(float(x))


@rule(r"kaplan\.L_Cmin\.(?P<days>\d+)PFd")
def _(days):
    kaplan = Kaplan.published()
    return kaplan.loss_of_compute(kaplan.flop(float(days)))


@rule(r"kaplan\.LND\.N(?P<n>[\de.+]+)\.D(?P<d>[\de.+]+)")
def _(n, d):
    return Kaplan.published().loss(float(n), float(d))


@rule(r"kaplan\.Bcrit\.L(?P<loss>[\d.]+)")
def _(loss):
    return Kaplan.published().critical_batch(float(loss))


@rule(r"kaplan\.Nopt\.1e21FLOP\.C(?P<half>_half)?")
def _(half):
    return Kaplan.published().optimum(1e21 / 2 if half else 1e21).n_params


@rule(r"kaplan\.subopt_compute\.x(?P<ratio>[\d.]+)")
def _(ratio):
    return kaplan.size_penalty(float(ratio), 0.076, 0.76)


@rule(r"drop_per_(?P<ratio>\d+)x\.(?P<name>[\w.]+)")
def _(ratio, name):
    if name.endswith(".gamma"):
        exponent = _law(name.removesuffix(".gamma")).frontier_exponent
    else:
        exponent = constant(EXPONENTS.get(name, f"kaplan2020.{name}"))
    return 1 - power.reducible_factor(float(ratio), exponent)


@rule(r"total_loss_drop_10x\.(?P<key>\w+)\.from(?P<flop>[\de.+]+)")
def _(key, flop):
    law = _law(key)
    return 1 - law.frontier(10 * float(flop)) / law.frontier(float(flop))


@rule(r"besiroglu\.(?P<name>\w+)")
def _(name):
    return _law("besiroglu").a if name == "a" else constant(f"besiroglu2024.{name}")


@rule(r"(?P<key>devries)\.(?P<what>kD)\.k(?P<ratio>[\d.]+)")
@rule(r"(?P<key>devries|besiroglu)\.(?P<what>overhead)\.k(?P<ratio>[\d.]+)")
def _(key, what, ratio):
    return (_law(key).tokens_factor if what == "kD" else _law(key).overhead)(float(ratio))


@rule(r"overhead\.(?P<key>besiroglu)\.k(?P<ratio>[\d.]+)")
def _(key, ratio):
    return _law(key).overhead(float(ratio))


@rule(r"devries\.printed_overhead\.k(?P<ratio>[\d.]+)")
def _(ratio):
    return constant(f"devries2023.overhead_{100 * float(ratio):.0f}")


@rule(r"sardana\.N(?P<n>[\de.+]+)\.Dinf(?P<served>[\de.+]+)\.(?P<what>\w+)")
def _(n, served, what):
    law = Chinchilla.published("sardana2024")
    plan = cheapest_to_serve(law, law.optimum_of(float(n)).loss, float(served))
    return {"Nstar": plan.chosen.n_params, "D_ratio": plan.token_ratio, "cost_ratio": plan.cost_ratio}[what]


@rule(r"llama3\.D_at_3\.8e25\.(?P<digits>rounded|fig3)")
def _(digits):
    end = "_figure" if digits == "fig3" else ""
    exponent, scale = constant(f"grattafiori2024.tokens_exponent{end}"), constant(f"grattafiori2024.tokens_scale{end}")
    return power.power_law(constant("grattafiori2024.compute_flop"), scale, -exponent)  # tokens grow: minus


@rule(r"tableA9\.(?P<model>\d+)M\.N_(?P<which>recomputed|printed)")
def _(model, which):
    return shapes()[float(model)].params() / 1e6


A4 = {"73M": 74, "305M": 306, "552M": 552, "1.1B": 1143, "1.6B": 1593, "6.8B": 6796}  # rows of Table A9


@rule(r"tableA4\.(?P<model>[\d.]+[MB])\.(?P<which>appF_full|no_emb_no_logits|printed)")
def _(model, which):
    shape = shapes()[A4[model]]
    n_params = shape.params() if model == "73M" else A4[model] * 1e6
    return shape.training_flop(1e9, vocabulary=which == "appF_full") / flops.training_flop(n_params, 1e9)
