SELECT id, customer_id, name, op
FROM (
    SELECT p.*, row_number() OVER (PARTITION BY p.id, p.customer_id ORDER BY p.ts_us DESC, p.lsn DESC) AS place
    FROM pinot.default."${rows}" AS p
)
WHERE place = 1
    AND deleted = 'false'
    AND ts_us >= (SELECT m.since FROM pinot.default."${since}" AS m)
