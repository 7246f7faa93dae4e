-- Everything that the tables are made of, taken out of the text once: the view is read by two others, and so becomes a
-- step of its own (table.optimizer.reuse-optimize-block-with-digest-enabled).
CREATE TEMPORARY VIEW judged_messages AS
SELECT
    *,
    CASE
        WHEN CHAR_LENGTH(message) > {{largest_message}} THEN {{too_large}}
        WHEN message IS NULL OR NOT message IS JSON OBJECT THEN {{not_json}}
        WHEN event_type IS NULL OR event_type NOT IN ({{event_types}}) THEN {{unknown_event_type}}
        WHEN event_id IS NULL THEN {{missing_event_id}}
        WHEN user_id IS NULL THEN {{missing_user}}
        WHEN session_id IS NULL THEN {{missing_session}}
        WHEN event_timestamp IS NULL OR event_time = TO_TIMESTAMP_LTZ(0, 3) THEN {{no_believable_time}}
        WHEN price < 0 OR quantity < 0 OR total_amount_cents < 0 THEN {{negative_price}}
        WHEN event_type <> 'page_view'
            AND (product_id IS NULL OR product_name IS NULL OR product_category IS NULL) THEN {{missing_product}}
        WHEN event_type = 'purchase' AND total_amount_cents IS NULL THEN {{missing_amount}}
    END AS reason
FROM (
    SELECT
        message,
        source_partition,
        source_offset,
        received_at,
        event_time,
        {{columns}}
    FROM raw_messages
);

-- Each event once, however often it was sent: the first copy stays, and its id is remembered for as long as the job's
-- state lives. A copy that comes later than that counts again.
CREATE TEMPORARY VIEW events AS
SELECT *
FROM (
    SELECT *, ROW_NUMBER() OVER (PARTITION BY event_id ORDER BY processing_time) AS copy
    FROM (
        SELECT
            event_id, event_type, event_timestamp, event_time, user_id, session_id,
            product_id, product_name, product_category, total_amount_cents,
            PROCTIME() AS processing_time
        FROM judged_messages
        WHERE reason IS NULL
    )
)
WHERE copy = 1;
