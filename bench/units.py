"""How figures are written, and the lines that contain them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One line: what was measured, the figure and where it should be (None: anywhere), the values that made it."""

    measure: str
    figure: float
    target: float | None = None
    at_least: bool = False
    values: str = ""

    @property
    def is_reached(self) -> bool:
        """Whether the figure is where it should be."""
        return self.target is None or (self.figure >= self.target if self.at_least else self.figure <= self.target)

    @property
    def cells(self) -> list[str]:
        """Of the table."""
        bound = f"{'≥' if self.at_least else '≤'} {self.target:g}" if self.target is not None else ""
        mark = "" if self.is_reached else " (missed)"
        return [self.measure, f"{self.figure:.2f}", bound + mark, self.values]


def milliseconds(seconds: float) -> str:
    """Three digits, or all of those before the point."""
    found = seconds * 1000
    return f"{found:,.0f} ms" if found >= 100 else f"{found:.3g} ms"
