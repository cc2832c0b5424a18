"""One request as the router works with it: everything that a caller gave is checked here, before anything is sent."""

from router.request.call import Call, make_call
from router.request.log_text import calls_json, log_content, prompt_text
from router.request.messages import ROLES, decode_data_url
from router.request.tools import check_tool_schemas

__all__ = [
    "ROLES",
    "Call",
    "calls_json",
    "check_tool_schemas",
    "decode_data_url",
    "log_content",
    "make_call",
    "prompt_text",
]
