"""Two presses of a quick hand are one; a press of something else, or later, is another."""

import streamlit as st
from streamlit.testing.v1 import AppTest


def page():
    import streamlit as st

    from pages.components.console.double_click import is_double_click

    def count():
        if not is_double_click("button", st.session_state.get("words")):
            st.session_state["count"] = st.session_state.get("count", 0) + 1

    st.text_input("words", key="words")
    st.button("press", key="press", on_click=count)


def test_the_same_pressed_twice_at_once_counts_once_and_something_else_counts_again():
    app = AppTest.from_function(page).run()
    app.button(key="press").click().run()
    app.button(key="press").click().run()
    assert app.session_state["count"] == 1
    app.text_input(key="words").input("changed").run()
    app.button(key="press").click().run()
    assert app.session_state["count"] == 2


def test_the_same_pressed_later_counts_again():
    app = AppTest.from_function(page).run()
    app.button(key="press").click().run()
    pressed, at = app.session_state["last-pressed"]
    app.session_state["last-pressed"] = pressed, at - 3.0
    app.button(key="press").click().run()
    assert app.session_state["count"] == 2
    st.cache_resource.clear()
