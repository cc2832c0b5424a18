"""What a collector gets of a request: read from the wire, as a collector reads it."""

import json

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status
from opentelemetry.sdk.trace import TracerProvider

from router import AllTargetsFailed
from router.simulator import Fault
from router.telemetry import names
from tests.telemetry.collector import attributes, collecting
from tests.world import CHAT, FIRST, HELLO, World

pytestmark = pytest.mark.anyio


@pytest.fixture
def collector():
    with collecting() as collector:
        yield collector


@pytest.fixture
def traced_world(simulator, tmp_path, scale, collector):
    """Makes a world whose router tells the collector."""

    def make(**environment):
        return World(simulator, tmp_path, scale=scale, OTEL_EXPORTER_OTLP_ENDPOINT=collector.address, **environment)

    return make


async def asked(world, **options):
    """One request; what is told of it has come when this is over."""
    try:
        return await world.router.complete(config=CHAT, messages=HELLO, **options)
    finally:
        await world.aclose()


def of_kind(collector, kind):
    return [span for span in collector.spans if span.kind == kind]


async def test_a_request_is_one_span_and_each_attempt_one_beneath_it(traced_world, collector):
    world = traced_world()
    world.simulator.set_fault(*FIRST, Fault("server_error", status=503))
    completion = await asked(world)
    (request,) = of_kind(collector, Span.SPAN_KIND_INTERNAL)
    failed, answered = of_kind(collector, Span.SPAN_KIND_CLIENT)
    assert len(collector.spans) == 3
    assert {failed.parent_span_id, answered.parent_span_id} == {request.span_id}
    assert {failed.trace_id, answered.trace_id} == {request.trace_id}
    assert (request.name, failed.name) == ("chat real-time-chat", f"chat {FIRST[1]}")
    assert attributes(failed) | {names.PROVIDER: FIRST[0], names.ERROR_TYPE: "503"} == attributes(failed)
    assert (failed.status.code, answered.status.code) == (Status.STATUS_CODE_ERROR, Status.STATUS_CODE_UNSET)
    assert names.ERROR_TYPE not in attributes(answered)
    said = attributes(request)
    assert said[names.RESPONSE_MODEL] == completion.model
    assert said[names.RESPONSE_ID] == completion.request_id
    assert said[names.OUTPUT_TOKENS] == completion.usage.completion_tokens
    assert request.start_time_unix_nano <= failed.start_time_unix_nano <= answered.end_time_unix_nano
    assert collector.resources[0]["service.name"] == "dual-router"


async def test_a_request_that_nobody_answers_is_an_error_with_its_attempts(traced_world, collector):
    world = traced_world()
    for provider in ("groq", "openrouter"):
        world.simulator.set_fault(provider, "*", Fault("unauthorized"))
    with pytest.raises(AllTargetsFailed):
        await asked(world, deadline=2)
    (request,) = of_kind(collector, Span.SPAN_KIND_INTERNAL)
    assert request.status.code == Status.STATUS_CODE_ERROR
    assert {attributes(span)[names.ERROR_TYPE] for span in of_kind(collector, Span.SPAN_KIND_CLIENT)} == {"401"}


async def test_an_app_of_the_gateway_is_named_and_its_request_is_a_servers(traced_world, collector):
    await asked(traced_world(), source="gateway", app="website")
    (request,) = of_kind(collector, Span.SPAN_KIND_SERVER)
    assert attributes(request)[names.APP] == "website"


async def test_neither_content_nor_a_key_goes_along_unasked(traced_world, collector):
    world = traced_world()
    completion = await asked(world)
    sent = b"".join(collector.bodies)
    for text in (HELLO[0]["content"], completion.text, world.environment["GROQ_API_KEY"]):
        assert text.encode() not in sent


async def test_content_goes_along_where_it_is_switched_on(traced_world, collector):
    completion = await asked(traced_world(**{names.CAPTURE_CONTENT: "true"}))
    said = attributes(of_kind(collector, Span.SPAN_KIND_INTERNAL)[0])
    assert json.loads(said[names.INPUT_MESSAGES])[0]["parts"] == [{"type": "text", "content": HELLO[0]["content"]}]
    assert json.loads(said[names.OUTPUT_MESSAGES])[0]["parts"] == [{"type": "text", "content": completion.text}]


async def test_content_that_the_log_does_not_keep_goes_to_nobody(traced_world, collector):
    await asked(traced_world(**{names.CAPTURE_CONTENT: "true", "ROUTER_LOG_CONTENT": "0"}))
    assert HELLO[0]["content"].encode() not in b"".join(collector.bodies)


async def test_times_and_tokens_come_as_histograms_with_bounds_up_to_five_minutes(traced_world, collector):
    world = traced_world()
    async with world.router.stream(config=CHAT, messages=HELLO) as stream:
        async for _ in stream:
            pass
    await world.aclose()
    histograms = collector.histograms
    assert {*histograms} == {
        names.OPERATION_DURATION, names.OPERATION_FIRST_CHUNK, names.REQUEST_DURATION, names.REQUEST_FIRST_TOKEN,
        names.TOKEN_USAGE,
    }  # fmt: skip
    (duration,) = histograms[names.OPERATION_DURATION]
    assert tuple(duration.explicit_bounds)[-3:] == (81.92, 120.0, 300.0)
    assert (duration.count, attributes(duration)[names.REQUEST_MODEL]) == (1, FIRST[1])
    tokens = {attributes(point)[names.TOKEN_TYPE]: point.sum for point in histograms[names.TOKEN_USAGE]}
    assert tokens == {
        "input": stream.completion.usage.prompt_tokens,
        "output": stream.completion.usage.completion_tokens,
    }


async def test_no_series_is_named_by_a_request(traced_world, collector):
    completion = await asked(traced_world())
    points = [point for series in collector.histograms.values() for point in series]
    assert not [point for point in points if completion.request_id in str(attributes(point))]


async def test_the_headers_of_the_settings_go_along(traced_world, collector):
    await asked(traced_world(OTEL_EXPORTER_OTLP_HEADERS="x-token=abc", OTEL_SERVICE_NAME="meals"))
    assert collector.headers["x-token"] == "abc"
    assert collector.resources[0]["service.name"] == "meals"


async def test_a_request_belongs_to_the_span_that_its_caller_is_in(traced_world, collector):
    with TracerProvider().get_tracer("a program").start_as_current_span("work") as work:
        await asked(traced_world())
    (request,) = of_kind(collector, Span.SPAN_KIND_INTERNAL)
    assert request.parent_span_id == work.get_span_context().span_id.to_bytes(8, "big")


async def test_a_collector_that_is_down_costs_nobody_an_answer(simulator, tmp_path, scale):
    world = World(simulator, tmp_path, scale=scale, OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:9")
    assert (await asked(world)).text
