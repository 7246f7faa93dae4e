SELECT
    id,
    customer_id,
    status,
    amount_cents,
    nullif(note, '${null}') AS note,
    CAST(from_unixtime(ordered_at / 1e3) AT TIME ZONE 'UTC' AS timestamp(3)) AS ordered_at
FROM (
    SELECT o.*, row_number() OVER (PARTITION BY o.id ORDER BY o.ts_us DESC, o.lsn DESC) AS place
    FROM pinot.default."${rows}" AS o
)
WHERE place = 1
    AND deleted = 'false'
    AND ordered_at >= to_unixtime(now() - INTERVAL '${days}' DAY) * 1e3
    AND ts_us >= (SELECT m.since FROM pinot.default."${since}" AS m)
