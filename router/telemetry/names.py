"""All names that spans and metrics have, in one place: those of GenAI's conventions are still moving.

They are those of the conventions up to 1.41, which tools read today. What the conventions have no word for begins with
`router.`. No value here is a key, a request's text or a person: an app's name is the most that is said of who asked.
"""

from __future__ import annotations

OPERATION = "gen_ai.operation.name"
CHAT = "chat"
PROVIDER = "gen_ai.provider.name"
REQUEST_MODEL = "gen_ai.request.model"
REQUEST_STREAM = "gen_ai.request.stream"
RESPONSE_ID = "gen_ai.response.id"
RESPONSE_MODEL = "gen_ai.response.model"
FINISH_REASONS = "gen_ai.response.finish_reasons"
INPUT_TOKENS = "gen_ai.usage.input_tokens"
OUTPUT_TOKENS = "gen_ai.usage.output_tokens"
TOKEN_TYPE = "gen_ai.token.type"
ERROR_TYPE = "error.type"
HTTP_STATUS = "http.response.status_code"
SERVER_ADDRESS = "server.address"
SERVER_PORT = "server.port"

INPUT_MESSAGES = "gen_ai.input.messages"
OUTPUT_MESSAGES = "gen_ai.output.messages"

TASK = "router.task"
SOURCE = "router.source"
PURPOSE = "router.purpose"
APP = "router.app"
SIMULATED = "router.simulated"
DEGRADED = "router.degraded"
STATUS = "router.status"
OUTCOME = "router.outcome"
ORDINAL = "router.attempt"
SENT = "router.sent"
COST = "router.cost_usd"
SKIPPED = "router.skipped"
CACHED_FROM = "router.cached_from"

OPERATION_DURATION = "gen_ai.client.operation.duration"
"""An attempt, from when it was sent to its end."""
OPERATION_FIRST_CHUNK = "gen_ai.client.operation.time_to_first_chunk"
TOKEN_USAGE = "gen_ai.client.token.usage"
REQUEST_DURATION = "gen_ai.server.request.duration"
"""A request over all its attempts."""
REQUEST_FIRST_TOKEN = "gen_ai.server.time_to_first_token"

SECONDS = (0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92, 120.0, 300.0)
"""Bounds of a histogram's buckets: the conventions', and two more, since free endpoints take up to minutes."""

TOKENS = tuple(float(4**power) for power in range(14))

CAPTURE_CONTENT = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"
"""The setting that switches content on, as OpenTelemetry's own instrumentations have it; it is off by default."""
