"""Growth curves with their first and second derivatives in time, for fits: value, slope and bend of a curve at t."""

import numpy as np

from scalinglaws.laws.growth import curves


def _logistic(t, ceiling, midpoint, width):
    value, pace = curves.logistic(t, ceiling, midpoint, width), curves.LN81 / width
    slope = pace * value * (1 - value / ceiling)
    return value, slope, pace * slope * (1 - 2 * value / ceiling)


def _gompertz(t, ceiling, midpoint, width):
    value, pace = curves.gompertz(t, ceiling, midpoint, width), curves.LN_GOMPERTZ / width
    depth = curves.LN2 * np.exp(pace * (midpoint - t))  # ln of ceiling over value
    slope = pace * depth * value
    return value, slope, pace * slope * (depth - 1)


def _peak(t, ceiling, midpoint, width):
    whole, value, slope = _logistic(t, ceiling, midpoint, width)
    pace = curves.LN81 / width
    return value, slope, pace * (slope * (1 - 2 * whole / ceiling) - 2 * value**2 / ceiling)


SHAPES = {"logistic": _logistic, "gompertz": _gompertz, "peak": _peak}  # value, first and second derivative in time
