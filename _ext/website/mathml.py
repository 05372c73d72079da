r"""Formulas typeset while the book is built: LaTeX in, MathML out, drawn by the browser itself with no script.

`math-core` does the typesetting. What is ours: several lines without an environment, `\arg\min` as one name, 1{,}000 as
one number, primes beside their letters, the source as `alttext`, and a long formula in a line of text that may break after a relation.
"""

import re
from html import escape, unescape
from xml.etree import ElementTree

from docutils import nodes
from math_core import LatexError, LatexToMathML
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number

logger = logging.getLogger(__name__)

CONVERTER = LatexToMathML(fancy_error=False)
RELATIONS = set("=≈≃≅∼≠<>≤≥≪≫∝≡→⇒⇔∈")
OPERATORS = RELATIONS | set("+−±×·")
LONG = 16  # letters: a wider formula in a line of text may break


def to_mathml(latex, display=False):
    """Return `latex` as a `<math>` element (text). A formula in a line may be several, where the line may break."""
    source = latex.strip()
    body = source
    if r"\\" in body and r"\begin" not in body:
        body = rf"\begin{{aligned}}{body}\end{{aligned}}"
    body = re.sub(r"\\arg\s*\\(min|max)(?![A-Za-z])", r"\\operatorname*{arg\\,\1}", body)
    body = re.sub(r"(?<=\d)\{,\}(?=\d)", "{\N{SINGLE LOW-9 QUOTATION MARK}}", body)  # a comma that is no operator
    text = CONVERTER.convert_with_local_state(body, displaystyle=display)
    text = re.sub(r"&(?!(?:lt|gt|amp|quot);)\w+;", lambda entity: unescape(entity[0]), text)  # XML knows these four
    math = ElementTree.fromstring(text)
    for element in list(math.iter()):
        _join_thousands(element)
        _lower_primes(element)
    pieces = [math] if display else _pieces(math)
    pieces[0].set("alttext", re.sub(r"\s+", " ", source))
    return "<wbr>".join(ElementTree.tostring(piece, encoding="unicode").replace(" />", "/>") for piece in pieces)


def _join_thousands(row):
    """Numbers that a thousands comma has cut in three are one number."""
    for i in range(len(row) - 2, 0, -1):
        if row[i].text == "\N{SINGLE LOW-9 QUOTATION MARK}":
            row[i - 1].text += "," + row[i + 1].text
            del row[i : i + 2]


def _lower_primes(element):
    """A prime is high and small by itself: it stands after its letter, not in a superscript."""
    if element.tag in ("msup", "msubsup") and element[-1].tag == "mo" and set(element[-1].text) <= set("′″‴"):
        base, prime = element[0], element[-1]
        element.remove(prime)
        prime.attrib.update(lspace="0", rspace="0")
        if element.tag == "msup":
            element.tag = "mrow"
            element.append(prime)
        else:
            element.tag = "msub"
            element[0] = ElementTree.Element("mrow")
            element[0].extend([base, prime])


def _pieces(math):
    """Cut a long formula of a line of text into pieces, each ending with a relation."""
    row = math[0] if len(math) == 1 and math[0].tag == "mrow" else math
    if _width(row) < LONG:
        return [math]
    pieces, depth = [ElementTree.Element("math")], 0
    for child in row:
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(child.text, 0) if child.tag == "mo" else 0
        pieces[-1].append(child)
        if child.tag == "mo" and depth == 0 and child.text in RELATIONS and len(pieces[-1]) > 1:
            child.set("form", "infix")
            pieces.append(ElementTree.Element("math"))
    return [piece for piece in pieces if len(piece)]


def _width(element):
    """About how many letters wide."""
    own = len(element.text or "") + (2 if element.tag == "mo" and element.text in OPERATORS else 0)
    parts = [_width(child) for child in element]
    return own + (max(parts, default=0) if element.tag in ("mfrac", "munder", "mtable") else sum(parts))


def _typeset(node, display):
    try:
        return to_mathml(node.astext(), display)
    except LatexError as error:
        logger.warning("formula: %s in %s", error, node.astext(), location=node)
        return f"<code>{escape(node.astext())}</code>"


def visit_inline(self, node):
    self.body.append(self.starttag(node, "span", "", CLASS="math notranslate nohighlight"))
    self.body.append(_typeset(node, display=False) + "</span>")
    raise nodes.SkipNode


def visit_block(self, node):
    self.body.append(self.starttag(node, "div", "", CLASS="math notranslate nohighlight"))
    self.body.append(f'<div class="formula">{_typeset(node, display=True)}</div>')
    if node.get("number"):
        self.body.append(f'<span class="eqno">({get_node_equation_number(self, node)})')
        self.add_permalink_ref(node, "Link to this equation")
        self.body.append("</span>")
    self.body.append("</div>\n")
    raise nodes.SkipNode


def setup(app):
    """Make the builder typeset math with this."""
    app.add_html_math_renderer("mathml", (visit_inline, None), (visit_block, None))
    app.connect("config-inited", lambda app, config: setattr(config, "html_math_renderer", "mathml"))
