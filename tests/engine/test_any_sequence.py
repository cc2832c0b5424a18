"""Whatever comes back, in whatever order: a request ends in time, within its calls, and costs nothing."""

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router import AllTargetsFailed, Completion, DeadlineExceeded, RequestRejected, TaskConfig, TaskType
from router.ports import CatalogueRow
from router.ports.null_stores import NullCatalogueStore
from router.simulator.models.catalogue import model_entry, shipped
from tests.virtual import HOUR, START, TABLE, Bench, answer, broken, halting, healthy, refusal, run

MESSAGES = [{"role": "user", "content": "What should I eat before a run?"}]

OUTCOMES = {
    "healthy": healthy,
    "slow": answer(wait=5.0),
    "too slow": answer(wait=300.0),
    "silent": answer(wait=HOUR),
    "headers only": halting(HOUR),
    "comments": halting(*([b": OPENROUTER PROCESSING\n\n", 1.0] * 400)),
    "dripping": halting(*(["word ", 3.0] * 400)),
    "stalls": halting("Half an answer", HOUR),
    "cut": halting("Half an answer"),
    "torn": halting("Half an answer", httpx.ReadError("torn")),
    "late end": halting("Whole", 1.0, 'Then"', HOUR),
    "reset": broken(httpx.ReadError("reset")),
    "nobody there": broken(httpx.ConnectError("refused")),
    "empty": answer(""),
    "length": answer(finish="length"),
    "filtered": answer(finish="content_filter"),
    "costs": answer(usage={"prompt_tokens": 1, "completion_tokens": 1, "cost": 0.01}),
    "costs for nothing": answer("", usage={"cost": 0.01}),
    "prose": answer("I would rather talk."),
    "rate limited": refusal(429),
    "rate limited for a while": refusal(429, headers={"retry-after": "2"}),
    "cap of the day": refusal(429, "Rate limit exceeded: free-models-per-day"),
    "server error": refusal(500),
    "overloaded": refusal(503, headers={"retry-after": "1"}),
    "unauthorized": refusal(401),
    "payment": refusal(402),
    "forbidden": refusal(403),
    "moderated": refusal(403, "flagged by moderation"),
    "gone": refusal(404, "The model does not exist or you do not have access to it."),
    "too large": refusal(413),
    "too long": refusal(400, "too long", code="context_length_exceeded"),
    "no such mode": refusal(400, "This model does not support response format `json_schema`"),
    "no valid json": refusal(400, "Failed", code="json_validate_failed", failed_generation="{"),
    "error in a 200": refusal(200, "Upstream error", code=502),
    "teapot": refusal(418, "I am one"),
    "nonsense": lambda document: [(0.1, 200, {}, [b"<html>"])],
}
FORMATS = [None, {"type": "json_object"}, {"type": "json_schema", "json_schema": {"name": "x", "schema": {}}}]
_sequences = st.lists(st.sampled_from(list(OUTCOMES)), max_size=14)
_configs = st.builds(
    lambda task, flag: TaskConfig(type=task, **({flag: True} if flag else {})),
    st.sampled_from(list(TaskType)),
    st.sampled_from(["", "prioritize_speed", "prioritize_accuracy", "critical_accuracy", "requires_json"]),
)
_priced = st.sets(st.sampled_from(sorted(model for model in shipped()["openrouter"])))


class Lists(NullCatalogueStore):
    """OpenRouter's list, with some of the free ids priced after all."""

    def __init__(self, priced):
        self.rows = tuple(
            model_entry("openrouter", name, vision=True, price=("0.1", "0.1") if name in priced else ("0", "0"))
            for name in [*shipped()["openrouter"], "vendor/paid"]
        )

    def load_catalogue(self, account):
        return CatalogueRow(account, START, self.rows) if account.startswith("openrouter") else None


@settings(max_examples=300, deadline=None)
@given(
    _sequences,
    st.lists(st.tuples(_configs, st.booleans(), st.sampled_from(FORMATS)), min_size=1, max_size=3),
    st.none() | st.floats(0.05, 200.0),
    _priced,
)
def test_every_request_ends_in_time_within_its_calls_and_calls_nobody_that_is_known_to_cost(
    names, requests, deadline, priced
):
    bench = Bench([OUTCOMES[name] for name in names], lists=Lists(priced))

    async def ask_all():
        for config, stream, wanted in requests:
            before, held = (
                len(bench.called),
                {cooldown.model for cooldown in bench.memory.cooldowns() if cooldown.outcome == "billed"},
            )
            result, seconds = await bench.ask(
                config, MESSAGES, stream=stream, deadline=deadline, response_format=wanted
            )
            assert isinstance(result, Completion | AllTargetsFailed | RequestRejected | DeadlineExceeded)
            assert seconds <= (deadline or TABLE.tasks[config.type].deadline) + 1e-6
            called = bench.called[before:]
            assert len(called) <= TABLE.limits.attempts
            models = [name.partition(":")[2] for name in called]
            assert not set(models) & (held | priced | {"vendor/paid"})
            told = [one for one in result.attempts if one.outcome not in ("skipped", "not_sent")]
            assert [f"{one.provider}:{one.model}" for one in told] == called
            if isinstance(result, Completion):
                assert result.text.strip()
                assert wanted is None or result.parsed is not None

    run(ask_all())


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("name", OUTCOMES)
def test_one_target_that_always_does_the_same_is_called_no_more_than_twice_a_second(name, stream):
    bench = Bench([OUTCOMES[name]] * 40)
    options = {"targets": ["groq:openai/gpt-oss-120b"], "response_format": FORMATS[2]}
    _, seconds = run(bench.ask(TaskConfig(type=TaskType.STRUCTURED_OUTPUT), MESSAGES, stream=stream, **options))
    assert len(bench.called) <= 3 + 2 * seconds
    assert len(bench.called) <= TABLE.limits.attempts


@pytest.mark.parametrize("name", OUTCOMES)
def test_without_fallback_one_target_is_tried_once_and_asked_again_only_for_a_fault_of_form(name):
    bench = Bench([OUTCOMES[name]] * 40)
    options = {"targets": ["groq:openai/gpt-oss-120b"], "response_format": FORMATS[2], "fallback": False}
    run(bench.ask(TaskConfig(type=TaskType.STRUCTURED_OUTPUT), MESSAGES, **options))
    assert len(bench.called) <= (3 if name == "no such mode" else 2)


def test_a_stream_that_has_finished_and_stays_open_does_not_outlast_the_deadline():
    bench = Bench([answer(wait=0.9, end=HOUR)])
    options = {"stream": True, "deadline": 1.0, "fallback": False}
    result, seconds = run(bench.ask(TaskConfig(type=TaskType.REAL_TIME_CHAT), MESSAGES, **options))
    assert isinstance(result, Completion)
    assert seconds == pytest.approx(1.0)


@pytest.mark.parametrize("task", list(TaskType))
@pytest.mark.parametrize("stream", [False, True])
def test_a_silent_first_target_leaves_time_for_the_next_within_the_tasks_own_limits(task, stream):
    bench = Bench([OUTCOMES["silent"]])
    result, seconds = run(bench.ask(TaskConfig(type=task), MESSAGES, stream=stream))
    assert isinstance(result, Completion)
    limits = TABLE.tasks[task]
    assert seconds <= (limits.first_token if stream else limits.attempt) + 1.0
    assert len(bench.called) == 2
