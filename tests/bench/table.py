"""How a bench says what it found."""

from dataclasses import dataclass
from statistics import median


@dataclass
class Row:
    """One figure: what it is, the two arms, their ratio, and the bar if there is one."""

    what: str
    ours: str
    theirs: str = ""
    ratio: float | None = None
    bar: float | None = None

    @property
    def held(self) -> bool:
        return self.bar is None or self.ratio is None or self.ratio <= self.bar


def spread(values: list[float], unit: str = "s") -> str:
    """Median and range, as `0.46 s [0.44-0.51]`."""
    digits = 1 if median(values) >= 20 else 3 if median(values) >= 0.01 else 4
    low, mid, high = (f"{v:.{digits}f}" for v in (min(values), median(values), max(values)))
    return f"{mid} {unit} [{low}-{high}]"


def show(rows: list[Row]) -> bool:
    """Print the table; False if a bar was missed."""
    width = max(len(row.what) for row in rows)
    print(f"{'':<{width}}  {'lab':<26}  {'by hand':<26}  {'ratio':>6}  {'bar':>5}")
    for row in rows:
        ratio = "" if row.ratio is None else f"{row.ratio:.3f}"
        bar = "" if row.bar is None else f"{row.bar:.2f}"
        verdict = "" if row.bar is None else ("held" if row.held else "MISSED")
        arms = f"{row.ours:<26}  {row.theirs:<26}"
        print(f"{row.what:<{width}}  {arms}  {ratio:>6}  {bar:>5}  {verdict}")
    return all(row.held for row in rows)
