"""The class server under load, on loopback, and killed at random: is any run charged twice, lost, or over budget?

Starts `teaching/server/app.py` on a class of its own in a temporary folder. Connections send the runs of all keys, those of
a few keys at a time so that they meet; each key asks for about one and a half times its budget, and one run in six is a
repetition. With kills, the server is killed and started again at random moments, and a request without an answer is sent
again. Afterwards, from the file of the class: no key over its budget, every ledger the sum of its runs, every answered run
there once, with its loss, and nothing else there.

Usage: python benchmarks/server.py [--keys 500] [--runs 12000] [--connections 50] [--kills 20]
"""

import argparse
import http.client
import json
import queue
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from hashlib import sha256
from pathlib import Path

APP = Path(__file__).resolve().parent.parent / "teaching" / "server" / "app.py"


class Server:
    """The server of a new class, as a process that can be killed."""

    def __init__(self, folder, n_keys, *options):
        self.path = Path(folder) / "class.db"
        roster = Path(folder) / "roster.txt"
        roster.write_text("\n".join(f"player {i}" for i in range(n_keys)) + "\n", "utf-8")
        made = subprocess.run(
            [sys.executable, APP, "new", self.path, roster, "--family", "kink"],
            capture_output=True,
            text=True,
            check=True,
        )
        self.keys = [line.split("\t")[1] for line in made.stdout.splitlines()]
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.command = [sys.executable, APP, "serve", self.path, "--port", str(self.port), *options]
        self.start()

    def start(self):
        """Start it and wait until it answers."""
        self.process = subprocess.Popen(self.command)
        for _ in range(600):
            try:
                return self.ask(http.client.HTTPConnection("127.0.0.1", self.port, timeout=5), "GET", "/board.json")
            except OSError:
                if self.process.poll() is not None:
                    raise RuntimeError(f"the server ended with {self.process.returncode}") from None
                time.sleep(0.05)
        raise RuntimeError("the server did not start within 30 s")

    def kill(self):
        """Kill it at once."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def ask(self, connection, method, path, key="", body=None):
        """Status and JSON of one request."""
        headers = {"X-API-Key": key, "Content-Type": "application/json"}
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        reply = connection.getresponse()
        return reply.status, json.loads(reply.read())


def requests(keys, n_runs, rng):
    """Keys and runs in the order in which they are sent: those of four keys at a time, shuffled."""
    each, found = n_runs // len(keys), []
    for start in range(0, len(keys), 4):
        block = []
        for key in keys[start : start + 4]:
            runs = []
            for _ in range(each):
                share, size = rng.uniform(0.03, 0.09), round(10 ** rng.uniform(7, 8))
                run = {"n_params": size, "n_tokens": round(share * 1e18 / 6 / size), "seed": rng.randrange(3)}
                runs.append(rng.choice(runs) if runs and rng.random() < 1 / 6 else run)
            block += [(key, run) for run in runs]
        rng.shuffle(block)
        found += block
    return found


def load(server, sent, n_connections, n_kills=0, rng=None):
    """Send all requests; returns (key, run, status, reply, seconds) of each."""
    waiting, answers, done = queue.SimpleQueue(), [], threading.Event()
    for item in sent:
        waiting.put(item)

    def connection():
        line = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        while True:
            try:
                key, run = waiting.get_nowait()
            except queue.Empty:
                return
            while True:
                begun = time.perf_counter()
                try:
                    status, reply = server.ask(line, "POST", "/runs", key, run)
                except (OSError, http.client.HTTPException, ValueError):
                    line.close()
                    time.sleep(0.02)
                    continue
                if status == 429:
                    time.sleep(0.1)
                    continue
                answers.append((key, run, status, reply, time.perf_counter() - begun))
                break

    def killer():
        for _ in range(n_kills):
            # While requests are left: after so many more answers.
            enough = len(answers) + rng.randrange(1, max(2, len(sent) // (n_kills + 1)))
            while len(answers) < enough and not done.is_set():
                time.sleep(0.001)
            server.kill()
            server.start()

    threads = [threading.Thread(target=connection, daemon=True) for _ in range(n_connections)]
    other = threading.Thread(target=killer, daemon=True)
    for thread in (*threads, other):
        thread.start()
    for thread in threads:
        thread.join()
    done.set()
    other.join()
    return answers


def faults(path, answers):
    """Yield what is wrong in the file of a class after these answers."""
    file = sqlite3.connect(path)
    (budget,) = file.execute("SELECT budget FROM class").fetchone()
    totals = dict(file.execute("SELECT player, sum(cost) FROM runs GROUP BY player"))
    number = {}
    for player, key, spent, runs in file.execute("SELECT id, key, spent, runs FROM players"):
        number[key] = player
        if spent > budget:
            yield f"player {player} spent {spent} of {budget}"
        if spent != totals.get(player, 0):
            yield f"player {player} was charged {spent} for runs of {totals.get(player, 0)}"
        if runs != file.execute("SELECT count(*) FROM runs WHERE player = ?", (player,)).fetchone()[0]:
            yield f"player {player} has another number of runs than is counted"
    kept = {}
    for player, n_params, n_tokens, seed, price, loss in file.execute(
        "SELECT player, n_params, n_tokens, seed, cost, loss FROM runs"
    ):
        if price != 6 * n_params * n_tokens:
            yield f"player {player} paid {price} for a run of {6 * n_params * n_tokens}"
        if (player, n_params, n_tokens, seed) in kept:
            yield f"player {player} has a run twice"
        kept[player, n_params, n_tokens, seed] = loss
    answered = set()
    for key, run, status, reply, _ in answers:
        place = (number[sha256(key.encode()).hexdigest()], run["n_params"], run["n_tokens"], run["seed"])
        if status == 200:
            answered.add(place)
            if place not in kept or kept[place] != reply["loss"]:
                yield f"the answered run {place} is not there, or with another loss"
        elif status != 402:
            yield f"status {status}: {reply}"
        elif place in kept and place not in answered:
            yield f"the refused run {place} was charged"
    if extra := set(kept) - answered:
        yield f"{len(extra)} runs are there that nobody has the answer of"


def report(name, server, answers, seconds):
    """Print what happened."""
    times = sorted(answer[-1] for answer in answers)
    sold = sum(answer[2] == 200 for answer in answers)
    problems = list(faults(server.path, answers))
    print(
        f"{name}: {len(answers):,} requests in {seconds:.0f} s ({len(answers) / seconds:.0f} a second), {sold:,} sold, "
        f"{len(answers) - sold:,} refused; median {1000 * times[len(times) // 2]:.0f} ms, "
        f"p95 {1000 * times[int(0.95 * len(times))]:.0f} ms, longest {times[-1]:.2f} s; faults: {len(problems)}",
        flush=True,
    )
    for problem in problems[:10]:
        print("   ", problem)
    return problems


def main():
    """Print what the load did, without and with kills."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--keys", type=int, default=500)
    parser.add_argument("--runs", type=int, default=12_000)
    parser.add_argument("--connections", type=int, default=50)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    rng, problems = random.Random(chosen.seed), []
    ways = {"load": 0} | ({f"load, killed {chosen.kills} times": chosen.kills} if chosen.kills else {})
    for name, n_kills in ways.items():
        with tempfile.TemporaryDirectory() as folder:
            server = Server(folder, chosen.keys)
            try:
                sent, begun = requests(server.keys, chosen.runs, rng), time.perf_counter()
                answers = load(server, sent, chosen.connections, n_kills, rng)
                problems += report(name, server, answers, time.perf_counter() - begun)
            finally:
                server.kill()
    sys.exit(bool(problems))


if __name__ == "__main__":
    main()
