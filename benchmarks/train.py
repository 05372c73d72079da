"""Training speed against the machine's own matrix multiplication, same shapes, same run.

    python benchmarks/train.py [--rounds 30] [--hidden 64 256] [--batch 256]

For each size the six products of one training step are timed alone, then the whole step with everything around it
(gathering the contexts, softmax, embedding, Adam), turn by turn, so that both see the same machine. Processor time is
counted. The rates are those of the best turns, for other work on the machine only ever adds; the share is the median
over turns, for the machine's clock changes between them.
"""

import argparse
import os
import sys

ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
if not ONE_THREAD.keys() <= os.environ.keys():  # NumPy reads these when it loads
    os.execve(sys.executable, [sys.executable, *sys.argv], os.environ | ONE_THREAD)

import time  # noqa: E402

import numpy as np  # noqa: E402

from scalinglaws.laws.training.flops import training_flop  # noqa: E402
from scalinglaws.runs import corpus, network, training  # noqa: E402


def seconds(work):
    """Processor time of one call."""
    start = time.process_time()
    work()
    return time.process_time() - start


def measure(text, hidden, batch, rounds):
    """FLOP per second of the six products alone and of training, and the share, for one shape."""
    steps = max(4, 8192 // batch)
    net = network.Network(hidden, batch)
    adam = network.Adam(net, 0.999)
    _, w1, _, w2, _ = net.weights
    _, dw1, _, dw2, _ = net.grads
    x, h, dh, p = net.x.reshape(batch, -1), net.h, net.dh, net.p
    x[:], h[:], p[:] = 0.1, 0.1, 0.01  # not zero: what was never written may be denormal, and slow

    def products():
        for _ in range(steps):
            np.matmul(x, w1, out=h)
            np.matmul(w2.T, h.T, out=p)
            np.matmul(h.T, p.T, out=dw2)
            np.matmul(p.T, w2.T, out=dh)
            np.matmul(x.T, dh, out=dw1)
            np.matmul(dh, w1.T, out=net.dx.reshape(x.shape))

    def train():
        for windows in training._blocks(text, 8, 0, len(text.train) - 8, steps, batch):
            for example in zip(*training._examples(windows, batch), strict=True):
                net.step(*example)
                adam.step(1e-3, 1.0)

    train()
    alone, whole = np.array([(seconds(products), seconds(train)) for _ in range(rounds)]).T
    flop = training_flop(network.n_params(hidden), batch * steps)
    return flop / alone.min(), flop / whole.min(), np.median(alone / whole)


def main():
    """Print one line for each size and batch."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=30, help="turns of each; more on a busy machine")
    parser.add_argument("--hidden", nargs="*", type=int, default=(16, 64, 256, 1024))
    parser.add_argument("--batch", nargs="*", type=int, default=(32, 64, 128, 256))
    args = parser.parse_args()
    text = corpus.stdlib()
    print(f"NumPy {np.__version__}, one thread, float32\n")
    print("hidden  batch   sgemm GFLOP/s   training GFLOP/s   share")
    for hidden in args.hidden:
        for batch in args.batch:
            alone, whole, share = measure(text, hidden, batch, args.rounds)
            print(f"{hidden:6} {batch:6} {alone / 1e9:15.1f} {whole / 1e9:18.1f} {share:7.0%}")


if __name__ == "__main__":
    main()
