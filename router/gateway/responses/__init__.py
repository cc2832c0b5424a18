"""OpenAI's Responses API, the stateless part of it, as a translation to and from chat completions.

Pure: a request's body becomes a chat request's body, a chat reply becomes a response object, and a chat stream's chunks
become a response's events. Who answers, and what a failure is, is decided elsewhere.
"""
