SELECT status, count(*) AS orders, sum(amount_cents) AS amount_cents
FROM hive.views.orders_last_year
GROUP BY status
