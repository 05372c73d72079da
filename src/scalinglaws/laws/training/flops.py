"""How much arithmetic a transformer costs: parameters and floating-point operations, counted in three ways.

All counts take one multiplication and one addition as 2 FLOP, and the backward pass as twice the forward pass.

===============  ====================================================================================================
6ND              leaves out attention over the context, and everything that is not a matrix product with a weight
Kaplan           adds attention over the context; leaves out embeddings and the final logits (its N leaves them out too)
Hoffmann App. F  adds embeddings, softmax and final logits; leaves out the relative positions, norms, the optimiser
===============  ====================================================================================================

No count has recomputation of activations, so a utilisation measured with these is of useful work.
"""

from dataclasses import dataclass

from scalinglaws.check import number, positive

TRAIN, FORWARD = 6, 2  # FLOP per parameter and token


def training_flop(n_params, n_tokens):
    """Return the compute of training, 6ND.

    Parameters
    ----------
    n_params, n_tokens : float, ndarray or expression
        Parameters that each token meets, and tokens processed.

    Returns
    -------
    same as n_params
        In FLOP: 2 forward and 4 backward per parameter and token.

    Notes
    -----
    Kaplan et al. 2020, Sec. 2.1; Hoffmann et al. 2022 use the same for their fits.

    Examples
    --------
    >>> training_flop(70e9, 1.4e12)
    5.88e+23
    """
    return TRAIN * n_params * n_tokens


def inference_flop(n_params, n_tokens):
    """Return the compute of reading or writing tokens with a trained model, 2ND.

    Parameters
    ----------
    n_params, n_tokens : float, ndarray or expression
        Parameters that each token meets, and tokens read or written.

    Returns
    -------
    same as n_params
        In FLOP.

    Examples
    --------
    >>> inference_flop(70e9, 1e6)
    1.4e+17
    """
    return FORWARD * n_params * n_tokens


def kaplan_params(n_layers, d_model):
    """Return the parameters without embeddings of a standard transformer, 12 n_layers d_model**2.

    Parameters
    ----------
    n_layers, d_model : float, ndarray or expression
        Depth and width; attention as wide as the model, feed-forward four times as wide.

    Returns
    -------
    same as n_layers
        Parameters.

    Notes
    -----
    Kaplan et al. 2020, Eq. 2.1: 4 d**2 for attention, 8 d**2 for the feed-forward block.

    Examples
    --------
    >>> kaplan_params(96, 12288) / 1e9  # GPT-3
    173.946175488
    """
    return 12 * n_layers * d_model**2


def kaplan_training_flop(n_params, n_tokens, n_layers, d_model, context_tokens):
    """Return the compute of training with attention over the context counted.

    Parameters
    ----------
    n_params, n_tokens : float, ndarray or expression
        Parameters without embeddings, and tokens processed.
    n_layers, d_model, context_tokens : float, ndarray or expression
        Depth, width and tokens in the context.

    Returns
    -------
    same as n_params
        In FLOP: 3 (2 n_params + 2 n_layers context_tokens d_model) n_tokens.

    Notes
    -----
    Kaplan et al. 2020, Eq. 2.2. The second term is small while d_model is well above context_tokens / 12.

    Examples
    --------
    >>> n_params = kaplan_params(96, 12288)
    >>> kaplan_training_flop(n_params, 3e11, 96, 12288, 2048) / training_flop(n_params, 3e11)  # doctest: +ELLIPSIS
    1.0138...
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
        """Return the parameters, embeddings included.

        Parameters
        ----------
        attention_matrices : int
            5: query, key, value, output and the projection of relative positions. With 4 the sum of Table A9
            comes out 7 % low; with 5 each of its 50 rows within 0.8 %, most of that from the rounding in print.

        Returns
        -------
        float
            n_layers (5 d_model kv_size n_heads + 2 d_model ffw_size) + vocabulary d_model.
        """
        attention = attention_matrices * self.d_model * self.kv_size * self.n_heads
        return self.n_layers * (attention + 2 * self.d_model * self.ffw_size) + self.vocabulary * self.d_model

    def forward_terms(self, context_tokens=2048):
        """Return the FLOP of one forward pass over one sequence, term by term.

        Parameters
        ----------
        context_tokens : float
            Length of the sequence.

        Returns
        -------
        dict of str to float
            FLOP of embeddings, qkv, attention_logits, softmax, reduction, output, feed_forward (each over all
            layers) and logits.

        Notes
        -----
        Hoffmann et al. 2022, Appendix F. It counts the look-up of embeddings as a matrix product.

        Examples
        --------
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
        """Return the compute of training by the count of Hoffmann et al. 2022.

        Parameters
        ----------
        n_tokens : float or array_like
            Tokens processed.
        context_tokens : float
            Length of a sequence.
        vocabulary : bool
            Whether embeddings and final logits count. Appendix F says so; the ratios to 6ND printed in Table A4
            come out only without them.

        Returns
        -------
        float or ndarray
            In FLOP, shape of `n_tokens`: three forward passes per sequence.

        Raises
        ------
        ValueError
            If `n_tokens` or `context_tokens` is not positive and finite.

        Examples
        --------
        >>> small = Transformer(10, 640, 2560, 64, 10)
        >>> ratio = [small.training_flop(1e9, vocabulary=v) / training_flop(small.params(), 1e9) for v in (True, False)]
        >>> [round(float(r), 2) for r in ratio]  # printed: 1.03
        [1.58, 1.03]
        """
        terms = self.forward_terms(context_tokens)
        if not vocabulary:
            terms = {name: flop for name, flop in terms.items() if name not in ("embeddings", "logits")}
        return 3 * sum(terms.values()) * (positive("n_tokens", n_tokens) / context_tokens)
