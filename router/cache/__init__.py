"""Answers given again: the same request, asked so that the answer would come out the same, within a time.

`rules` says which requests and which answers, `keys` what makes two requests the same, `documents` what is kept of an
answer, and `answers` is asked by the engine.
"""

from router.cache.answers import AnswerCache, CacheLookup
from router.cache.documents import RecalledAnswer
from router.cache.opening import open_cache

__all__ = ["AnswerCache", "CacheLookup", "RecalledAnswer", "open_cache"]
