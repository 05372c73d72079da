"""Train for serving: the cheapest model of a wanted quality when its use is part of the bill (Sardana et al. 2024).

Every token served costs 2N, so with much use a smaller model trained for longer is cheaper over its life. The size for a
given use has no closed form; `scalinglaws.laws.money.cost` solves for it. The other way round there is one: the use for which
a given size is the cheapest. Quality is the training loss, and prices per FLOP may differ between training, reading
prompts and writing answers.

    n_params, n_tokens  size and training tokens
    served_tokens       tokens read and written over the life of the model, zero or more
    law                 a `Chinchilla`
    loss                in nats per token; `law.optimum_of(30e9).loss` is that of the best run with 30e9 parameters
    A, B, alpha, beta   constants of the law
    training_share      s, cost of training over that of training and serving
    size_ratio          k, size over that of the compute-optimal plan of the same loss
    acceptance          chance that a drafted token is the one that the model would have written, independent of the others
    draft_tokens        tokens that a small model drafts before each pass of the large one
    draft_cost          time of one drafted token over that of one pass
"""

from dataclasses import dataclass

from scalinglaws.check import not_negative, positive
from scalinglaws.laws.money.cost import cheapest_for_loss, linear_cost
from scalinglaws.laws.training.chinchilla import Optimum, tokens_factor
from scalinglaws.laws.training.flops import FORWARD, TRAIN


def lifetime_flop(n_params, n_tokens, served_tokens):
    """Return the compute of training and of serving, 6ND + 2N D_served, in FLOP: what the paper minimises.

    >>> lifetime_flop(7e9, 1.4e11, 1e12)
    1.988e+22
    """
    return n_params * (TRAIN * n_tokens + FORWARD * served_tokens)


def balance_ratio(n_tokens, served_tokens):
    """Return the ratio of the elasticities of the reducible loss, in size over in data, at the cheapest plan.

    1 + D_served / (3D); 1 without serving, where both terms fall equally fast per cent of cost.
    """
    return 1 + served_tokens / (3 * n_tokens)


def use_for_size(size_ratio, alpha, beta):
    """Return served tokens over compute-optimal training tokens for which a size is the cheapest of its loss.

    3 k_D (k_D**beta / k**alpha - 1), k_D = tokens_factor(k); infinite at the hard limit of `tokens_factor`.

    >>> round(use_for_size(0.468, 0.3478, 0.3658), 1)  # 1e13 served for 1.29e12 trained
    7.8
    """
    more = tokens_factor(size_ratio, alpha, beta)
    return 3 * more * (more**beta / size_ratio**alpha - 1)


def size_for_share(training_share, alpha, beta):
    """Return the cheapest size over the compute-optimal one, where training has a given share of the bill of a life.

    ((alpha s + beta) / (alpha + beta))**(1 / alpha): 1 where nothing is served, the hard limit where training is nothing.

    >>> round(size_for_share(0.5, 0.3478, 0.3658), 2)
    0.45
    """
    return ((alpha * training_share + beta) / (alpha + beta)) ** (1 / alpha)


def implied_use(n_params, n_tokens, A, B, alpha, beta):
    """Return the served tokens for which a plan is the cheapest of its loss; negative: too large even without use.

    3 D (alpha A N**-alpha / (beta B D**-beta) - 1): the condition of `balance_ratio` turned round.
    """
    return 3 * n_tokens * (alpha * A * n_tokens**beta / (beta * B * n_params**alpha) - 1)


def tokens_for_use(n_params, use_ratio, A, B, alpha, beta):
    """Return the training tokens for which a size is the cheapest of its loss if `use_ratio` D tokens are served.

    A power law in N with exponent alpha / beta: a straight line on logarithmic axes.
    """
    return ((1 + use_ratio / 3) * beta * B * n_params**alpha / (alpha * A)) ** (1 / beta)


def tokens_per_pass(acceptance, draft_tokens):
    """Return the mean number of tokens that a pass over a draft yields, (1 - a**(g + 1)) / (1 - a)."""
    return (1 - acceptance ** (draft_tokens + 1)) / (1 - acceptance)


def draft_speedup(acceptance, draft_tokens, draft_cost):
    """Return how many times faster drafts make writing, where a pass over a draft takes as long as one token."""
    return tokens_per_pass(acceptance, draft_tokens) / (1 + draft_cost * draft_tokens)


@dataclass(frozen=True, eq=False)
class ServingPlan:
    """The cheapest plan to train and serve, beside the plan that is cheapest to train, at the same loss.

    Attributes
    ----------
    chosen, reference : Optimum
        The plan that counts serving, and the compute-optimal one; `cost` of both includes serving.

    Examples
    --------
    >>> from scalinglaws.laws.training.chinchilla import Chinchilla
    >>> law = Chinchilla.published("sardana2024")
    >>> plan = cheapest_to_serve(law, law.optimum_of(30e9).loss, served_tokens=1e13)
    >>> print(f"{plan.chosen.n_params:.3g} parameters, {plan.token_ratio:.2f} times the data, {plan.saving:.0%} saved")
    1.36e+10 parameters, 2.84 times the data, 28% saved
    """

    chosen: Optimum
    reference: Optimum

    @property
    def size_ratio(self):
        """Size over that of the compute-optimal plan."""
        return self.chosen.n_params / self.reference.n_params

    @property
    def token_ratio(self):
        """Training tokens over those of the compute-optimal plan."""
        return self.chosen.n_tokens / self.reference.n_tokens

    @property
    def cost_ratio(self):
        """Cost of training and serving over that of the compute-optimal plan, at most 1."""
        return self.chosen.cost / self.reference.cost

    @property
    def saving(self):
        """Share of the bill saved, 1 - cost_ratio."""
        return 1 - self.cost_ratio


def cheapest_to_serve(law, loss, served_tokens):
    """Return the `ServingPlan` of least lifetime compute that reaches a loss, costs in FLOP; see there.

    A ValueError names a loss that is not above E, or a number of tokens that is negative, NaN or infinite.
    """
    return _plan(law, loss, TRAIN, FORWARD * not_negative("served_tokens", served_tokens))


def cheapest_to_run(law, loss, tokens_in, tokens_out, mfu_training, mfu_prompt, mfu_generation):
    """Return the `ServingPlan` of least accelerator time that reaches a loss, where utilisation differs by stage.

    `tokens_in` are read in prompts and `tokens_out` written in answers over the life of the model. Each `mfu` is the
    share of the accelerator's peak that a stage reaches, up to 1; writing is often 50 times below training. Costs are
    in FLOP at full use of the accelerator: multiply by a price per such FLOP to get money.

    The paper also lets prices per FLOP differ between training and serving. Its example has the requests and
    utilisations below and prints 1.6e10 parameters, 3.35e12 tokens, 17 % saved; utilisations alone do not give that.

    >>> from scalinglaws.laws.training.chinchilla import Chinchilla
    >>> law, requests = Chinchilla.published("sardana2024"), 1.5e9
    >>> plan = cheapest_to_run(law, law.optimum_of(30e9).loss, 70 * requests, 215 * requests, 0.5, 0.5, 0.01)
    >>> print(f"{plan.chosen.n_params:.2g} parameters, {plan.chosen.n_tokens:.3g} tokens, {plan.saving:.0%} saved")
    1.2e+10 parameters, 5.63e+12 tokens, 37% saved
    """
    shares = {"mfu_training": mfu_training, "mfu_prompt": mfu_prompt, "mfu_generation": mfu_generation}
    for name, share in shares.items():
        if not (positive(name, share) <= 1).all():
            raise ValueError(f"{name} must be at most 1, got {share}")
    prompts = not_negative("tokens_in", tokens_in) / mfu_prompt
    answers = not_negative("tokens_out", tokens_out) / mfu_generation
    return _plan(law, loss, TRAIN / mfu_training, FORWARD * (prompts + answers))


def _plan(law, loss, per_param_token, per_param):
    chosen = cheapest_for_loss(law, loss, per_param_token, per_param)
    trained = law.optimum(law.compute_for(loss))
    bill = linear_cost(trained.n_params, trained.n_tokens, per_param_token, per_param)
    return ServingPlan(chosen, Optimum(trained.n_params, trained.n_tokens, trained.loss, trained.compute_flop, bill))
