"""The checks of the built site count right: what is wrong is told, what is missing is skipped, all are added up."""

import shutil
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))

import all_checks  # noqa: E402
import other_browsers  # noqa: E402
from browser import Tally  # noqa: E402


class Page:
    """A browser that answers as it is told."""

    def __init__(self, answers=(), said=()):
        self.answers, self.said = dict(answers), list(said)

    def goto(self, address):
        if "lost" in address:
            raise RuntimeError("no such page\nand more")

    def evaluate(self, script, *arguments):
        default = [["a control"], []] if "moved" in script else []
        return next((answer for part, answer in self.answers.items() if part in script), default)

    def errors(self):
        return self.said

    def close(self):
        pass


def look(monkeypatch, page, pages=("index.html", "chapters/04-x.html")):
    """Return the count of a look at two pages with a browser, of which one is the chapter that is looked at whole."""
    monkeypatch.setitem(other_browsers.BROWSERS, "firefox", lambda place: page)
    tally = Tally()
    other_browsers.look("firefox", "http://home", list(pages), None, tally)
    return tally


def test_a_good_site_fails_nothing(monkeypatch):
    tally = look(monkeypatch, Page())
    assert tally.failures == []
    assert tally.passed == 13


@pytest.mark.parametrize(
    ("page", "failures"),
    [
        (Page({"no picture": ["no picture: a"]}), 4),
        (Page({"changes nothing": [["a"], ["changes nothing: a"]]}), 2),
        (Page({"changes nothing": [[], []]}), 2),
        (Page({"px wide": ["700 px wide"]}), 1),
        (Page(said=["boom"]), 3),
    ],
)
def test_what_is_wrong_is_a_failure_wherever_it_is_looked_for(monkeypatch, page, failures):
    assert len(look(monkeypatch, page).failures) == failures


def test_a_page_that_does_not_open_fails_once_and_the_next_is_looked_at(monkeypatch, capsys):
    tally = look(monkeypatch, Page(), ["lost.html", "index.html"])
    assert tally.failures == ["firefox, lost.html: the check itself"]
    assert tally.passed == 2
    assert "no such page\n" in capsys.readouterr().out


def test_a_lab_that_fails_is_told_without_waiting_longer():
    page = Page({"errors.length": True, "done:": {"done": 1, "errors": ["ValueError"]}, "scalinglaws-panel img": False})
    page.answers |= {"jupyterapp": True}
    tally = Tally()
    other_browsers.check_lab(page, "http://home", "labs/1.ipynb", "firefox, labs/1.ipynb", tally)
    assert tally.passed == 1
    assert [what.rpartition(": ")[2] for what in tally.failures] == ["a panel with its picture", "no error output"]


def test_a_browser_that_does_not_start_is_one_failure(monkeypatch):
    def broken(place):
        raise RuntimeError("no screen")

    monkeypatch.setitem(other_browsers.BROWSERS, "webkit", broken)
    tally = Tally()
    other_browsers.look("webkit", "http://home", ["index.html"], None, tally)
    assert tally.failures == ["webkit: starts"]


def test_a_browser_that_is_not_there_is_skipped_with_what_to_install(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setattr(sys, "argv", ["other_browsers.py", str(tmp_path)])
    with pytest.raises(SystemExit) as end:
        other_browsers.main()
    said = capsys.readouterr().out
    assert end.value.code == 0
    assert "skipped: no firefox" in said and "apt-get install firefox-esr" in said and "webkit2gtk-driver xvfb" in said
    assert said.endswith("0 passed, 0 failed\n")


def test_every_page_of_the_copy_listens_and_the_site_itself_is_left_alone(monkeypatch, tmp_path):
    monkeypatch.delenv("PYODIDE_DIR", raising=False)
    site, text = tmp_path / "html", '<html>\n<head lang="en">\n<title>A \\1</title></head></html>'
    (site / "lite").mkdir(parents=True)
    (site / "index.html").write_text(text, encoding="utf-8")
    copy = other_browsers.listening(site, tmp_path / "place")
    assert (copy / "index.html").read_text("utf-8").startswith('<html>\n<head lang="en"><script>')
    assert (site / "index.html").read_text("utf-8") == text
    assert not (copy / "lite").exists()


@pytest.mark.parametrize(
    ("program", "counts"),
    [
        ("print('3 passed, 0 failed')", (3, 0)),
        ("print('3 passed, 2 failed'); exit(1)", (3, 2)),
        ("print('skipped: no Chromium on this machine')", (0, 0)),
        ("print('3 passed, 0 failed'); raise SystemExit(1)", (3, 1)),
        ("raise ValueError", (0, 1)),
        ("print('3 passed, 0 failed'); print('and then'); exit(1)", (0, 1)),
    ],
)
def test_the_total_takes_the_last_line_of_each_check_and_its_exit_status(program, counts):
    assert all_checks.run([sys.executable, "-c", program]) == counts


def test_all_checks_are_run_after_one_has_failed_and_added_up(monkeypatch, capsys):
    results = dict(zip(all_checks.CHECKS, [(5, 0), (1, 2), (0, 0), (3, 0), (4, 0)], strict=True))
    monkeypatch.setattr(all_checks, "run", lambda command: results[Path(command[2]).name])
    monkeypatch.setattr(sys, "argv", ["all_checks.py"])
    with pytest.raises(SystemExit) as end:
        all_checks.main()
    assert end.value.code == 1
    assert capsys.readouterr().out.endswith("13 passed, 2 failed\n")
