INSERT INTO active_users
SELECT
    EXTRACT(EPOCH FROM minutes.window_start) * 1000 AS window_start,
    EXTRACT(EPOCH FROM minutes.window_end) * 1000 AS window_end,
    COUNT(DISTINCT user_id) AS active_users
FROM TUMBLE(TABLE events, DESCRIPTOR(event_time), INTERVAL '1' MINUTE) AS minutes
GROUP BY minutes.window_start, minutes.window_end;
