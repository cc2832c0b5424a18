-- As shipped: this file is never changed, a next one mends it. One statement a paragraph.

-- What an answer calls: a JSON list of id, name and arguments; NULL where it calls nothing.
ALTER TABLE contents ADD COLUMN tool_calls TEXT;
