-- The beginning of the message is enough to know it by; all of it stands in its topic, at this position.
INSERT INTO rejected_messages
SELECT
    reason,
    source_partition,
    source_offset,
    -- As text, since most of these are not JSON.
    REGEXP_EXTRACT(LEFT(message, {{quoted_characters}}), '"run_id":"([^"]+)"', 1) AS run_id,
    EXTRACT(EPOCH FROM received_at) * 1000 + EXTRACT(MILLISECOND FROM received_at) AS received_at,
    LEFT(message, {{quoted_characters}}) AS message
FROM judged_messages
WHERE reason IS NOT NULL;
