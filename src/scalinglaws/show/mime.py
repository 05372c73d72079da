"""How the book's pages show a stored live figure (MyST-NB finds this by its entry point)."""

import json

MIME = "application/vnd.vegalite.v5+json"  # the version that JupyterLab draws; the spec is the same in 5 and 6


class VegaLite:
    """Turn the stored chart into a box with its specification, which the page's script draws."""

    mime_priority_overrides = (("html", MIME, 1),)

    @staticmethod
    def handle_mime(renderer, data, inline):
        """Return the nodes of one output, or None for another kind of output."""
        if inline or data.mime_type != MIME:
            return None
        return [box(data.content)]


def box(spec):
    """Return a docutils node with the box of one live figure, from its Vega-Lite specification.

    The schema's address is left out: the page's script knows which version it draws.
    """
    from docutils import nodes

    spec = {key: value for key, value in spec.items() if key != "$schema"}
    text = json.dumps(spec, sort_keys=True, separators=(",", ":")).replace("</", "<\\/")
    html = f'<div class="live-figure"><script type="application/json">{text}</script></div>'
    return nodes.raw(text=html, format="html", classes=["live-figure"])
