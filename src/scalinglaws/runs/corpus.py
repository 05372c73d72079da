"""What the small models read: Python's own standard library, or a source whose entropy is known exactly."""

import hashlib
import math
import sys
import sysconfig
import zipfile
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path, PurePosixPath

import numpy as np

from scalinglaws.check import one_of, positive

# Generated files go too: the tables of `encodings` resemble each other, some would be learned and their twins held out.
GENERATED = {"encodings", "pydoc_data"}
SKIPPED = GENERATED | {"site-packages", "dist-packages", "test", "tests", "idle_test", "lib2to3", "__pycache__"}
FILE_CAP, LARGE = 200_000, 60_000  # bytes: files are cut there; none as large is held out, lest it be most of that
ORDERS = (0.25, 0.20, 0.15, 0.10)  # weight of what the last 1, 2, 3, 4 symbols say, in the hash source


@dataclass(frozen=True, eq=False)
class Corpus:
    """Symbols to learn from and symbols held out.

    Attributes
    ----------
    name : str
        `stdlib` or `hash`.
    train, held_out : ndarray of uint8
        Symbols, each below `n_symbols`.
    n_symbols : int
        Size of the alphabet.
    entropy : float
        The lowest loss that any model can reach on `held_out`, in nats per symbol; NaN where nobody knows it.
    sha256 : str
        Digest of both parts, so that two tables can be told to come from the same text.
    """

    name: str
    train: np.ndarray = field(repr=False)
    held_out: np.ndarray = field(repr=False)
    n_symbols: int
    entropy: float = math.nan
    sha256: str = field(default="")

    def __post_init__(self):
        digest = hashlib.sha256(self.train.tobytes() + b"|" + self.held_out.tobytes()).hexdigest()
        object.__setattr__(self, "sha256", digest)


def named(name):
    """The corpus that a table calls `name`, "stdlib" or "hash", as used by the sweep: built on first use, then kept.

    >>> named("stdlib").n_symbols
    97
    """
    return {"stdlib": stdlib, "hash": hash_source}[one_of("name", name, ("stdlib", "hash"))]()


@lru_cache(maxsize=4)
def stdlib(place=None, max_bytes=None, held_out=0.06, seed=0):
    """The source code of Python's standard library, without tests and generated tables: a Corpus of 97 symbols.

    `place` is a folder of `.py` files or a zip file of them; by default the library of the Python that is running,
    which inside a browser is a zip file. With `max_bytes` it stops after the file that passes this size: a smaller
    corpus for quick looks. `held_out` is the share of the bytes held out, by whole file of at most 60 kB, and `seed`
    that of the order of files, and with it of the split. A ValueError says where there are too few files to split.

    The text differs between versions of Python, and so do losses, by a few hundredths of a nat. `sha256` tells.

    >>> small = stdlib(max_bytes=200_000)
    >>> bool(small.train.max() < small.n_symbols == 97)
    True
    """
    files = sorted(_python_files(place or _library()))
    rng = np.random.default_rng(seed)
    texts, total = [], 0
    for i in rng.permutation(len(files)):
        texts.append(files[i][1])
        total += len(texts[-1])
        if max_bytes and total >= max_bytes:
            break
    out, rest = [], []
    for text in texts:
        enough = sum(map(len, out)) >= positive("held_out", held_out) * total
        (rest if enough or len(text) > LARGE else out).append(text)
    if not out or not rest:
        raise ValueError(f"place must hold enough .py files to split, got {len(texts)} in {place or _library()}")
    return Corpus("stdlib", symbols(b"".join(rest)), symbols(b"".join(out)), 97)


def symbols(text):
    """Map bytes to 97 symbols: printable ASCII to 0..94, the line end to 95, the rest to 96; uint8, one for each byte.

    >>> symbols(b" ~!").tolist(), symbols(bytes([10, 9])).tolist()
    ([0, 94, 1], [95, 96])
    """
    table = np.full(256, 96, np.uint8)
    table[32:127] = np.arange(95)
    table[10] = 95
    return table[np.frombuffer(text, np.uint8)]


@lru_cache(maxsize=2)
def hash_source(n_train=11_000_000, n_held_out=700_000, n_symbols=64, seed=0):
    """A source that rewards longer and longer memory, and whose entropy is known exactly: a Corpus.

    With probability 0.30 a symbol is drawn from Zipf's law with exponent 1.2; with probability .25, .20, .15 and .10 it
    is a fixed function (a hash, spread as Zipf's law) of the last 1, 2, 3 and 4 symbols. Contexts are Zipf distributed,
    so that there is always a rarer one left to memorise. No model can go below `entropy`: the mean, over the held-out
    symbols, of the exact entropy of each given the four before it, in nats per symbol.

    There are 2 to 256 `n_symbols`. The rule of the source is the same for every `seed`.

    >>> round(hash_source(n_train=20_000, n_held_out=200_000).entropy, 1)
    2.0
    """
    rng = np.random.default_rng([seed, 7])
    zipf = np.arange(1, n_symbols + 1) ** -1.2
    zipf /= zipf.sum()
    # A table of 2**16 entries turns a hash into a symbol with (nearly) Zipf's frequencies.
    to_symbol = np.searchsorted(np.cumsum(zipf)[:-1], (np.arange(1 << 16) + 0.5) / (1 << 16)).astype(np.uint8).tolist()
    total = n_train + n_held_out
    source = np.searchsorted(np.cumsum([0.30, *ORDERS])[:-1], rng.random(total), side="right").tolist()
    drawn = np.searchsorted(np.cumsum(zipf)[:-1], rng.random(total)).tolist()
    stream, context = bytearray(total), 0
    for t, order in enumerate(source):
        symbol = to_symbol[_mixed(context & ((1 << 8 * order) - 1), order) & 0xFFFF] if order else drawn[t]
        stream[t] = symbol
        context = (context << 8 | symbol) & 0xFFFFFFFF
    stream = np.frombuffer(bytes(stream), np.uint8)
    entropy = _hash_entropy(stream[n_train - 4 :], zipf, np.array(to_symbol))
    return Corpus("hash", stream[:n_train], stream[n_train:], n_symbols, entropy)


def _mixed(context, order):
    """A hash of the last symbols; the same for Python integers and for arrays of uint64."""
    x = (context + order * 0x632BE5AB) * 0x9E3779B1 & 0xFFFFFFFF
    x = (x ^ x >> 15) * 0x85EBCA77 & 0xFFFFFFFF
    x = (x ^ x >> 13) * 0xC2B2AE3D & 0xFFFFFFFF
    return x >> 16


def _hash_entropy(stream, zipf, to_symbol):
    """Mean conditional entropy of every symbol after the first four, exactly, given the rule of the source.

    Start from the entropy of 0.3 * zipf and move, for each of the four favoured symbols, the terms that they change.
    """
    n = len(stream) - 4
    base = 0.30 * zipf
    context = np.zeros(n, np.uint64)
    favoured = np.empty((n, 4), np.int64)
    for order in range(1, 5):
        context |= stream[4 - order : n + 4 - order].astype(np.uint64) << np.uint64(8 * (order - 1))
        favoured[:, order - 1] = to_symbol[(_mixed(context, order) & np.uint64(0xFFFF)).astype(np.int64)]
    entropy = np.full(n, -(base * np.log(base)).sum())
    for j in range(4):
        weight = sum(ORDERS[i] * (favoured[:, i] == favoured[:, j]) for i in range(4))
        first = ~np.any(favoured[:, :j] == favoured[:, j : j + 1], axis=1)  # count a symbol favoured twice once
        before = base[favoured[:, j]]
        after = before + weight
        entropy += first * (before * np.log(before) - after * np.log(after))
    return float(entropy.mean())


def _library():
    folder = sysconfig.get_paths()["stdlib"]
    zips = [path for path in sys.path if path.endswith(".zip") and Path(path).is_file()]
    return folder if (Path(folder) / "os.py").is_file() or not zips else zips[0]


def _python_files(place):
    if Path(place).is_file():
        with zipfile.ZipFile(place) as archive:
            for name in archive.namelist():
                if _wanted(name):
                    yield name, archive.read(name)[:FILE_CAP]
    else:
        for path in Path(place).rglob("*.py"):
            name = path.relative_to(place).as_posix()
            if _wanted(name):
                yield name, path.read_bytes()[:FILE_CAP]


def _wanted(name):
    *folders, last = PurePosixPath(name).parts
    machine_made = last.startswith("_sysconfigdata") or any(f.startswith("config-") for f in folders)
    return last.endswith(".py") and not machine_made and not SKIPPED.intersection(folders)
