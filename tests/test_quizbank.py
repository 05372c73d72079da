"""The questions for a learning platform, read back by a parser of GIFT and one of QTI."""

import re
import sys
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest

from scalinglaws.course import questions

ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "tools"))

import quizbank  # noqa: E402

AWKWARD = {
    "99-x": [
        {
            "text": "Is C = 6ND {here}: ~10 % or #1?\n\nA \\ line.",
            "options": [
                {"text": "=> 50 %: <b>yes</b> & no", "right": False, "feedback": "~ # = { } : \\ \"quoted\" 'é'"},
                {"text": "100% // $CATEGORY", "right": True, "feedback": "::title:: ->"},
            ],
        }
    ]
}


def as_known(chapters):
    """Questions with their white space as it is on a page."""
    plain = {}
    for chapter, asked in chapters.items():
        plain[chapter] = [
            (
                " ".join(one["text"].split()),
                [(" ".join(o["text"].split()), o["right"], " ".join(o["feedback"].split())) for o in one["options"]],
            )
            for one in asked
        ]
    return plain


def unescaped(text):
    return re.sub(r"\\(.)", r"\1", text)


def read_gift(text):
    """Questions by category: a small parser by the rules of Moodle's format, which splits at signs without a backslash."""
    found, category = {}, None
    for block in re.split(r"\n\s*\n", text.strip()):
        if block.startswith("$CATEGORY: "):
            category = block.rpartition("/")[2].strip()
            found[category] = []
            continue
        title, asked, answers = re.fullmatch(
            r"::((?:\\.|[^\\:])*)::\[plain\]((?:\\.|[^\\{}])*)\{((?:\\.|[^\\{}])*)\}", block, re.S
        ).groups()
        assert unescaped(title).startswith(category)
        options = []
        for sign, answer in re.findall(r"([=~])((?:\\.|[^\\=~])*)", answers, re.S):
            words, feedback = re.split(r"(?<!\\)#", re.sub(r"\\\\", "\0", answer.strip()))
            assert not re.match(r"%-?\d+(\.\d+)?%", words), "Moodle would read a weight"
            words, feedback = (unescaped(part).replace("\0", "\\") for part in (words, feedback))
            options.append((words, sign == "=", feedback))
        found[category].append((unescaped(asked).strip(), options))
    return found


def read_qti(text):
    """The questions of an assessment, as a platform would score them."""
    name = {"q": quizbank.QTI}
    found = []
    for item in ElementTree.fromstring(text).findall(".//q:item", name):
        told = {
            part.get("ident"): part.findtext(".//q:mattext", None, name)
            for part in item.findall("q:itemfeedback", name)
        }
        score, link = {}, {}
        for condition in item.findall(".//q:respcondition", name):
            chosen = condition.findtext("q:conditionvar/q:varequal", None, name)
            score[chosen] = condition.findtext("q:setvar", "0", name)
            link[chosen] = told[condition.find("q:displayfeedback", name).get("linkrefid")]
        options = [
            (label.findtext(".//q:mattext", None, name), score[label.get("ident")] == "100", link[label.get("ident")])
            for label in item.findall(".//q:response_label", name)
        ]
        found.append((item.findtext("q:presentation/q:material/q:mattext", None, name), options))
    return found


@pytest.mark.parametrize("chapters", [questions(), AWKWARD], ids=["the course", "awkward signs"])
def test_what_is_written_as_gift_is_read_back_as_it_was(chapters):
    assert read_gift(quizbank.gift(chapters)) == as_known(chapters)


@pytest.mark.parametrize("chapters", [questions(), AWKWARD], ids=["the course", "awkward signs"])
def test_what_is_written_as_qti_is_read_back_as_it_was(chapters):
    for chapter, asked in chapters.items():
        assert as_known({chapter: asked})[chapter] == [
            (" ".join(text.split()), options) for text, options in read_qti(quizbank.qti(chapter, asked))
        ]


def test_an_option_that_gift_would_take_for_a_weight_is_refused():
    option = {"text": "%50% of it", "right": True, "feedback": ""}
    with pytest.raises(ValueError, match="GIFT reads a weight at the start of '%50% of it'"):
        quizbank.gift({"01-x": [{"text": "How much?", "options": [option]}]})


def test_every_question_has_one_right_option_and_an_identity_of_its_own():
    idents = []
    for chapter, asked in questions().items():
        text = quizbank.qti(chapter, asked)
        idents += re.findall(r'<item ident="(.*?)"', text)
        assert all(sum(right for _, right, _ in options) == 1 for _, options in read_qti(text))
    assert len(idents) == len(set(idents)) == sum(map(len, questions().values()))


def test_a_package_has_a_manifest_that_names_its_assessment_and_is_the_same_each_time(tmp_path, capsys):
    for folder in ("one", "two"):
        quizbank.main([str(tmp_path / folder), "--chapter", "04-chinchilla"])
    assert "5 questions of 1 chapters" in capsys.readouterr().out
    first, second = ((tmp_path / folder / "04-chinchilla.zip").read_bytes() for folder in ("one", "two"))
    assert first == second
    with zipfile.ZipFile(tmp_path / "one/04-chinchilla.zip") as package:
        manifest = ElementTree.fromstring(package.read("imsmanifest.xml"))
        (resource,) = [part for part in manifest.iter() if part.tag.endswith("}resource")]
        assert resource.get("type") == "imsqti_xmlv1p2" and resource.get("href") in package.namelist()
        assert len(read_qti(package.read("04-chinchilla.xml").decode())) == 5
    assert (tmp_path / "one/questions.gift").read_text("utf-8").count("$CATEGORY") == 1
