"""The spread of repeated measurements as a plot: every value a point, with quartiles and median behind them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go
import streamlit as st


@dataclass(frozen=True, slots=True)
class Group:
    """One lane's values, in the unit that the title names."""

    name: str
    colour: str
    values: Sequence[float]
    simulated: bool = False


def show(title: str, groups: Sequence[Group], *, key: str) -> None:
    """Show it; nothing where there is nothing to show."""
    groups = [group for group in groups if group.values]
    if not groups:
        return
    figure = go.Figure()
    for group in groups:
        figure.add_box(
            x=list(group.values),
            name=group.name,
            boxpoints="all",
            jitter=0.4,
            pointpos=0,
            marker={"color": group.colour, "size": 7, "symbol": "diamond-open" if group.simulated else "circle"},
            line={"width": 1.5},
            fillcolor="rgba(128,128,128,0.12)",
            hovertemplate="%{x:.2f} s<extra></extra>",
        )
    note = " – simulated" if any(group.simulated for group in groups) else ""
    figure.update_layout(
        title={"text": f"{title}{note}", "font": {"size": 14}},
        height=90 + 70 * len(groups),
        margin={"l": 0, "r": 10, "t": 40, "b": 30},
        showlegend=False,
    )
    figure.update_xaxes(rangemode="tozero")
    figure.update_yaxes(automargin=True, autorange="reversed")
    st.plotly_chart(figure, width="stretch", key=key, config={"displayModeBar": False})
