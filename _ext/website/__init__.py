"""The book's own Sphinx extension: formulas, live figures, labs in the browser, buttons, tables from the data."""

from website import (
    assets,
    browser_labs,
    checked,
    class_copy,
    figures,
    guide,
    handouts,
    launch,
    ledger,
    mathml,
    notices,
    parts,
    printables,
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
        class_copy,
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
        printables,
        guide,
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
