import {
    activeUsersQuery,
    categoriesQuery,
    freshnessQuery,
    keyMetricsQuery,
    newestSessionsQuery,
    productsInRangeQuery,
    productsOfAllTimeQuery,
    sessionTotalsQuery,
    trendQuery,
} from "../../../dashboard/server/queries";
import { BUCKETS, type Bucket } from "../../../dashboard/server/range";

const RANGE = { from: 1_000, to: 2_000 };
const [MINUTE] = BUCKETS as [Bucket];

describe("the dashboard's queries are exactly these:", () => {
    it.each([
        [
            "key metrics",
            keyMetricsQuery(RANGE),
            "SELECT event_type, COUNT(*) AS events, SUM(total_amount_cents) AS cents FROM raw_events " +
                "WHERE event_timestamp >= 1000 AND event_timestamp < 2000 GROUP BY event_type LIMIT 100",
        ],
        [
            "products in a range",
            productsInRangeQuery(RANGE),
            "SELECT product_id, product_name, product_category, " +
                "SUM(CASE WHEN event_type = 'product_view' THEN 1 ELSE 0 END) AS views, " +
                "SUM(CASE WHEN event_type = 'add_to_cart' THEN 1 ELSE 0 END) AS carts, " +
                "SUM(CASE WHEN event_type = 'purchase' THEN 1 ELSE 0 END) AS bought, SUM(total_amount_cents) AS cents " +
                "FROM raw_events WHERE event_timestamp >= 1000 AND event_timestamp < 2000 " +
                "AND event_type IN ('product_view', 'add_to_cart', 'purchase') " +
                "GROUP BY product_id, product_name, product_category " +
                "ORDER BY SUM(total_amount_cents) DESC, product_id LIMIT 1001",
        ],
        [
            "products of all time",
            productsOfAllTimeQuery(),
            "SELECT product_id, product_name, product_category, view_count AS views, cart_adds AS carts, " +
                "purchases AS bought, revenue_cents AS cents FROM product_analytics " +
                "ORDER BY revenue_cents DESC, product_id LIMIT 1001",
        ],
        [
            "trend",
            trendQuery(RANGE, MINUTE),
            "SELECT DATETIMECONVERT(event_timestamp, '1:MILLISECONDS:EPOCH', '1:MILLISECONDS:EPOCH', '1:MINUTES') AS bucket, " +
                "COUNT(*) AS records, SUM(CASE WHEN event_type = 'purchase' THEN 1 ELSE 0 END) AS bought, " +
                "SUM(total_amount_cents) AS cents FROM raw_events " +
                "WHERE event_timestamp >= 1000 AND event_timestamp < 2000 " +
                "GROUP BY DATETIMECONVERT(event_timestamp, '1:MILLISECONDS:EPOCH', '1:MILLISECONDS:EPOCH', '1:MINUTES') " +
                "ORDER BY DATETIMECONVERT(event_timestamp, '1:MILLISECONDS:EPOCH', '1:MILLISECONDS:EPOCH', '1:MINUTES') LIMIT 1501",
        ],
        [
            "categories",
            categoriesQuery(RANGE),
            "SELECT product_category, COUNT(*) AS bought, SUM(total_amount_cents) AS cents FROM raw_events " +
                "WHERE event_timestamp >= 1000 AND event_timestamp < 2000 AND event_type = 'purchase' " +
                "GROUP BY product_category ORDER BY SUM(total_amount_cents) DESC, product_category LIMIT 1000",
        ],
        [
            "totals of sessions",
            sessionTotalsQuery(RANGE),
            "SELECT COUNT(*) AS sessions, SUM(CASE WHEN page_views > 0 THEN 1 ELSE 0 END) AS step1, " +
                "SUM(CASE WHEN page_views > 0 AND product_views > 0 THEN 1 ELSE 0 END) AS step2, " +
                "SUM(CASE WHEN page_views > 0 AND product_views > 0 AND cart_adds > 0 THEN 1 ELSE 0 END) AS step3, " +
                "SUM(CASE WHEN page_views > 0 AND product_views > 0 AND cart_adds > 0 AND purchases > 0 THEN 1 ELSE 0 END) AS step4, " +
                "SUM(CASE WHEN purchases > 0 THEN 1 ELSE 0 END) AS buyers, SUM(purchases) AS bought, " +
                "SUM(total_spent_cents) AS cents, SUM(session_end - session_start) AS millis " +
                "FROM user_sessions WHERE session_start >= 1000 AND session_start < 2000 LIMIT 1",
        ],
        [
            "newest sessions",
            newestSessionsQuery(RANGE),
            "SELECT session_id, user_id, session_start, session_end, page_views, product_views, cart_adds, purchases, " +
                "total_spent_cents FROM user_sessions WHERE session_start >= 1000 AND session_start < 2000 " +
                "ORDER BY session_start DESC, session_id LIMIT 50",
        ],
        [
            "active users",
            activeUsersQuery(RANGE, MINUTE),
            "SELECT DATETIMECONVERT(window_start, '1:MILLISECONDS:EPOCH', '1:MILLISECONDS:EPOCH', '1:MINUTES') AS bucket, " +
                "AVG(active_users) AS average, MAX(active_users) AS most FROM active_users " +
                "WHERE window_start >= 1000 AND window_start < 2000 " +
                "GROUP BY DATETIMECONVERT(window_start, '1:MILLISECONDS:EPOCH', '1:MILLISECONDS:EPOCH', '1:MINUTES') " +
                "ORDER BY DATETIMECONVERT(window_start, '1:MILLISECONDS:EPOCH', '1:MILLISECONDS:EPOCH', '1:MINUTES') LIMIT 1501",
        ],
        [
            "freshness",
            freshnessQuery("raw_events"),
            "SELECT COUNT(*) AS records, MAX(produced_at) AS newest FROM raw_events LIMIT 1",
        ],
    ])("%s", (_, built, text) => {
        expect(built).toBe(text);
    });

    it("nothing that is no whole number gets into their text, whatever types said", () => {
        const bad = ["0 OR 1=1", 1.5, Number.NaN, -1, Number.POSITIVE_INFINITY, { toString: () => "1; DROP" }];
        for (const value of bad) {
            const range = { from: value as number, to: 2_000 };
            expect(() => keyMetricsQuery(range)).toThrow("not a moment");
            expect(() => trendQuery(range, MINUTE)).toThrow("not a moment");
        }
        expect(() => freshnessQuery("raw_events; SELECT 1")).toThrow("knows no table");
    });
});
