"""Faults by name: set for so many requests, so long or by chance, and refused where they cannot be played."""

import pytest

from router.simulator import FAULTS, Fault, UnknownFault
from router.simulator.faults.faults import parameters_of
from router.simulator.faults.scene import Scene
from router.simulator.wire.registry import WIRES
from router.simulator.wire.script import Start
from router.simulator.wire.wires import Answer
from tests.simulator.calls import FREE, LARGE, ask

STEPS = {"script": {"steps": [{"status": 200}, {"bytes": "{}"}]}}


def test_a_fault_holds_for_its_number_of_requests_and_is_over_then(simulator):
    simulator.set_fault("groq", "*", Fault("server_error", times=2, status=500))
    assert [ask(simulator).status_code for _ in range(3)] == [500, 500, 200]


def test_a_fault_of_one_model_goes_before_that_of_all_and_leaves_the_others_alone(simulator):
    simulator.set_fault("groq", "*", Fault("server_error", status=500))
    simulator.set_fault("groq", LARGE, Fault("server_error", status=502))
    assert ask(simulator).status_code == 502
    assert ask(simulator, model="openai/gpt-oss-20b").status_code == 500
    assert ask(simulator, "openrouter", FREE).status_code == 200


def test_a_fault_of_a_probability_is_met_by_some(simulator):
    simulator.set_fault("groq", "*", Fault("server_error", probability=0.5))
    assert {ask(simulator).status_code for _ in range(40)} == {200, 503}


def test_a_fault_whose_time_is_over_is_met_by_nobody(simulator):
    simulator.set_fault("groq", "*", Fault("server_error", for_seconds=0.0))
    assert ask(simulator).status_code == 200


def test_an_unknown_fault_lists_the_known_ones():
    with pytest.raises(UnknownFault, match="rate_limited"):
        Fault("rain")


@pytest.mark.parametrize(
    ("name", "parameters", "words"),
    [
        ("cut", {"depth": 1}, "no parameter 'depth'; it takes: fraction, times"),
        ("cut", {"fraction": "half"}, "has to be a number of at least 0|has to be"),
        ("server_error", {"times": True}, "'times'"),
        ("gone", {"variant": "other"}, "'variant'"),
        ("script", {}, "needs steps"),
        ("script", {"steps": [5]}, "a step is an object"),
        ("script", {"steps": [{"what": 1}]}, "a step is one of"),
    ],
)
def test_a_parameter_that_does_not_fit_is_named(name, parameters, words):
    with pytest.raises(ValueError, match=words):
        Fault(name, **parameters)


@pytest.mark.parametrize("name", FAULTS)
def test_every_fault_says_in_a_line_what_it_does_and_can_be_played_on_both_wires(name):
    assert FAULTS[name].strip()
    for wire in WIRES.values():
        for streams in (False, True):
            scene = Scene(wire, Answer("id", "house/model", '{"an": "answer"}'), streams)
            assert list(Fault(name, **STEPS.get(name, {})).play(scene))


@pytest.mark.parametrize("name", [name for name in FAULTS if "status" in parameters_of(name)])
def test_a_fault_with_a_status_is_played_with_it(name):
    script = Fault(name, status=418).play(Scene(WIRES["groq"], Answer("id", "house/model", "Text.")))
    assert [step.status for step in script if isinstance(step, Start)] == [418]
