"""A question as a program: whichever is chosen, with what it needs to run."""

import pytest
from streamlit.testing.v1 import AppTest

from router.gateway.snippets.programs import SNIPPETS

REQUEST = {
    "messages": [{"role": "user", "content": "2 eggs and toast"}],
    "config": {"type": "quick-categorization", "requires_json": True},
}
PICTURE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}


def shown(request, program=None):
    """The page that shows a request's programs."""

    def page(request):
        from pages.components.run.copy_as import show_program

        show_program(request)

    app = AppTest.from_function(page, args=(request,), default_timeout=30).run()
    if program is not None:
        app.button_group(key="copy-as-program").set_value(program).run()
    assert not app.exception
    return app


def test_curl_comes_first_and_asks_the_consoles_own_address():
    app = shown(REQUEST)
    assert "curl --fail-with-body" in app.code[0].value
    assert "/v1/chat/completions" in app.code[0].value
    assert "DUAL_ROUTER_API_KEY" in app.caption[0].value


@pytest.mark.parametrize("name", SNIPPETS)
def test_the_chosen_program_is_shown_in_its_language(name):
    app = shown(REQUEST, name)
    assert app.code[0].language == SNIPPETS[name].language
    assert "2 eggs and toast" in app.code[0].value


def test_a_program_with_the_router_itself_needs_the_providers_keys_and_no_apps():
    app = shown(REQUEST, "Python")
    assert "DUAL_ROUTER_API_KEY" not in app.code[0].value + app.caption[0].value
    assert "providers' keys" in app.caption[0].value


def test_pictures_are_to_be_saved_under_the_names_that_the_program_reads():
    parts = [{"type": "text", "text": "What is it?"}, PICTURE, PICTURE]
    app = shown({"messages": [{"role": "user", "content": parts}], "config": {"type": "vision"}})
    assert "`picture-1.png`, `picture-2.png`" in app.caption[0].value
    assert "base64 < picture-2.png" in app.code[0].value
