"""The colours of providers, tasks and failures on light and on dark ground, for pages and the report alike."""

from __future__ import annotations

LIGHT = (
    "#B93D08", "#4338CA", "#0F766E", "#4A6F0E", "#0369A1", "#CD1D87", "#49122E", "#7E6144", "#0E1662", "#8F59A6",
)  # fmt: skip
DARK = (
    "#FDBA74", "#A5B4FC", "#5EEAD4", "#BEF264", "#7DD3FC", "#E444E4", "#DC74A8", "#7C9852", "#20DF20", "#F1DAE6",
)  # fmt: skip
"""The providers' colours by place in the table; at least 4.5 : 1 against their ground, and each unlike the others."""

FAILURE = {"light": "#C81E1E", "dark": "#FCA5A5"}
"""Red, for failures alone."""

TASKS = {
    "light": ("#3B82F6", "#C026D3", "#166534", "#A16207", "#0891B2", "#831843", "#65A30D", "#44403C", "#1800FC"),
    "dark": ("#3B82F6", "#F0ABFC", "#22C55E", "#EAB308", "#A855F7", "#EC4899", "#FEF3C7", "#94A3B8", "#0F8769"),
}
"""The tasks' colours, in their order, and behind them that of recordings: like no provider's and not like failures; at
least 3 : 1 against their ground."""
