"""What the screens share: the runtime, looks and words, the stream view, the routing trace, charts."""
