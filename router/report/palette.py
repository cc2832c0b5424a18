"""The colours of providers, tasks and failures on light and on dark ground, for pages and the report alike."""

from __future__ import annotations

LIGHT = ("#B93D08", "#4338CA", "#0F766E", "#4A6F0E", "#0369A1")
DARK = ("#FDBA74", "#A5B4FC", "#5EEAD4", "#BEF264", "#7DD3FC")
"""The providers' colours by place in the table; at least 4.5 : 1 against their ground."""

FAILURE = {"light": "#C81E1E", "dark": "#FCA5A5"}
"""Red, for failures alone."""

TASKS = {
    "light": ("#B93D08", "#4338CA", "#0F766E", "#A21CAF", "#4D7C0F", "#0369A1", "#92400E", "#64748B"),
    "dark": ("#FDBA74", "#A5B4FC", "#5EEAD4", "#F0ABFC", "#BEF264", "#7DD3FC", "#FDE68A", "#CBD5E1"),
}
"""The tasks' colours, in their order."""
