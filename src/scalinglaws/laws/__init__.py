"""The formulas, in rooms that are parts of the book: bare arithmetic in functions, checked input in classes."""
