# The commands of the course. Each makes .venv first if it is missing; see CONTRIBUTING.md.

PYTHON ?= python3
BIN := .venv/bin
BOOK := $(BIN)/jupyter-book build -W -n --keep-going .

.PHONY: html serve lab refresh test lint unit notebooks links weekly size site-check class slides pdf students printables quizbank release clean

html: .venv/ready
	$(BOOK)

serve: html
	$(BIN)/python tools/serve.py

lab: .venv/ready
	$(BIN)/python tools/copies.py workbook
	$(BIN)/jupyter lab workbook/labs

refresh: .venv/ready
	$(BIN)/python tools/refresh.py

test: lint unit notebooks links

lint: .venv/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

unit: .venv/ready
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -q -n logical --dist loadscope --doctest-modules src tests

notebooks: .venv/ready
	$(BIN)/python tools/check_notebooks.py

links: html
	$(BIN)/python tools/links.py

# What takes too long for every change: the tests marked so, and whether the fitter's intervals still cover and its
# warning of a wrong form still speaks.
weekly: .venv/ready
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -q -n logical -m weekly src tests
	OPENBLAS_NUM_THREADS=1 $(BIN)/python benchmarks/coverage.py --datasets 200
	OPENBLAS_NUM_THREADS=1 $(BIN)/python benchmarks/structure.py --fits 4000 --bends 20

size:
	@$(PYTHON) tools/size.py

# The site that is checked is the one that is published: it loads the labs' Python from its public home. PYODIDE_DIR is
# a folder with that Python, for the check alone.
site-check: .venv/ready
	env -u PYODIDE_DIR $(BOOK)
	$(BIN)/python tools/all_checks.py

# The site without solutions, answers and teachers' pages, in a folder of its own.
class: .venv/ready
	BOOK_SOLUTIONS=0 $(BOOK) --path-output _build/class
	$(BIN)/python tools/solutions.py _build/class/_build/html

# The decks alone; a build of the book makes them too.
slides: .venv/ready
	$(BIN)/python -m sphinx -q -W --keep-going -b revealjs -d _build/.doctrees-slides teaching/slides _build/html/slides

# Every chapter and the pages that it leans on, as one PDF in dist/.
pdf: html
	$(BIN)/python tools/pdf.py

# Notebooks to hand out, without solutions, and the teacher's, with them.
students: .venv/ready
	$(BIN)/python tools/students.py _build/students

# What the lessons need on paper, A4 and letter, in dist/printables; ONLY=04- for one lesson. PDF where there is a Chromium.
printables: .venv/ready
	$(BIN)/python tools/printables.py --only "$(ONLY)"

# The questions after each chapter for Moodle, Canvas and others.
quizbank: .venv/ready
	$(BIN)/python tools/quizbank.py _build/quizbank

release: html
	$(BIN)/python tools/release.py

clean:
	rm -rf _build dist .ruff_cache

.venv/ready: requirements.txt constraints.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo 'This needs Python 3.11 or later: make PYTHON=python3.12 ...'; exit 1; }
	@echo 'Making the environment in .venv: about a minute.'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==0.13.9
	$(BIN)/uv pip install --quiet --python $(BIN)/python -r requirements.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps -e .
	mkdir -p .venv/share/jupyter/lab/settings
	cp lite/overrides.json .venv/share/jupyter/lab/settings/  # sliders take the arrow keys
	touch $@
