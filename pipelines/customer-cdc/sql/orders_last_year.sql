SELECT
    o.id,
    o.customer_id,
    o.status,
    o.amount_cents,
    nullif(o.note, '${null}') AS note,
    CAST(from_unixtime(o.ordered_at / 1e3) AT TIME ZONE 'UTC' AS timestamp(3)) AS ordered_at
FROM pinot.default."${rows}" AS o
WHERE o.ts_us >= (SELECT m.since FROM pinot.default."${since}" AS m)
