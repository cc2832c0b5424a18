"""Tool calls as models make them: read from replies, texts and refusals, mended, and held against what was offered."""
