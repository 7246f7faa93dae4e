-- A product's totals are never forgotten: there are as many as the catalogue has products.
INSERT INTO product_analytics
SELECT /*+ STATE_TTL('events' = '0 s') */
    product_id,
    MAX(product_name) AS product_name,
    MAX(product_category) AS product_category,
    COUNT(*) FILTER (WHERE event_type = 'product_view') AS view_count,
    COUNT(*) FILTER (WHERE event_type = 'add_to_cart') AS cart_adds,
    COUNT(*) FILTER (WHERE event_type = 'purchase') AS purchases,
    COALESCE(SUM(total_amount_cents) FILTER (WHERE event_type = 'purchase'), 0) / CAST(100 AS DOUBLE) AS revenue,
    COALESCE(SUM(total_amount_cents) FILTER (WHERE event_type = 'purchase'), 0) AS revenue_cents,
    MAX(event_timestamp) AS update_time
FROM events
WHERE event_type <> 'page_view'
GROUP BY product_id;
