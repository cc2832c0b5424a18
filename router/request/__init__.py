"""One request as the router works with it: everything that a caller gave is checked here, before anything is sent."""

from router.request.call import Call, make_call
from router.request.log_text import calls_json, log_content, prompt_text
from router.request.messages import ROLES, decode_data_url
from router.request.recordings import Recording, read_recording
from router.request.schemas import check_schemas, has_schemas_to_check
from router.request.transcription import make_transcription

__all__ = [
    "ROLES",
    "Call",
    "Recording",
    "calls_json",
    "check_schemas",
    "decode_data_url",
    "has_schemas_to_check",
    "log_content",
    "make_call",
    "make_transcription",
    "prompt_text",
    "read_recording",
]
