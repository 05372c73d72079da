"""`python -m scalinglaws.runs`: make the tables `runs` and `curves`."""

import argparse
import os
import sys


def main(arguments=None):
    """Run the sweep, or a part of it, and leave `runs.csv` and `curves.csv` in a folder.

    Parameters
    ----------
    arguments : list of str, optional
        By default those of the command line.
    """
    from scalinglaws.runs import jobs, store, sweep

    parts = jobs.parts()
    parser = argparse.ArgumentParser(
        prog="python -m scalinglaws.runs",
        description="Train the course's small language models and write runs.csv and curves.csv. "
        "A sweep that was stopped goes on where it was: run the same command again.",
        epilog="On a cluster: python -c 'import scalinglaws.runs; help(scalinglaws.runs)'",
    )
    parser.add_argument("folder", help="where the two tables are, or will be")
    parser.add_argument("--jobs", type=int, default=1, help="processes, one core each (more than 1 needs joblib)")
    parser.add_argument(
        "--parts", nargs="+", choices=list(parts), default=list(parts), help="what to run (default: all, in this order)"
    )
    parser.add_argument("--plan", action="store_true", help="only say what is planned and its cost")
    parser.add_argument(
        "--publish", metavar="TABLES", help="run nothing; write what is done into this folder of the data package"
    )
    chosen = parser.parse_args(arguments)
    todo = [job for part in chosen.parts for job in parts[part]]
    if chosen.plan:
        for part in chosen.parts:
            print(f"{part:10} {len(parts[part]):4} runs {sum(map(jobs.cost, parts[part])):8.1e} FLOP")
        return
    if chosen.publish:
        n_rows = store.publish(chosen.folder, chosen.publish, [job["run_id"] for job in todo])
        print(f"{n_rows} of {len(todo)} runs written to {chosen.publish}")
        return
    rows = sweep.run(todo, chosen.folder, chosen.jobs)
    bad = sum(row["status"] != "ok" for row in rows)
    print(f"{len(rows)} runs in {chosen.folder}, {bad} of them marked as bad")


if __name__ == "__main__":
    if "OPENBLAS_NUM_THREADS" not in os.environ:
        # NumPy reads this when it loads, which was before this line: start over.
        one = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        os.execve(sys.executable, [sys.executable, "-m", "scalinglaws.runs", *sys.argv[1:]], os.environ | one)
    main()
