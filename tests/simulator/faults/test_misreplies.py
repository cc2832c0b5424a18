"""Replies that are wrong inside a 200."""

import pytest

from router.simulator import Fault
from tests.simulator.calls import FREE, LARGE, ask


def reply_with(simulator, fault, provider="groq", **fields):
    simulator.set_fault(provider, "*", fault)
    return ask(simulator, provider, LARGE if provider == "groq" else FREE, seed=5, **fields)


def test_each_error_in_a_200_is_one(simulator):
    from router.simulator.faults.faults import parameters_of

    variants = parameters_of("error_in_200")["variant"].annotation.__args__
    healthy = ask(simulator, seed=5).json()["choices"][0]["message"]["content"]
    for variant in variants:
        reply = reply_with(simulator, Fault("error_in_200", variant=variant))
        assert reply.status_code == 200
        assert healthy not in reply.text


@pytest.mark.parametrize("variant", ["text_plain", "json", "upper_case", "none", "bom", "events"])
def test_a_mislabelled_reply_can_still_be_read(simulator, variant):
    reply = reply_with(simulator, Fault("mislabelled", variant=variant), stream=variant == "json")
    assert "Simulated reply" in reply.text.replace('"}', "") or "Sim" in reply.text
    assert reply.content.startswith(b"\xef\xbb\xbf") == (variant == "bom")


def test_a_free_request_comes_back_with_a_cost(simulator):
    usage = reply_with(simulator, Fault("billed", cost=0.5), "openrouter").json()["usage"]
    assert usage["cost"] == 0.5


def test_a_reply_names_another_model(simulator):
    assert reply_with(simulator, Fault("paid_model", model="vendor/x")).json()["model"] == "vendor/x"


def test_a_reply_is_cut_by_a_limit_and_says_so(simulator):
    choice = reply_with(simulator, Fault("length", characters=5)).json()["choices"][0]
    assert (choice["finish_reason"], len(choice["message"]["content"])) == ("length", 5)


def test_thinking_stands_in_the_content(simulator):
    content = reply_with(simulator, Fault("think")).json()["choices"][0]["message"]["content"]
    assert content.startswith("<think>")
