-- As shipped: this file is never changed, a next one mends it. One statement a paragraph.

-- Finds requests by what their attempts failed of, without reading those that went well.
CREATE INDEX failed_attempts ON attempts (outcome, request_id, provider, model)
    WHERE outcome NOT IN ('succeeded', 'cancelled', 'pending');

-- An attempt that somebody stopped has not failed.
DELETE FROM rollup_hours_failures WHERE outcome = 'cancelled';

DELETE FROM rollup_days_failures WHERE outcome = 'cancelled';

-- Which process makes a speed run, so that another one leaves it alone.
ALTER TABLE speed_runs ADD COLUMN owner TEXT;
