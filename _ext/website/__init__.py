"""The book's own Sphinx extension: formulas, live figures, labs in the browser, buttons, tables from the data."""

from website import (
    assets,
    browser_labs,
    checked,
    figures,
    handouts,
    launch,
    ledger,
    mathml,
    notices,
    parts,
    register,
    scored,
    search,
    sharing,
    slides,
    stored,
    tables,
    teaching,
    theme,
)


def setup(app):
    """Set up every part."""
    for part in (
        theme,
        mathml,
        figures,
        stored,
        tables,
        ledger,
        register,
        scored,
        parts,
        teaching,
        checked,
        notices,
        launch,
        sharing,
        search,
        slides,
        browser_labs,
        handouts,
        assets,
    ):
        part.setup(app)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
