"""JSON answers: taken out of the text, mended without a call where that is safe, checked against the schema.

Safe means that nothing is invented, joined or dropped: see `repair`. Which document is the answer is `brackets`'
matter, what fits is `schemas`'. Neither the schema library nor the repairing one is loaded before it is needed.
"""

from router.json_answers.documents import Document, read_document, read_document_async
from router.json_answers.faults import AnswerFault, InvalidJson, reask_text
from router.json_answers.plain import plain_json
from router.json_answers.schemas import check_schema, check_schema_size, count_values, is_small_schema, schema_faults

__all__ = [
    "AnswerFault",
    "Document",
    "InvalidJson",
    "check_schema",
    "check_schema_size",
    "count_values",
    "is_small_schema",
    "plain_json",
    "read_document",
    "read_document_async",
    "reask_text",
    "schema_faults",
]
