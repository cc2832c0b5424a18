"""The providers' mind: what is seen, kept and served."""

import pytest

from router.simulator import Fault, Providers
from router.simulator.wire.script import Start
from tests.simulator.calls import HELLO, LARGE, ask


def status_of(script):
    return next(step.status for step in script if isinstance(step, Start))


def test_a_request_is_noted_with_its_key_and_body(simulator):
    ask(simulator, key={"Authorization": "bearer  some-key"}, seed=4)
    seen = simulator.requests[-1]
    assert (seen.provider, seen.model, seen.key, seen.body["seed"]) == ("groq", LARGE, "some-key", 4)
    assert seen.finished
    assert seen.answer.text


def test_bodies_of_a_thousand_requests_ago_are_let_go():
    providers = Providers(pace=0)
    for _ in range(1_002):
        seen = providers.saw("groq", {"model": LARGE, "messages": HELLO}, {"authorization": "Bearer k"})
        providers.reply("groq", seen, 100)
    assert [bool(seen.body) for seen in providers.requests[:3]] == [False, False, True]
    assert providers.requests[0].answer is None


def test_the_free_router_serves_with_a_model_that_can_do_what_is_asked(simulator):
    reply = ask(simulator, "openrouter", "openrouter/free").json()
    assert reply["model"] != "openrouter/free"
    assert simulator.requests[-1].model == "openrouter/free"


def test_a_fault_on_the_list_is_met_by_who_reads_it_alone():
    providers = Providers(pace=0)
    providers.set_fault("groq", "/models", Fault("server_error", status=500, times=1))
    seen = providers.saw("groq", {"model": LARGE, "messages": HELLO}, {"authorization": "Bearer k"})
    assert status_of(providers.reply("groq", seen, 100)) == 200
    assert status_of(providers.listing_fault("groq")) == 500
    assert providers.listing_fault("groq") is None


def test_faults_are_cleared_for_one_model_for_a_provider_or_all():
    providers = Providers()
    for provider, model in (("groq", "a"), ("groq", "b"), ("openrouter", "c"), ("openrouter", "*")):
        providers.set_fault(provider, model, Fault("reset"))
    providers.clear_faults("groq", "a")
    assert next((entry.provider, entry.model) for entry in providers.faults()) == ("groq", "b")
    providers.clear_faults("openrouter")
    assert len(providers.faults()) == 1
    providers.clear_faults()
    assert providers.faults() == []


@pytest.mark.parametrize("call", ["set_fault", "clear_faults", "set_models", "remove_model"])
def test_an_unknown_provider_is_named(call):
    rest = {"set_fault": ("*", Fault("reset")), "set_models": (None,), "remove_model": ("a",)}.get(call, ())
    with pytest.raises(ValueError, match="unknown provider 'nobody'"):
        getattr(Providers(), call)("nobody", *rest)
