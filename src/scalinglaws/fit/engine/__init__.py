"""One optimiser, one objective, one set of intervals, and the warnings that all fits share."""
