"""Write the retrieval questions for a learning platform: GIFT (Moodle and others) and QTI 1.2 (Canvas and others).

Usage: python tools/quizbank.py FOLDER [--chapter 04-chinchilla ...]     (make quizbank)

Writes questions.gift, one file for all chapters with a category each, and a QTI package for each chapter, 04-chinchilla.zip.
The questions are those of `src/scalinglaws/course/questions.toml`, with the feedback of each option. Their answers are public.
"""

import argparse
import re
import zipfile
from pathlib import Path
from xml.etree import ElementTree as Tree

from scalinglaws.course import questions

QTI = "http://www.imsglobal.org/xsd/ims_qtiasiv1p2"
SPECIAL = "\\~=#{}:"  # what GIFT reads as its own


def gift_text(text):
    """Return a text as GIFT takes it: on one line, with a backslash before its own signs."""
    return "".join("\\" + sign if sign in SPECIAL else sign for sign in " ".join(text.split()))


def gift(chapters):
    """Return questions by chapter as GIFT."""
    lines = []
    for chapter, asked in chapters.items():
        lines.append(f"$CATEGORY: $course$/Orders of Magnitude/{chapter}\n")
        for number, question in enumerate(asked, start=1):
            lines.append(f"::{gift_text(f'{chapter} {number}')}::[plain]{gift_text(question['text'])} {{")
            for option in question["options"]:
                sign = "=" if option["right"] else "~"
                if re.match(r"%-?[\d.]+%", option["text"]):
                    raise ValueError(f"GIFT reads a weight at the start of {option['text']!r}: write it in another way")
                lines.append(f"\t{sign}{gift_text(option['text'])}#{gift_text(option['feedback'])}")
            lines.append("}\n")
    return "\n".join(lines)


def add(parent, tag, text=None, **attributes):
    """Add an element to another, and return it."""
    element = Tree.SubElement(parent, tag, attributes)
    element.text = text
    return element


def material(parent, text):
    """Add a text to an element."""
    add(add(parent, "material"), "mattext", text, texttype="text/plain")


def qti(chapter, asked):
    """Return the questions of a chapter as a QTI 1.2 assessment, one point each."""
    root = Tree.Element("questestinterop", {"xmlns": QTI})
    section = add(add(root, "assessment", ident=f"oom-{chapter}", title=chapter), "section", ident="root_section")
    for number, question in enumerate(asked, start=1):
        item = add(section, "item", ident=f"oom-{chapter}-{number}", title=f"{chapter} {number}")
        fields = add(add(item, "itemmetadata"), "qtimetadata")
        for label, entry in (("question_type", "multiple_choice_question"), ("points_possible", "1")):
            field = add(fields, "qtimetadatafield")
            add(field, "fieldlabel", label)
            add(field, "fieldentry", entry)
        presentation = add(item, "presentation")
        material(presentation, question["text"])
        response = add(presentation, "response_lid", ident="response1", rcardinality="Single")
        choices = add(response, "render_choice")
        processing = add(item, "resprocessing")
        add(add(processing, "outcomes"), "decvar", maxvalue="100", minvalue="0", varname="SCORE", vartype="Decimal")
        for place, option in enumerate(question["options"], start=1):
            material(add(choices, "response_label", ident=f"option{place}"), option["text"])
            shown = add(processing, "respcondition", **{"continue": "Yes"})
            add(add(shown, "conditionvar"), "varequal", f"option{place}", respident="response1")
            if option["right"]:
                add(shown, "setvar", "100", action="Set", varname="SCORE")
            add(shown, "displayfeedback", feedbacktype="Response", linkrefid=f"feedback{place}")
        for place, option in enumerate(question["options"], start=1):
            feedback = add(add(item, "itemfeedback", ident=f"feedback{place}"), "flow_mat")
            material(feedback, option["feedback"])
    Tree.indent(root)
    return Tree.tostring(root, "unicode", xml_declaration=True) + "\n"


def manifest(chapter):
    """Return the manifest of a package with one assessment."""
    root = Tree.Element(
        "manifest", {"identifier": f"oom-{chapter}-package", "xmlns": "http://www.imsglobal.org/xsd/imscp_v1p1"}
    )
    meta = add(root, "metadata")
    add(meta, "schema", "IMS Content")
    add(meta, "schemaversion", "1.1.3")
    add(root, "organizations")
    resource = add(
        add(root, "resources"), "resource", identifier=f"oom-{chapter}", type="imsqti_xmlv1p2", href=f"{chapter}.xml"
    )
    add(resource, "file", href=f"{chapter}.xml")
    Tree.indent(root)
    return Tree.tostring(root, "unicode", xml_declaration=True) + "\n"


def write(folder, chapters):
    """Write all files into a folder; return their names."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "questions.gift").write_text(gift(chapters), "utf-8")
    names = ["questions.gift"]
    for chapter, asked in chapters.items():
        names.append(f"{chapter}.zip")
        with zipfile.ZipFile(folder / names[-1], "w", zipfile.ZIP_DEFLATED) as package:
            for name, text in (("imsmanifest.xml", manifest(chapter)), (f"{chapter}.xml", qti(chapter, asked))):
                entry = zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0))  # the same questions give the same file
                entry.external_attr = 0o644 << 16
                package.writestr(entry, text.encode(), zipfile.ZIP_DEFLATED)
    return names


def main(arguments=None):
    """Write the bank and say where."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--chapter", nargs="+", choices=list(questions()), default=list(questions()), metavar="CHAPTER")
    chosen = parser.parse_args(arguments)
    chapters = {chapter: questions()[chapter] for chapter in chosen.chapter}
    names = write(chosen.folder, chapters)
    print(
        f"{sum(map(len, chapters.values()))} questions of {len(chapters)} chapters in {chosen.folder}/: {names[0]} and a QTI package for each"
    )


if __name__ == "__main__":
    main()
