SELECT p.id, p.customer_id, p.name, p.op
FROM pinot.default."${rows}" AS p
WHERE p.ts_us >= (SELECT m.since FROM pinot.default."${since}" AS m)
