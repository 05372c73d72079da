"""How much arithmetic a transformer costs: parameters and floating-point operations, counted in three ways.

All counts take one multiplication and one addition as 2 FLOP, and the backward pass as twice the forward pass.

===============  ====================================================================================================
6ND              leaves out attention over the context, and everything that is not a matrix product with a weight
Kaplan           adds attention over the context; leaves out embeddings and the final logits (its N leaves them out too)
Hoffmann App. F  adds embeddings, softmax and final logits; leaves out the relative positions, norms, the optimiser
===============  ====================================================================================================

No count has recomputation of activations, so a utilisation measured with these is of useful work.

The functions are bare arithmetic, for numbers, NumPy arrays and Vega expressions. `n_params` are the parameters that
each token meets, `n_tokens` the tokens processed; `n_layers`, `d_model` and `context_tokens` are depth, width and
tokens in the context. Equations are those of Kaplan et al. 2020.
"""

from dataclasses import dataclass

from scalinglaws.check import number, positive

TRAIN, FORWARD = 6, 2  # FLOP per parameter and token


def training_flop(n_params, n_tokens):
    """Return the compute of training, C = 6ND, in FLOP: 2 forward and 4 backward (Sec. 2.1; Hoffmann et al. 2022 too).

    >>> training_flop(70e9, 1.4e12)
    5.88e+23
    """
    return TRAIN * n_params * n_tokens


def inference_flop(n_params, n_tokens):
    """Return the compute of reading or writing tokens with a trained model, 2ND, in FLOP."""
    return FORWARD * n_params * n_tokens


def kaplan_params(n_layers, d_model):
    """Return the parameters without embeddings, 12 n_layers d_model**2 (Eq. 2.1).

    4 d**2 are attention as wide as the model, 8 d**2 a feed-forward block four times as wide.

    >>> kaplan_params(96, 12288) / 1e9  # GPT-3
    173.946175488
    """
    return 12 * n_layers * d_model**2


def width_of(n_params, aspect):
    """Return the width d_model of a transformer `aspect` times as wide as it has layers, from its 12 layers d_model**2.

    >>> round(width_of(1.5e9, 39.2))
    1698
    """
    return (aspect * n_params / 12) ** (1 / 3)


def total_params(n_params, aspect, vocabulary):
    """Return all parameters of a transformer that has `n_params` without embeddings: N + vocabulary d_model.

    Pearce and Song 2024 write N + 47491 N**(1/3), which is a vocabulary of 32000 and an aspect of 39.2.
    """
    return n_params + vocabulary * width_of(n_params, aspect)


def kaplan_training_flop(n_params, n_tokens, n_layers, d_model, context_tokens):
    """Return the compute of training with attention over the context counted, in FLOP (Eq. 2.2).

    The second term is small while d_model is well above context_tokens / 12. `n_params` has no embeddings.
    """
    return 3 * (FORWARD * n_params + 2 * n_layers * context_tokens * d_model) * n_tokens


@dataclass(frozen=True)
class Transformer:
    """A decoder-only transformer as Hoffmann et al. 2022 describe theirs in Table A9.

    Parameters
    ----------
    n_layers, d_model, ffw_size, kv_size, n_heads : float
        Depth, width, width of the feed-forward block, size of keys and values per head, heads.
    vocabulary : float
        Rows of the embedding matrix, which also gives the final logits.

    Raises
    ------
    ValueError
        If one of them is not a positive number.

    Examples
    --------
    >>> Transformer(n_layers=8, d_model=512, ffw_size=2048, kv_size=64, n_heads=8).params()
    43646976.0
    """

    n_layers: float
    d_model: float
    ffw_size: float
    kv_size: float
    n_heads: float
    vocabulary: float = 32000.0

    def __post_init__(self):
        for name in self.__dataclass_fields__:
            object.__setattr__(self, name, number(name, getattr(self, name)))

    def params(self, attention_matrices=5):
        """Return n_layers (5 d_model kv_size n_heads + 2 d_model ffw_size) + vocabulary d_model, the parameters.

        The five matrices are query, key, value, output and the projection of relative positions. With 4 the sum of
        Table A9 comes out 7 % low; with 5 each of its 50 rows within 0.8 %, most of that from the rounding in print.
        """
        attention = attention_matrices * self.d_model * self.kv_size * self.n_heads
        return self.n_layers * (attention + 2 * self.d_model * self.ffw_size) + self.vocabulary * self.d_model

    def forward_terms(self, context_tokens=2048):
        """Return the FLOP of one forward pass over one sequence, by term, each over all layers (App. F).

        The look-up of embeddings is counted as a matrix product, as there.

        >>> terms = Transformer(10, 640, 2560, 64, 10).forward_terms()
        >>> round(terms["logits"] / sum(terms.values()), 3)  # the last layer of a small model
        0.176
        """
        s, d, h, layers = number("context_tokens", context_tokens), self.d_model, self.n_heads, self.n_layers
        attention = self.kv_size * h
        return {
            "embeddings": 2 * s * self.vocabulary * d,
            "qkv": layers * 2 * 3 * s * d * attention,
            "attention_logits": layers * 2 * s**2 * attention,
            "softmax": layers * 3 * h * s**2,
            "reduction": layers * 2 * s**2 * attention,
            "output": layers * 2 * s * attention * d,
            "feed_forward": layers * 2 * s * 2 * d * self.ffw_size,
            "logits": 2 * s * d * self.vocabulary,
        }

    def training_flop(self, n_tokens, context_tokens=2048, vocabulary=True):
        """Return the compute of training on `n_tokens` (any shape) in FLOP: three forward passes per sequence.

        `vocabulary` says whether embeddings and final logits count. Appendix F says so; the ratios to 6ND printed in
        Table A4 come out only without them.

        >>> small = Transformer(10, 640, 2560, 64, 10)
        >>> ratio = [small.training_flop(1e9, vocabulary=v) / training_flop(small.params(), 1e9) for v in (True, False)]
        >>> [round(float(r), 2) for r in ratio]  # printed: 1.03
        [1.58, 1.03]
        """
        terms = self.forward_terms(context_tokens)
        if not vocabulary:
            terms = {name: flop for name, flop in terms.items() if name not in ("embeddings", "logits")}
        return 3 * sum(terms.values()) * (positive("n_tokens", n_tokens) / context_tokens)
