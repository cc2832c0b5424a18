"""From bytes and parsed JSON to typed values, without any HTTP: whatever stands in a reply gets a meaning here."""
