"""Paper with lines on it, drawn as SVG in millimetres: logarithmic, squared, one long scale; with points where asked.

An axis is a table with `low` and `high`, `log = true` or a `step` between thin lines and `every` between thick ones, a `label`,
and `labels`, the values that get a number (`labels = []`: none, for axes that are filled in by hand).
"""

import math
from html import escape
from typing import NamedTuple

THIN, MIDDLE, THICK = 0.12, 0.2, 0.4  # mm
INK = "#4a6a8a"
MARKS = ("#0072B2", "#D55E00", "#009E73")
LEFT, BOTTOM, TOP, RIGHT = 17, 13, 5, 6  # mm around the lines, for numbers and names
NUMBERED = 0.005, 1e5  # between these a number is written out, beyond as a power


class Points(NamedTuple):
    """Points to draw, with a name for the legend."""

    name: str
    x: list
    y: list


def lines(axis):
    """Return the lines of an axis as pairs of a value and how thick it is."""
    low, high = axis["low"], axis["high"]
    if not axis.get("log"):
        steps = round((high - low) / axis["step"])
        often = round(axis["every"] / axis["step"])
        return [(low + k * axis["step"], THICK if k % often == 0 else THIN) for k in range(steps + 1)]
    parts = 10 if math.log10(high / low) < 1 else 1  # less than a factor of ten: ten lines between two digits
    found = {low: MIDDLE, high: MIDDLE}
    for power in range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1):
        for k in range(parts, 10 * parts):
            value = k * 10.0**power / parts
            if low * 0.9999 < value < high * 1.0001:
                whole = k % parts == 0
                thick = THICK if k == parts else MIDDLE if (k == 5 if parts == 1 else whole) else THIN
                found[next((end for end in (low, high) if math.isclose(end, value)), value)] = thick
    return sorted(found.items())


def share(axis, value):
    """Return where a value lies on an axis, from 0 to 1."""
    low, high = axis["low"], axis["high"]
    if axis.get("log"):
        return math.log(value / low) / math.log(high / low)
    return (value - low) / (high - low)


def numbered(axis):
    """Return the values of an axis that get a number."""
    if "labels" in axis:
        return axis["labels"]
    return [value for value, thick in lines(axis) if thick == THICK]


def text(value, axis=None):
    """Return a number as SVG text: 0.01, 1,000, or ten with its power; on an axis that is `plain`, 2024.

    >>> text(1000), text(1e18)
    ('1,000', '10<tspan dy="-1.3" font-size="2.6">18</tspan>')
    """
    value = float(f"{value:.10g}")
    if axis and axis.get("plain"):
        return f"{value:g}"
    if value and not NUMBERED[0] <= abs(value) < NUMBERED[1]:
        return f'10<tspan dy="-1.3" font-size="2.6">{round(math.log10(value))}</tspan>'
    return f"{value:,.10g}"


def sheet(width, height, x, y, points=(), square=False):
    """Return paper of at most that size with the lines of two axes; `square`: a step or a decade is as long on both."""
    wide, high = width - LEFT - RIGHT, height - BOTTOM - TOP - 5 * bool(points)
    if square:
        spans = [
            math.log10(a["high"] / a["low"]) if a.get("log") else (a["high"] - a["low"]) / a["step"] for a in (x, y)
        ]
        unit = min(wide / spans[0], high / spans[1])
        wide, high = unit * spans[0], unit * spans[1]
    top = TOP + 5 * bool(points)
    parts = []

    def across(value):
        return LEFT + wide * share(x, value)

    def up(value):
        return top + high * (1 - share(y, value))

    for value, thick in lines(x):
        parts.append(f'<path d="M{across(value):.2f} {top:.2f}v{high:.2f}" stroke-width="{thick}"/>')
    for value, thick in lines(y):
        parts.append(f'<path d="M{LEFT} {up(value):.2f}h{wide:.2f}" stroke-width="{thick}"/>')
    for value in numbered(x):
        parts.append(
            f'<text x="{across(value):.2f}" y="{top + high + 5:.2f}" text-anchor="middle">{text(value, x)}</text>'
        )
    for value in numbered(y):
        parts.append(f'<text x="{LEFT - 1.5}" y="{up(value) + 1.2:.2f}" text-anchor="end">{text(value)}</text>')
    middle = top + high / 2
    parts.append(
        f'<text x="{LEFT + wide / 2:.2f}" y="{top + high + 10:.2f}" text-anchor="middle">{escape(x.get("label", ""))}</text>'
    )
    parts.append(
        f'<text transform="translate(4 {middle:.2f}) rotate(-90)" text-anchor="middle">{escape(y.get("label", ""))}</text>'
    )
    for number, group in enumerate(points):
        parts.append(f'<g fill="{MARKS[number]}" stroke="none">')
        if group.name:
            parts.append(mark(LEFT + 4 + 28 * number, 3, number))
            parts.append(f'<text x="{LEFT + 7 + 28 * number}" y="4.2">{escape(group.name)}</text>')
        parts += [mark(across(one), up(two), number) for one, two in zip(group.x, group.y, strict=True)]
        parts.append("</g>")
    return svg(LEFT + wide + RIGHT, top + high + BOTTOM, parts)


def mark(x, y, number):
    """Return a mark around a place, of another shape for each group, for those who do not see colours."""
    shapes = (
        f'<circle cx="{x:.2f}" cy="{y:.2f}" r="1.1"/>',
        f'<rect x="{x - 1:.2f}" y="{y - 1:.2f}" width="2" height="2"/>',
        f'<path d="M{x - 1.3:.2f} {y + 1:.2f}h2.6l-1.3 -2.3z"/>',
    )
    return shapes[number]


def scale(width, axis):
    """Return one long axis with room above and below to mark places on it."""
    wide, parts = width - 2 * RIGHT, []

    def across(value):
        return RIGHT + wide * share(axis, value)

    parts.append(f'<path d="M{RIGHT} 40h{wide:.2f}" stroke-width="{THICK}"/>')
    for value, thick in lines(axis):
        long = 5 if thick == THICK else 3 if thick == MIDDLE else 2
        parts.append(f'<path d="M{across(value):.2f} {40 - long}v{2 * long}" stroke-width="{thick}"/>')
    for value in numbered(axis):
        parts.append(
            f'<text x="{across(value):.2f}" y="52" font-size="6" text-anchor="middle">{text(value).replace("2.6", "4")}</text>'
        )
    label = escape(axis.get("label", ""))
    parts.append(f'<text x="{width / 2:.2f}" y="62" font-size="5" text-anchor="middle">{label}</text>')
    return svg(width, 80, parts)


def squares(width, across, up, size):
    """Return a strip of empty squares of that size in millimetres."""
    if across * size > width:
        raise ValueError(f"{across} squares of {size} mm do not fit on {width:.0f} mm")
    parts = [f'<path d="M{0.3 + k * size:.2f} 0.3v{up * size}" stroke-width="{MIDDLE}"/>' for k in range(across + 1)]
    parts += [f'<path d="M0.3 {0.3 + k * size:.2f}h{across * size}" stroke-width="{MIDDLE}"/>' for k in range(up + 1)]
    return svg(across * size + 0.6, up * size + 0.6, parts)


def svg(width, height, parts):
    """Return an SVG picture whose units are millimetres."""
    return (
        f'<svg class="paper" width="{width:.2f}mm" height="{height:.2f}mm" viewBox="0 0 {width:.2f} {height:.2f}" '
        f'aria-hidden="true" stroke="{INK}" fill="none"><g font-size="3.6" font-family="sans-serif">'
        + "".join(parts).replace("<text ", '<text fill="#222" stroke="none" ')
        + "</g></svg>"
    )
