"""The decks of slides, built into the site: a second Sphinx project, which the book does not read itself."""

import shutil
import subprocess
import sys
from pathlib import Path

from sphinx.util import logging

SOURCE = Path(__file__).resolve().parents[2] / "teaching/slides"
logger = logging.getLogger(__name__)


def build(app, exception):
    """Build the decks beside the pages, except for a class; what goes wrong there is a warning here."""
    if exception or app.builder.name != "html" or not app.config.book_solutions:
        return
    target = Path(app.outdir, "slides")
    trees = Path(app.outdir).parent / ".doctrees-slides"
    command = [
        sys.executable,
        "-m",
        "sphinx",
        "-q",
        "-W",
        "--keep-going",
        "-b",
        "revealjs",
        "-d",
        trees,
        SOURCE,
        target,
    ]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        logger.warning("slides: %s", (done.stderr or done.stdout).strip())
    shutil.rmtree(target / "_sources", ignore_errors=True)


def setup(app):
    """Connect to the build."""
    app.connect("build-finished", build)
