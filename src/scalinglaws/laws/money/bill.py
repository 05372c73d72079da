"""What compute costs: accelerator-hours, days, energy and money, for a peak, a utilisation and a price that you choose.

The functions are bare arithmetic for numbers, arrays and Vega expressions. Nothing here is a measurement: the peak is a
datasheet's, and utilisation, price and overhead are assumptions of whoever calls.

    compute_flop  useful operations, 6ND
    hours         hours of one accelerator
    flop_per_s    peak of one accelerator
    utilisation   share of the peak that goes into useful operations, up to 1
    watts         power of one accelerator under load
    overhead      power of the whole site over that of its accelerators: servers, network, cooling
"""

from dataclasses import dataclass, fields

from scalinglaws.check import number, positive

_SECONDS = 3600.0  # in an hour


def accelerator_hours(compute_flop, flop_per_s, utilisation):
    """Return the accelerator-hours that a training compute takes.

    >>> round(accelerator_hours(5.76e23, 1e15, 0.4))
    400000
    """
    return compute_flop / (flop_per_s * utilisation * _SECONDS)


def compute_in(hours, flop_per_s, utilisation):
    """Return the useful compute in FLOP of so many accelerator-hours: `accelerator_hours` turned around."""
    return hours * flop_per_s * utilisation * _SECONDS


def energy_mwh(hours, watts, overhead):
    """Return the electric energy of so many accelerator-hours, in MWh."""
    return hours * watts * overhead / 1e6


@dataclass(frozen=True)
class Machine:
    """One accelerator at work, as you assume it.

    Parameters
    ----------
    flop_per_s : float
        Peak at the precision used.
    utilisation : float
        Share of the peak that is useful, up to 1.
    dollars_per_hour : float
        For one accelerator with all that belongs to it.
    watts : float
        Power of one accelerator under load.
    overhead : float
        Power of the site over that of its accelerators, at least 1.

    Raises
    ------
    ValueError
        If a value is zero, negative, NaN or infinite, the utilisation is above 1, or the overhead is below 1.

    Examples
    --------
    >>> machine = Machine(flop_per_s=1e15, utilisation=0.4, dollars_per_hour=2, watts=700, overhead=2)
    >>> hours = machine.hours(5.76e23)
    >>> print(f"{hours:.0f} hours, {machine.dollars(5.76e23):.0f} dollars, {machine.energy_mwh(5.76e23):.0f} MWh")
    400000 hours, 800000 dollars, 560 MWh
    """

    flop_per_s: float
    utilisation: float
    dollars_per_hour: float
    watts: float
    overhead: float

    def __post_init__(self):
        for field in fields(self):
            object.__setattr__(self, field.name, number(field.name, getattr(self, field.name), positive))
        if self.utilisation > 1:
            raise ValueError(f"utilisation must be at most 1, got {self.utilisation}")
        if self.overhead < 1:
            raise ValueError(f"overhead must be at least 1, got {self.overhead}")

    def hours(self, compute_flop):
        """Return the accelerator-hours that a compute takes."""
        return accelerator_hours(positive("compute_flop", compute_flop), self.flop_per_s, self.utilisation)

    def dollars(self, compute_flop):
        """Return what a compute costs, in dollars."""
        return self.hours(compute_flop) * self.dollars_per_hour

    def energy_mwh(self, compute_flop):
        """Return the electric energy that a compute takes, in MWh."""
        return energy_mwh(self.hours(compute_flop), self.watts, self.overhead)

    def days(self, compute_flop, count):
        """Return how many days a compute takes on `count` accelerators."""
        return self.hours(compute_flop) / positive("count", count) / 24

    def compute_for(self, dollars):
        """Return the compute in FLOP that so many dollars buy."""
        return compute_in(positive("dollars", dollars) / self.dollars_per_hour, self.flop_per_s, self.utilisation)
