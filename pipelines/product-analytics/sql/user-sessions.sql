-- By session alone: a session belongs to one user, and rows are keyed by the session.
INSERT INTO user_sessions
SELECT
    session_id,
    MIN(user_id) AS user_id,
    MIN(event_timestamp) AS session_start,
    MAX(event_timestamp) AS session_end,
    COUNT(*) FILTER (WHERE event_type = 'page_view') AS page_views,
    COUNT(*) FILTER (WHERE event_type = 'product_view') AS product_views,
    COUNT(*) FILTER (WHERE event_type = 'add_to_cart') AS cart_adds,
    COUNT(*) FILTER (WHERE event_type = 'purchase') AS purchases,
    COALESCE(SUM(total_amount_cents) FILTER (WHERE event_type = 'purchase'), 0) / CAST(100 AS DOUBLE) AS total_spent,
    COALESCE(SUM(total_amount_cents) FILTER (WHERE event_type = 'purchase'), 0) AS total_spent_cents
FROM events
GROUP BY session_id;
