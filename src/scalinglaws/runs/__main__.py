"""`python -m scalinglaws.runs`: train the models of the tables `runs` and `curves`."""

import argparse
import os
import sys


def main(arguments=None):
    """Run the sweep, or a part of it, into a store; or publish what is done. `arguments`: as on the command line."""
    from scalinglaws.runs import store, sweep
    from scalinglaws.runs.jobs import shipped_sweep

    parts = shipped_sweep()
    parser = argparse.ArgumentParser(
        prog="python -m scalinglaws.runs",
        description="Train the course's small language models. "
        "A sweep that was stopped goes on where it was: run the same command again.",
        epilog="On a cluster: python -c 'import scalinglaws.runs; help(scalinglaws.runs)'",
    )
    parser.add_argument("store", help="the file that keeps the runs, SQLite; made if missing")
    parser.add_argument("--jobs", type=int, default=1, help="processes, one core each (more than 1 needs joblib)")
    parser.add_argument(
        "--parts", nargs="+", choices=list(parts), default=list(parts), help="what to run (default: all, in this order)"
    )
    parser.add_argument("--plan", action="store_true", help="only say what is planned and its cost")
    parser.add_argument(
        "--publish", metavar="FOLDER", help="run nothing; write what is done as runs.csv and curves.csv of this folder"
    )
    chosen = parser.parse_args(arguments)
    todo = [job for part in chosen.parts for job in parts[part]]
    if chosen.plan:
        for part in chosen.parts:
            print(f"{part:10} {len(parts[part]):4} runs {sum(job.flop for job in parts[part]):8.1e} FLOP")
    elif chosen.publish:
        n_rows = store.publish(chosen.store, chosen.publish, [job.run_id for job in todo])
        print(f"{n_rows} of {len(todo)} runs written to {chosen.publish}")
    else:
        rows = sweep.run_sweep(todo, chosen.store, chosen.jobs)
        n_bad = sum(row["status"] != "ok" for row in rows)
        print(f"{len(rows)} runs in {chosen.store}, {n_bad} of them marked as bad")


if __name__ == "__main__":
    if "OPENBLAS_NUM_THREADS" not in os.environ:
        # NumPy reads this when it loads, which was before this line: start over.
        one_thread = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        os.execve(sys.executable, [sys.executable, "-m", "scalinglaws.runs", *sys.argv[1:]], os.environ | one_thread)
    main()
