"""The router over HTTP, in the shape of OpenAI's API, for programs in any language.

Raw ASGI over Starlette's types rather than a framework: a framework's routing and validation would cost more than the
router itself, and every error body has to be OpenAI's.

A request's way: `app` (who may ask, and where to) → `bodies` and `chat.requests` (what is asked, as a `GatewayCall`) →
`answering` (the router's events, whatever API they are for) → `chat.replies` (in that API's form).
"""
