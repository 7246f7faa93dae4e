import { dashboardApp } from "../../../dashboard/server/app";
import type { Pinot, Row } from "../../../dashboard/server/pinot";
import { StoreError } from "../../../lib/ledger";

const NOW = Date.UTC(2026, 10, 21, 12);
const SETTINGS = { refresh: { least: 5, most: 300, step: 5, standard: 30 }, categories: ["Home & Garden"] };

function serverOf(rows: (sql: string) => readonly Row[], more: Partial<Pinot> = {}) {
    const asked: string[] = [];
    const lines: string[] = [];
    const pinot: Pinot = {
        rows: async (sql) => {
            asked.push(sql);
            return rows(sql);
        },
        waiting: async () => 3,
        alive: async () => undefined,
        ...more,
    };
    const app = dashboardApp({
        pinot,
        settings: SETTINGS,
        assets: { "app.js": "js", "app.css": "css" },
        log: (level, message) => lines.push(`${level} ${message}`),
        now: () => NOW,
    });
    const get = async (path: string) => {
        const response = await app.request(path);
        // biome-ignore lint/suspicious/noExplicitAny: an answer, of which a test looks at what it wants.
        return { status: response.status, headers: response.headers, body: (await response.json()) as any };
    };
    return { app, get, asked, lines };
}

const down = () => {
    throw new StoreError("Pinot's broker http://pinot:8099 cannot be asked: ECONNREFUSED\nWay out: make status.");
};

describe("the dashboard's answers", () => {
    it("are key metrics by type, with all revenue and all events", async () => {
        const { get } = serverOf(() => [
            { event_type: "page_view", events: 4, cents: 0 },
            { event_type: "purchase", events: 1, cents: 1250 },
            { event_type: "of tomorrow", events: 2, cents: 0 },
        ]);
        const { status, body } = await get("/api/metrics?range=24h");
        expect(status).toBe(200);
        expect(body).toEqual({
            range: { from: NOW - 86_400_000, to: NOW + 1_000 },
            asked: NOW,
            data: { pageViews: 4, productViews: 0, cartAdds: 0, purchases: 1, revenueCents: 1250, events: 7 },
        });
    });

    it("say when there are more products than they hold", async () => {
        const row = {
            product_id: "p",
            product_name: "n",
            product_category: "c",
            views: 1,
            carts: 0,
            bought: 0,
            cents: 0,
        };
        const many = (count: number) => serverOf(() => Array.from({ length: count }, () => row));
        const whole = await many(1_000).get("/api/products");
        const cut = await many(1_001).get("/api/products");
        expect([whole.body.data.cut, whole.body.data.products.length]).toEqual([false, 1_000]);
        expect([cut.body.data.cut, cut.body.data.products.length]).toEqual([true, 1_000]);
    });

    it("ask the table of all time for products of all time", async () => {
        const { get, asked } = serverOf(() => []);
        await get("/api/products?scope=all");
        expect(asked).toEqual([expect.stringContaining("FROM product_analytics")]);
    });

    it("fill the gaps of the trend with zeros, from the first event to the last", async () => {
        const { get } = serverOf((sql) =>
            sql.includes("AS bucket")
                ? [
                      { bucket: 120_000, records: 5, bought: 1, cents: 100 },
                      { bucket: 300_000, records: 1, bought: 0, cents: 0 },
                  ]
                : [],
        );
        const { body } = await get("/api/revenue?range=custom&from=0&to=600000");
        expect(body.data.trend.map(({ start, records }: Record<string, number>) => [start, records])).toEqual([
            [120_000, 5],
            [180_000, 0],
            [240_000, 0],
            [300_000, 1],
        ]);
    });

    it("take sums over no rows for zeros", async () => {
        const nothing = { sessions: 0, step1: null, step2: "-Infinity", bought: null, cents: null, millis: null };
        const { get } = serverOf((sql) => (sql.includes("step1") ? [nothing] : []));
        expect((await get("/api/sessions")).body.data).toEqual({
            ...{ sessions: 0, withPurchase: 0, purchases: 0, spentCents: 0, averageMillis: 0, newest: [] },
        });
        const { funnel } = (await get("/api/conversion")).body.data;
        expect(funnel[0]).toEqual({ step: "page_view", sessions: 0 });
    });

    it("say of an empty range that nothing is in it, without asking", async () => {
        const { get, asked } = serverOf(down);
        for (const view of ["metrics", "products", "revenue", "conversion", "sessions"]) {
            expect((await get(`/api/${view}?range=custom&from=5&to=5`)).status).toBe(200);
        }
        expect(asked).toEqual([]);
    });

    it("are an error where Pinot says something else than a number", async () => {
        const { get, lines } = serverOf(() => [{ event_type: "purchase", events: "many", cents: 0 }]);
        const { status, body } = await get("/api/metrics");
        expect([status, body.error]).toEqual([500, 'Pinot answered "many" where a number should be']);
        expect(lines).toEqual([expect.stringContaining("error Pinot answered")]);
    });

    it("say of each table how new it is, also when one of them is in trouble", async () => {
        const { get } = serverOf(
            (sql) => {
                if (sql.includes("active_users")) throw new StoreError("no such table");
                return sql.includes("raw_events") ? [{ records: 2, newest: 5 }] : [{ records: 0, newest: "-Infinity" }];
            },
            { waiting: async (table) => (table === "raw_events" ? 3 : undefined) },
        );
        expect((await get("/api/freshness")).body.data.tables).toEqual([
            { table: "raw_events", rows: 2, newest: 5, waiting: 3 },
            { table: "product_analytics", rows: 0 },
            { table: "active_users", rows: 0, problem: "no such table" },
            { table: "user_sessions", rows: 0 },
        ]);
    });

    it.each(["metrics", "products", "revenue", "conversion", "sessions", "freshness"])(
        "are 503 with the reason and the way out for %s while Pinot is down",
        async (view) => {
            const { get } = serverOf(down);
            const { status, body } = await get(`/api/${view}`);
            expect(status).toBe(503);
            expect(body).toEqual({
                error: "Pinot's broker http://pinot:8099 cannot be asked: ECONNREFUSED",
                wayOut: "make status.",
            });
        },
    );

    it("are 400 with all reasons for wrong parameters, and then ask nothing", async () => {
        const { get, asked } = serverOf(() => []);
        const { status, body } = await get("/api/metrics?range=custom&from=2%20OR%201=1&to=1");
        expect([status, body.error]).toEqual([400, "from: must be epoch milliseconds"]);
        expect(asked).toEqual([]);
    });

    it("tell the log of Pinot's trouble once, and of its end", async () => {
        let broken = true;
        const { get, lines } = serverOf(() => (broken ? down() : []));
        await get("/api/metrics");
        await get("/api/metrics");
        broken = false;
        await get("/api/metrics");
        expect(lines).toEqual([expect.stringContaining("warn Pinot's broker"), "info Pinot answers again"]);
    });
});

describe("the dashboard's server", () => {
    it("is healthy when Pinot is down, and says that it is", async () => {
        expect((await serverOf(() => []).get("/health")).body).toEqual({ status: "ok", pinot: "answers" });
        const { get } = serverOf(() => [], { alive: async () => down() });
        const { status, body } = await get("/health");
        expect(status).toBe(200);
        expect(body.pinot).toContain("ECONNREFUSED");
    });

    it("sends a page that may load and ask this server alone, with its settings escaped", async () => {
        const { app } = serverOf(() => []);
        const response = await app.request("/");
        expect(response.headers.get("content-security-policy")).toMatch(/default-src 'none'; script-src 'self';/);
        expect(response.headers.get("content-security-policy")).not.toContain("unsafe");
        expect(response.headers.get("x-content-type-options")).toBe("nosniff");
        const html = await response.text();
        expect(html).toContain("Home &amp; Garden");
        expect(html).not.toMatch(/https?:\/\/|<script>|style=/);
    });

    it("puts the policy on every answer, and lets assets be kept under the name of their content", async () => {
        const { app } = serverOf(down);
        for (const path of ["/", "/assets/app.js", "/assets/app.css", "/api/metrics", "/health", "/nowhere"]) {
            expect((await app.request(path)).headers.get("content-security-policy")).toContain("default-src 'none'");
        }
        const html = await (await app.request("/")).text();
        const [, script = ""] = /src="([^"]+)"/.exec(html) ?? [];
        expect(script).toMatch(/^\/assets\/app\.js\?[0-9a-f]{12}$/);
        expect((await app.request(script)).headers.get("cache-control")).toContain("immutable");
    });

    it("changes nothing: it knows no other method than GET", async () => {
        const { app } = serverOf(() => []);
        for (const method of ["POST", "PUT", "DELETE", "PATCH"]) {
            expect((await app.request("/api/metrics", { method })).status).toBe(404);
        }
    });
});
