"""What every bench script prints: a table with ratios, or with `--json` one list of figures."""

import json
import resource
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import ParamSpec

P = ParamSpec("P")


@dataclass(frozen=True)
class Figure:
    """A measured value beside the one that it is compared with."""

    name: str
    value: float
    unit: str
    reference: str | None = None
    reference_value: float | None = None
    ratio: float | None = None


class Figures:
    """Collects figures of one run, each compared with an earlier one."""

    def __init__(self) -> None:
        self.all: list[Figure] = []

    def add(self, name: str, value: float, unit: str, reference: str | None = None) -> None:
        other = next((figure.value for figure in self.all if figure.name == reference), None)
        ratio = round(value / other, 4) if other else None
        self.all.append(Figure(name, value, unit, reference, other, ratio))

    def print(self, *, as_json: bool) -> None:
        if as_json:
            print(json.dumps([asdict(figure) for figure in self.all], indent=1))
            return
        print(f"{'':24}{'value':>14} {'unit':8}{'ratio':>9}  of")
        for figure in self.all:
            value = f"{figure.value:,.4f}" if figure.value < 100 else f"{figure.value:,.0f}"
            ratio = "" if figure.ratio is None else f"{figure.ratio:.3f}"
            print(f"{figure.name:24}{value:>14} {figure.unit:8}{ratio:>9}  {figure.reference or ''}")


def timed(work: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> float:
    """Seconds that one call takes."""
    started = perf_counter()
    work(*args, **kwargs)
    return perf_counter() - started


def middle(seconds: Sequence[float]) -> float:
    return round(median(seconds), 6)


def memory_mb() -> float:
    """What this process holds now."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return round(int(line.split()[1]) / 1024, 1)
    return peak_memory_mb()


def peak_memory_mb() -> float:
    """The most that this process ever held."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)


def say(text: str) -> None:
    """Progress, beside the figures."""
    print(text, file=sys.stderr, flush=True)
