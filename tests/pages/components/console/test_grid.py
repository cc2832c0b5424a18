"""A table that is cards where the window is narrow."""

from pages.components.console.grid import grid_html


def test_a_dash_keeps_its_place_in_the_table_and_is_no_line_of_a_card():
    html = grid_html(("Model", "Verdict", "Won"), [("a", "–", "3")])
    assert html.count("<td") == 2
    assert '<td data-label="Verdict" class="none">–</td>' in html
    assert '<td data-label="Won">3</td>' in html
