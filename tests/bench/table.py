"""Rows of the table: what is measured of whom, and the figure to reach."""

import dataclasses
import statistics
import typing

CONTESTANTS = ("ours", "floor", "peer")


@dataclasses.dataclass(frozen=True)
class Sample:
    """One measurement; cpu is in microseconds an operation."""

    value: float
    cpu: typing.Optional[float] = None


@dataclasses.dataclass(frozen=True)
class Goal:
    """A bound of our value (of: ""), or of its ratio to another's."""

    of: str = ""
    at_least: typing.Optional[float] = None
    at_most: typing.Optional[float] = None
    cpu_at_most: typing.Optional[float] = None  # as a ratio

    def __str__(self):
        of = f" of {self.of}" if self.of else ""
        words = []
        if self.at_least is not None:
            words.append(f"≥ {self.at_least:g}{of}")
        if self.at_most is not None:
            words.append(f"≤ {self.at_most:g}{of}")
        if self.cpu_at_most is not None:
            words.append(f"CPU ≤ {self.cpu_at_most:g}{of}")
        return ", ".join(words)

    def reached(self, row):
        cpu = row.cpu_ratio(self.of)
        value = row.ratio(self.of) if self.of else row.median("ours")
        return (
            (self.at_least is None or value >= self.at_least)
            and (self.at_most is None or value <= self.at_most)
            and (self.cpu_at_most is None or (cpu or 0) <= self.cpu_at_most)
        )


class Row:
    """What is measured, in which unit, and a function for each contestant."""

    def __init__(self, what, unit, *goals, **contestants):
        self.what = what
        self.unit = unit
        self.goals = goals
        self._contestants = contestants
        self._samples = {name: [] for name in contestants}

    def measure(self):
        """One round: each in turn."""
        for name, function in self._contestants.items():
            self._samples[name].append(function())

    def median(self, name):
        return statistics.median(each.value for each in self._samples[name])

    def ratio(self, name):
        """Ours to another's: the median of the rounds' ratios."""
        return self._ratio(name, lambda sample: sample.value)

    def cpu_ratio(self, name):
        return self._ratio(name, lambda sample: sample.cpu)

    def cells(self):
        """The row of the table, as texts."""
        cells = [f"{self.what} ({self.unit})"]
        cells += [self._cell(name) for name in CONTESTANTS]
        cells += [self._ratio_cell(name) for name in CONTESTANTS[1:]]
        verdicts = (
            f"{goal} {'yes' if goal.reached(self) else '**no**'}"
            for goal in self.goals
        )
        return [*cells, "; ".join(verdicts)]

    # --- inside ---

    def _ratio(self, name, value_of):
        pairs = zip(self._samples.get("ours", ()), self._samples.get(name, ()))
        ratios = [
            value_of(ours) / value_of(other)
            for ours, other in pairs
            if value_of(other) and value_of(ours) is not None
        ]
        return statistics.median(ratios) if ratios else None

    def _cell(self, name):
        samples = self._samples.get(name)
        if not samples:
            return ""
        values = [each.value for each in samples]
        text = number(statistics.median(values))
        if len(values) > 1:
            text += f" ({number(min(values))}–{number(max(values))})"
        cpus = [each.cpu for each in samples if each.cpu is not None]
        return text + (f", {number(statistics.median(cpus))} µs" if cpus else "")

    def _ratio_cell(self, name):
        ratio, cpu = self.ratio(name), self.cpu_ratio(name)
        if ratio is None:
            return ""
        return f"{ratio:.2f}" + (f", CPU {cpu:.2f}" if cpu is not None else "")


def number(value):
    """As many digits as one reads."""
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def markdown(rows):
    """The table."""
    heads = ["what", "ours", "floor", "peer", "ours/floor", "ours/peer", "to reach"]
    lines = [heads, ["---"] * len(heads), *[row.cells() for row in rows]]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
