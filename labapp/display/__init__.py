"""What every display of the kit shares: one bundle, one way to escape, one render tick.

A leaf: it knows no room of the kit, and it imports IPython only inside a kernel that has it.
"""

from labapp.display.columns import aligned
from labapp.display.escape import clean, escape
from labapp.display.figure import Plot, figure
from labapp.display.kernel import cell_id, cell_number, in_kernel
from labapp.display.output import LiveOutput, Viewable
from labapp.display.picture import Html, image, table
from labapp.display.tick import Tick

__all__ = [
    "Html",
    "LiveOutput",
    "Plot",
    "Tick",
    "Viewable",
    "aligned",
    "cell_id",
    "cell_number",
    "clean",
    "escape",
    "figure",
    "image",
    "in_kernel",
    "table",
]
