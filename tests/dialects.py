"""The shipped dialects by short names."""

from router.table.dialects import shipped_dialects

GROQ = shipped_dialects()["groq"]
OPENROUTER = shipped_dialects()["openrouter"]
