"""Run notebooks and store their outputs in a form that does not change from run to run.

Usage: python tools/refresh.py [NOTEBOOK ...]     (default: every chapter and lab)
"""

import os
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parent.parent
ADDRESS = re.compile(r"0x[0-9a-f]{6,}")  # of objects in memory
WIDGET = "application/vnd.jupyter.widget-view+json"
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


def run(path):
    """Execute one notebook in its own folder and write it back, normalised; once more if it was edited meanwhile."""
    before = path.read_bytes()
    notebook = nbformat.reads(before.decode(), 4)
    NotebookClient(
        notebook,
        timeout=600,
        record_timing=False,
        store_widget_state=False,
        coalesce_streams=True,  # a slow cell may print in several pieces, or not
        resources={"metadata": {"path": path.parent}},
    ).execute()
    if path.read_bytes() != before:
        return run(path)
    nbformat.write(normalised(notebook), path)
    return path


def normalised(notebook):
    """Number ids and counts, keep the least metadata, drop what differs between two runs."""
    notebook.metadata = nbformat.from_dict(
        {
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
            "language_info": {"name": "python"},
        }
    )
    notebook.nbformat_minor = 5
    count = 0
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{number:02d}"
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            count += 1
            cell.execution_count = count
            cell.outputs = [normalised_output(output, count) for output in cell.outputs]
            cell.outputs = [output for output in cell.outputs if output.get("data", True)]
    return notebook


def normalised_output(output, count):
    """One output without memory addresses and without the live half of a widget: its picture stays."""
    if output.output_type == "execute_result":
        output.execution_count = count
    if output.output_type == "stream":
        output.text = ADDRESS.sub("0x0", output.text)
    data = output.get("data", {})
    data.pop(WIDGET, None)
    for kind, value in data.items():
        if kind.startswith("text/") and isinstance(value, str):
            data[kind] = ADDRESS.sub("0x0", value)
    return output


def main(names):
    """Refresh the named notebooks, two at a time."""
    os.environ.update(ONE_THREAD)
    paths = [Path(name).resolve() for name in names] or sorted(
        [*ROOT.glob("chapters/*.ipynb"), *ROOT.glob("labs/*.ipynb")]
    )
    with ThreadPoolExecutor(2) as pool:
        for path in pool.map(run, paths):
            print(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
