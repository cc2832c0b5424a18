"""One request on a page: its words first, what it was for, its parameters and its record."""

import re
import time

from pages.components.console.runtime import runtime
from router.gateway.keys import new_key
from tests.pages.test_history import SIMULATED, asked
from tests.pages.test_pages import words


def test_question_and_answer_of_a_request_are_read_ahead_of_its_note(show):
    show("run.py")
    request = asked("Should I train today?")
    runtime().store.notes.put_note(request, "slow today")
    heads = [*heads_of(show("history.py", request=request, **SIMULATED).main)]
    assert [head for head in heads if head in ("**Prompt**", "**Answer**", "Note", "**Routing**")] == [
        "**Prompt**", "**Answer**", "Note", "**Routing**",
    ]  # fmt: skip


def heads_of(block):
    """What stands over the parts of a page, from its top down."""
    for child in block.children.values():
        yield getattr(child, "value", None) or getattr(child, "label", None)
        yield from heads_of(child) if hasattr(child, "children") else ()


def test_an_opened_request_says_what_it_was_for_and_where_it_came_from_by_their_names(show):
    show("run.py")
    runtime().store.apps.add(new_key("website", time.time())[1])
    own = asked("Should I train today?", source="console")
    of_app = asked("And now?", source="gateway", app="website")
    assert "Purpose: prompt · Source: console" in words(show("history.py", request=own, **SIMULATED))
    assert "Purpose: prompt · Source: gateway, app website" in words(show("history.py", request=of_app, **SIMULATED))


def test_an_opened_request_shows_its_parameters_and_its_record_without_a_key(show):
    show("run.py")
    request = asked("Should I train today?", temperature=0.25)
    app = show("history.py", request=request, **SIMULATED)
    code = " ".join(block.value for block in app.code)
    assert '"temperature": 0.25' in code
    assert '"http_status": 200' in code
    assert not re.search(r"gsk_[0-9a-f]{16}|sk-or-v1-[0-9a-f]{16}", code + words(app))
