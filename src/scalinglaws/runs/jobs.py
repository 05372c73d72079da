"""Which runs to do: a job, the sizes to try at a budget, and the sweep behind the tables `runs` and `curves`."""

import math
import platform
from dataclasses import dataclass

import numpy as np

from scalinglaws.check import one_of, positive, whole
from scalinglaws.laws.training.flops import TRAIN, training_flop
from scalinglaws.runs import corpus as corpora
from scalinglaws.runs.network import n_params
from scalinglaws.runs.training import COMMON, Recipe, train

LADDER = tuple(round(4 * 2 ** (k / 2)) for k in range(20))  # hidden sizes 4 to 2896, factor sqrt 2
ALPHABET = {"stdlib": 97, "hash": 64}
LENGTH = {"stdlib": 8.99e6, "hash": 10.9e6}  # symbols to learn from, rounded down
BUDGETS = (1e9, 3e9, 1e10, 3e10, 1e11, 3e11, 1e12, 3e12)
VARIANTS = {
    "context4": {"context": 4},
    "context16": {"context": 16},
    "low-lr": {"lr": 0.006},
    "high-lr": {"lr": 0.1, "lr_out_mult": 1.0},
    "no-decay": {"schedule": "constant"},
    "short-memory": {"beta2": 0.99},
}
REPEATED = ((16, 220_000), (64, 220_000), (64, 60_000), (256, 60_000))  # hidden size, unique symbols
EPOCHS = (1, 2, 4, 8, 16, 40)


@dataclass(frozen=True)
class Job:
    """One run to do.

    Attributes
    ----------
    kind : str
        `isoflop`, `heldout`, `repeat` or `variant`.
    hidden, n_tokens, seed, recipe
        As for `training.train`.
    corpus : {"stdlib", "hash"} or Corpus
        By name, every process builds its own; a Corpus travels with the job.
    budget_flop : float
        The nominal budget, where there is one.
    variant : str
        Goes into the name.
    curve : bool
        Evaluate 25 times on the way.
    """

    kind: str
    hidden: int
    n_tokens: float
    corpus: str | corpora.Corpus = "stdlib"
    budget_flop: float = math.nan
    seed: int = 0
    variant: str = ""
    curve: bool = False
    recipe: Recipe = COMMON

    @property
    def run_id(self):
        """Its name.

        >>> Job("isoflop", 16, 46296.3, budget_flop=1e9).run_id
        'isoflop-stdlib-1e+09-h0016-s0'
        """
        length = f"d{round(self.n_tokens)}" if math.isnan(self.budget_flop) else f"{self.budget_flop:.0e}"
        corpus = getattr(self.corpus, "name", self.corpus)
        return "-".join(filter(None, [self.kind, self.variant, corpus, length, f"h{self.hidden:04d}", f"s{self.seed}"]))

    @property
    def flop(self):
        """Its compute, 6 N D in FLOP."""
        return training_flop(_params_per_unit(self.corpus, self.recipe) * self.hidden, self.n_tokens)

    @property
    def text(self):
        """Its corpus, built where it has only the name."""
        return corpora.named(self.corpus) if isinstance(self.corpus, str) else self.corpus

    def run(self):
        """Do it; return its row of the table `runs`, and its curve.

        >>> row, curve = Job("variant", 4, 2e4, corpus=corpora.stdlib(max_bytes=300_000), variant="small").run()
        >>> row["status"], row["run_id"]
        ('ok', 'variant-small-stdlib-d20000-h0004-s0')
        """
        marks = [round(n) for n in np.geomspace(self.n_tokens / 100, self.n_tokens, 25)] if self.curve else ()
        row, curve = train(self.text, self.hidden, self.n_tokens, self.recipe, seed=self.seed, evaluate_at=marks)
        row |= {name: getattr(self, name) for name in ("run_id", "kind", "variant", "budget_flop")}
        return row | {"python_version": platform.python_version(), "numpy_version": np.__version__}, curve


def sizes_to_try(budget_flop, n_sizes=7, shift=0, *, params_per_unit=225, n_max=math.inf):
    """Neighbours on the ladder of sizes around ``N = 3.4e4 (C / 1e11)**0.51``: pairs of hidden size and `n_tokens`.

    `shift` moves the centre by steps of the ladder. Runs of more than `n_max` symbols (those that the corpus has) or of
    over 400 for each parameter are left out.

    >>> [hidden for hidden, n_tokens in sizes_to_try(1e10)]
    [16, 23, 32, 45, 64, 91, 128]
    """
    wanted = 3.4e4 * (positive("budget_flop", budget_flop) / 1e11) ** 0.51 / params_per_unit
    centre = int(np.argmin([abs(math.log(hidden / wanted)) for hidden in LADDER]))
    first = max(0, centre + shift - whole("n_sizes", n_sizes) // 2)
    pairs = [(h, budget_flop / (TRAIN * params_per_unit * h)) for h in LADDER[first : first + n_sizes]]
    return [(h, n) for h, n in pairs if n <= n_max and n <= 400 * params_per_unit * h]


def isoflop_jobs(
    budgets, seeds=(0,), n_sizes=7, shift=0, *, kind="isoflop", corpus="stdlib", variant="", curves=(), **settings
):
    """The jobs of a set of budgets, budget by budget, seed by seed: sizes as of `sizes_to_try`, the rest as of `Job`.

    `curves` are the seeds whose runs are evaluated on the way, `settings` the fields of a Recipe.

    >>> len(isoflop_jobs([1e9, 3e9, 1e10, 3e10], context=4))
    28
    """
    recipe = Recipe(**settings)
    if isinstance(corpus, str):
        n_max = LENGTH[one_of("corpus", corpus, LENGTH)]
    else:
        n_max = len(corpus.train) - recipe.context
    limits = {"n_max": n_max, "params_per_unit": _params_per_unit(corpus, recipe)}
    return [
        Job(kind, hidden, n_tokens, corpus, budget_flop, seed, variant, seed in curves, recipe)
        for budget_flop in budgets
        for seed in seeds
        for hidden, n_tokens in sizes_to_try(budget_flop, n_sizes, shift, **limits)
    ]


def shipped_sweep():
    """The sweep of this course, part by part in the order in which it is run, the most telling rows first.

    >>> {part: len(jobs) for part, jobs in shipped_sweep().items()}  # doctest: +NORMALIZE_WHITESPACE
    {'isoflop': 156, 'hash': 86, 'repeat': 132, '1e12': 14, 'variant': 336, '3e12': 14, 'heldout': 4, 'drift': 42}
    """
    two, three = (0, 1), (0, 1, 2)
    wide = isoflop_jobs(BUDGETS[:5], three, 9, curves=(0,))
    held_out = isoflop_jobs([1e13], kind="heldout")
    return {
        "isoflop": wide + isoflop_jobs(BUDGETS[5:6], three, curves=(0,)),
        # The best sizes of the source whose entropy is known are smaller than those of the library: a shift of one.
        "hash": [job for seed in two for job in isoflop_jobs(BUDGETS[1:6], (seed,), 9, -1, corpus="hash")],
        "repeat": _repeated_data(three),
        "1e12": isoflop_jobs([1e12], two, curves=(0,)),
        "variant": [
            job
            for seed in two
            for variant, change in VARIANTS.items()
            for job in isoflop_jobs(BUDGETS[:4], (seed,), kind="variant", variant=variant, **change)
        ],
        "3e12": isoflop_jobs([3e12], two),
        # The budget that no fit sees, the middle of the valley first.
        "heldout": sorted(held_out, key=lambda job: abs(math.log(job.hidden / 1300))),
        # Does the exponent drift for want of context, or of a lower learning rate?
        "drift": [
            job
            for variant, change in {"context16": {"context": 16}, "half-lr": {"lr": 0.0125}}.items()
            for job in isoflop_jobs(BUDGETS[4:7], kind="variant", variant=variant, **change)
        ],
    }


def _repeated_data(seeds):
    """Four pairs of size and unique symbols, up to 40 epochs, and runs of as many fresh symbols."""
    return [
        Job("repeat", hidden, unique * epochs, seed=seed, variant=f"{tag}-u{unique}", recipe=recipe)
        for seed in seeds
        for hidden, unique in REPEATED
        for epochs in EPOCHS
        for tag, recipe in (("again", Recipe(unique_tokens=unique)), ("fresh", COMMON))
        if epochs > 1 or tag == "again"  # one epoch of the unique symbols is fresh data already
    ]


def _params_per_unit(corpus, recipe):
    n_symbols = ALPHABET[corpus] if isinstance(corpus, str) else corpus.n_symbols
    return n_params(1, recipe.context, recipe.d_embed, n_symbols)
