"""The shape of the project: who may import whom, how long a file may be, one version, nothing foreign."""

import ast
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LAYERS = ["check", "data", "laws", "fit", "runs", "show", "course", "book"]
MODULES = sorted((ROOT / "src/scalinglaws").rglob("*.py"))
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]


def imported(path):
    """Names of our own modules that a file imports, anywhere in it, relative imports resolved."""
    package = ("scalinglaws", *path.relative_to(ROOT / "src/scalinglaws").parts[:-1])
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom):
            above = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            module = ".".join(filter(None, (above, node.module)))
            if module == "scalinglaws":
                yield from (f"scalinglaws.{alias.name}" for alias in node.names)
            elif module.startswith("scalinglaws."):
                yield module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.startswith("scalinglaws"))


@pytest.mark.parametrize("path", MODULES, ids=[str(path.relative_to(ROOT / "src")) for path in MODULES])
def test_a_module_imports_only_from_earlier_layers(path):
    here = path.relative_to(ROOT / "src/scalinglaws").parts[0].removesuffix(".py")
    if here in LAYERS:
        allowed = LAYERS[: LAYERS.index(here) + 1]
        if here == "runs":
            allowed.remove("fit")  # training knows nothing of fitting
        for name in imported(path):
            assert name.split(".")[1] in allowed, f"{path.name} imports {name}"


def test_importing_the_package_loads_numpy_alone():
    code = (
        "import sys, numpy; import scalinglaws; from scalinglaws import PowerLaw, Chinchilla, load, constant, fit_power_law; "
        "print(sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    for name in ("scipy", "matplotlib", "ipywidgets", "altair", "pandas", "joblib", "tqdm", "vl_convert", "PIL"):
        assert f"'{name}'" not in loaded


def test_every_name_at_the_root_can_be_used_and_an_unknown_one_is_named():
    import scalinglaws

    for name in scalinglaws.__all__:
        assert getattr(scalinglaws, name) is not None
    with pytest.raises(AttributeError, match="it has"):
        _ = scalinglaws.nothing


def test_there_is_one_version():
    import scalinglaws

    assert scalinglaws.__version__ == VERSION
    assert f"version: {VERSION}" in (ROOT / "CITATION.cff").read_text()
    assert json.loads((ROOT / "src/scalinglaws/data/datapackage.json").read_text())["version"] == VERSION
    assert f"## {VERSION}" in (ROOT / "CHANGELOG.md").read_text()


def test_no_tracked_file_names_a_path_of_a_machine():
    files = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    pattern = re.compile(r"(?<![\w:/.])/(?:tmp|root|home|work)/\w")
    for name in files:
        if name.startswith(("tests/", ".ci/")):
            continue
        text = (ROOT / name).read_bytes().decode("utf-8", "ignore")
        assert not pattern.search(text), name
