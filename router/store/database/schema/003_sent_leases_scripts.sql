-- As shipped: this file is never changed, a next one mends it. One statement a paragraph.

-- Whether an attempt's request left, what ended it apart from that, and whether its tokens were only estimated.
ALTER TABLE attempts ADD COLUMN sent INTEGER;

ALTER TABLE attempts ADD COLUMN came_to TEXT;

ALTER TABLE attempts ADD COLUMN tokens_estimated INTEGER;

-- What older versions have said by the outcome. Of all others they did not say it: NULL is unknown.
UPDATE attempts SET sent = 0 WHERE outcome NOT IN ('succeeded', 'cancelled', 'pending') AND outcome = 'not_sent';

-- One that was stopped ahead of that has no error: it did not fail.
UPDATE attempts SET came_to = 'cancelled' WHERE outcome NOT IN ('succeeded', 'cancelled', 'pending') AND outcome = 'not_sent' AND error IS NULL;

-- Who probes, so that a dead process's claim is free.
ALTER TABLE holds ADD COLUMN probe_owner TEXT;

-- Leases: the machine and container of a process, when it renewed its lease, and how often.
ALTER TABLE owners ADD COLUMN machine TEXT;

ALTER TABLE owners ADD COLUMN renewed_at FLOAT NOT NULL DEFAULT '0';

ALTER TABLE owners ADD COLUMN renewals INTEGER NOT NULL DEFAULT '0';

-- A second index for scripts that put no blanks between words: it finds any three characters in a row. It holds the
-- texts that have such a character and no others. Two blanks stand behind each text, so that three characters begin
-- at each of its own.
CREATE VIRTUAL TABLE search_scripts USING fts5 (prompt, answer, content = '', tokenize = 'trigram');

CREATE VIRTUAL TABLE search_script_terms USING fts5vocab ('search_scripts', 'row');

CREATE VIEW scripted AS
    SELECT number, request_id, prompt || '  ' AS prompt, answer || '  ' AS answer FROM contents
    WHERE answer IS NOT NULL AND (length(CAST(prompt AS BLOB)) > length(prompt) AND prompt GLOB '*[฀-࿿က-႟ក-៿⺀-鿿가-힣豈-﫿ｦ-ﾝ𠀀-𿿽]*'
        OR length(CAST(answer AS BLOB)) > length(answer) AND answer GLOB '*[฀-࿿က-႟ក-៿⺀-鿿가-힣豈-﫿ｦ-ﾝ𠀀-𿿽]*');

CREATE TRIGGER scripts_added AFTER INSERT ON contents WHEN new.answer IS NOT NULL BEGIN
    INSERT INTO search_scripts (rowid, prompt, answer) SELECT number, prompt, answer FROM scripted WHERE number = new.number;
END;

CREATE TRIGGER scripts_leave BEFORE UPDATE ON contents WHEN old.answer IS NOT NULL BEGIN
    INSERT INTO search_scripts (search_scripts, rowid, prompt, answer) SELECT 'delete', number, prompt, answer FROM scripted WHERE number = old.number;
END;

CREATE TRIGGER scripts_changed AFTER UPDATE ON contents WHEN new.answer IS NOT NULL BEGIN
    INSERT INTO search_scripts (rowid, prompt, answer) SELECT number, prompt, answer FROM scripted WHERE number = new.number;
END;

CREATE TRIGGER scripts_deleted BEFORE DELETE ON contents WHEN old.answer IS NOT NULL BEGIN
    INSERT INTO search_scripts (search_scripts, rowid, prompt, answer) SELECT 'delete', number, prompt, answer FROM scripted WHERE number = old.number;
END;

INSERT INTO search_scripts (rowid, prompt, answer) SELECT number, prompt, answer FROM scripted;
