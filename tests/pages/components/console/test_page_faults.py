"""A page that meets a fault of its own says what to do, and tells nobody the fault's words."""

import logging

from streamlit.testing.v1 import AppTest

SECRET = "gsk_0123456789abcdef"


def test_what_a_broken_page_says_has_a_code_and_nothing_of_the_fault(caplog):
    def page():
        from pages.components.console.page_faults import say_if_broken

        with say_if_broken("History"):
            raise KeyError("gsk_0123456789abcdef")

    app = AppTest.from_function(page, default_timeout=30).run()
    assert not app.exception
    (said,), (record,) = [error.value for error in app.error], caplog.records[-1:]
    code = said.partition("`")[2][:6]
    assert record.getMessage().startswith(f"History is broken ({code}): KeyError at ")
    assert SECRET not in said + caplog.text
    caplog.clear()


def test_what_ends_a_script_on_purpose_is_no_fault(caplog):
    def page():
        import streamlit as st

        from pages.components.console.page_faults import say_if_broken

        with say_if_broken("History"):
            st.stop()

    assert not AppTest.from_function(page, default_timeout=30).run().error
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []
