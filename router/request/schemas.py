"""The schemas in a call, checked before anything is sent: of its tools, and of its answer."""

from __future__ import annotations

from router.json_answers import is_small_schema
from router.request.call import Call
from router.request.formats import check_format_schema
from router.request.tools import check_tool_schemas


def has_schemas_to_check(call: Call) -> bool:
    """Whether there is a schema that `make_call` has not looked at, since that may take seconds."""
    return bool(call.tools) or (call.schema is not None and not is_small_schema(call.schema))


def check_schemas(call: Call) -> None:
    """Refuse a schema that is none; a hundred of tools take a second, and so does a large one of an answer.

    Raises:
        ValueError: says where and why.
    """
    check_tool_schemas(call.tools)
    if call.schema is not None and not is_small_schema(call.schema):
        check_format_schema(call.schema)
