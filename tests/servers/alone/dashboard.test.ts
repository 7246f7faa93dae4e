import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import axe from "axe-core";
import type { BrowserContext, Page } from "playwright-core";
import { engine, lastLogLines, memoryUse, stackPrefix } from "../../../cli/engine";
import { recordedImages } from "../../../cli/image-decision";
import { type Answer, type KeyMetrics, PRESETS, type Preset } from "../../../dashboard/api";
import { count, fieldTime, money, percent } from "../../../dashboard/client/format";
import { silenceNegativeTimerWarnings } from "../../../lib/ledger/timer-warnings";
import { SIZES } from "../../../lib/sizes";
import { type Alone, startAlone } from "../../support/alone";
import { clearState } from "../../support/clear-state";
import { healthyContainer, until } from "../../support/container";
import { ROOT, TEST_STACK } from "../../support/make";
import { buildMissing, startBrowser } from "./dashboard/browser";
import { pinotRow, sendShop, servers } from "./dashboard/servers";
import { ShopDay, shopUntil } from "./dashboard/shop-day";

silenceNegativeTimerWarnings();
// The first run builds the browser's image.
jest.setTimeout(600_000);

const STACK = stackPrefix("alone-dashboard");
const DAY = 86_400_000;
const WIDE = { width: 1360, height: 900 };
const PHONE = { width: 360, height: 740 };
const PATIENCE = 30_000;
const TAB_NAMES = ["Product performance", "Revenue", "Conversion", "Sessions"];

describe("the dashboard in a browser", () => {
    let alone: Alone;
    let shop: ShopDay;
    let closeBrowser: (() => Promise<void>) | undefined;
    let context: BrowserContext;
    let page: Page;
    /** Every address that the page asked for. */
    const requested: string[] = [];
    /** What its scripts and its policy complained of. */
    const complaints: string[] = [];

    const container = (service: string) => engine().getContainer(`${STACK}-${service}`);

    /** The page as somebody sees it who opens a link. */
    async function open(hash = ""): Promise<void> {
        // A change of what stands behind # alone loads nothing anew.
        await page.goto("about:blank");
        await page.goto(`${alone.outputs.inNetwork}/${hash}`);
        await page.getByText("Newest event").waitFor({ timeout: PATIENCE });
        await settled();
    }

    /** Waits until nothing is being asked for any more. */
    async function settled(): Promise<void> {
        await page.locator('[aria-busy="true"]').first().waitFor({ state: "detached", timeout: PATIENCE });
    }

    const openTab = async (name: string): Promise<void> => {
        await page.getByRole("tab", { name }).click();
        await settled();
    };

    /** The key metrics as they stand on the page. */
    const keyMetrics = () => page.locator(".key dd.value").allTextContents();

    const expectedMetrics = (events: ShopDay): string[] => [
        count(events.count("product_view")),
        count(events.count("add_to_cart")),
        count(events.count("purchase")),
        money(events.revenueCents),
    ];

    /** Rows of a table of the page, cell by cell. */
    async function tableRows(label: string): Promise<string[][]> {
        const rows = page.getByRole("region", { name: `Table: ${label}`, exact: true }).locator("tbody tr");
        return rows.evaluateAll((all) =>
            (all as unknown as TableRow[]).map(({ cells }) => [...cells].map(({ textContent }) => textContent.trim())),
        );
    }

    const eventsOfPreset = (preset: Preset): ShopDay => shop.within(Date.now() - PRESETS[preset], Date.now());

    beforeAll(async () => {
        await buildMissing(["browser", "dashboard"], recordedImages(TEST_STACK));
        alone = await startAlone("dashboard", servers);
        const { browser, stop } = await startBrowser(STACK);
        closeBrowser = stop;
        shop = shopUntil(Date.now());
        await sendShop(alone, shop);
        const counts = {
            raw_events: shop.events.length,
            product_analytics: shop.products.length,
            active_users: shop.activeUsers.length,
            user_sessions: shop.sessions.length,
        };
        for (const [table, rows] of Object.entries(counts)) {
            const sql = `SELECT COUNT(*) FROM ${table}`;
            await until(`${table} has ${rows} rows`, 90, async () => (await pinotRow(alone, sql))?.[0] === rows);
        }
        // The outdated version of a session has nine purchases: it must have been replaced.
        const bought = shop.sessions.reduce((sum, { purchases }) => sum + purchases, 0);
        const sum = "SELECT SUM(purchases) FROM user_sessions";
        await until("sessions are up to date", 60, async () => (await pinotRow(alone, sum))?.[0] === bought);
        context = await browser.newContext({ viewport: WIDE, timezoneId: "UTC", locale: "en-GB" });
        await context.addInitScript({ content: axe.source });
        context.on("request", (request) => requested.push(request.url()));
        page = await context.newPage();
        page.on("console", (message) => {
            if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
        });
        page.on("pageerror", (error) => complaints.push(String(error)));
    });

    afterAll(async () => {
        await closeBrowser?.();
        await alone?.stop();
    });

    // Makes docs/images/dashboard.png anew; the picture is not compared, since its times and fonts are the day's.
    it("is a picture", async () => {
        await open();
        await page.waitForTimeout(800);
        const picture = await page.screenshot({ type: "png" });
        expect(picture.byteLength).toBeLessThan(300_000);
        if (process.env.MILLRACE_SCREENSHOT !== "yes") return;
        mkdirSync(join(ROOT, "docs", "images"), { recursive: true });
        writeFileSync(join(ROOT, "docs", "images", "dashboard.png"), picture);
    });

    it.each(Object.keys(PRESETS) as Preset[])("shows the key metrics that were sent in the last %s", async (preset) => {
        await open(`#range=${preset}`);
        const events = eventsOfPreset(preset);
        expect(events.events.length).toBe({ "24h": 24_000, "7d": 24_300, "30d": 24_600 }[preset]);
        expect(await keyMetrics()).toEqual(expectedMetrics(events));
    });

    it("shows each product with its counts, revenue and both ratios, of the range and of all time", async () => {
        await open();
        const rowsOf = (events: ShopDay) =>
            events.products.map((row) => [
                row.product_name,
                row.product_category,
                count(row.view_count),
                count(row.cart_adds),
                count(row.purchases),
                money(row.revenue_cents),
                percent(row.cart_adds, row.view_count),
                percent(row.purchases, row.cart_adds),
            ]);
        const byName = (rows: string[][]) =>
            [...rows].sort((one, other) => String(one[0]).localeCompare(String(other[0])));
        const ranged = await tableRows("Products");
        expect(byName(ranged)).toEqual(byName(rowsOf(eventsOfPreset("24h"))));
        const revenues = ranged.map((row) => Number(row[5]?.replaceAll(/[€,]/g, "")));
        expect(revenues).toEqual([...revenues].sort((one, other) => other - one));

        await page.getByRole("radio", { name: "All time" }).check();
        const [first] = rowsOf(shop);
        await page.getByRole("cell", { name: first?.[5] ?? "", exact: true }).waitFor({ timeout: PATIENCE });
        expect(byName(await tableRows("Products"))).toEqual(byName(rowsOf(shop)));
    });

    it("sorts products by any column", async () => {
        await open();
        const header = page.getByRole("columnheader", { name: "Cart adds" });
        await header.getByRole("button").click();
        expect(await header.getAttribute("aria-sort")).toBe("descending");
        const numbers = async () => (await tableRows("Products")).map((row) => Number(row[3]?.replaceAll(",", "")));
        const falling = await numbers();
        expect(falling).toEqual([...falling].sort((one, other) => other - one));
        await header.getByRole("button").click();
        expect(await numbers()).toEqual([...falling].sort((one, other) => one - other));
    });

    it("shows revenue and records of each minute, and revenue by category", async () => {
        await open("#tab=revenue");
        await page.getByText("Revenue over time as a table").click();
        const trend = await tableRows("Revenue over time");
        const events = eventsOfPreset("24h").events;
        const minute = (at: number) => Math.floor(at / 60_000);
        const first = minute(events[0]?.event_timestamp ?? 0);
        const last = minute(events.at(-1)?.event_timestamp ?? 0);
        const expected = Array.from({ length: last - first + 1 }, () => ({ cents: 0, purchases: 0, records: 0 }));
        for (const event of events) {
            const bucket = expected[minute(event.event_timestamp) - first];
            if (bucket === undefined) throw new Error("an event outside of its day");
            bucket.records++;
            if (event.event_type !== "purchase") continue;
            bucket.purchases++;
            bucket.cents += event.total_amount_cents;
        }
        expect(trend.map((row) => row.slice(1))).toEqual(
            expected.map(({ cents, purchases, records }) => [money(cents), count(purchases), count(records)]),
        );

        const categories = new Map<string, number>();
        for (const { product_category, revenue_cents } of eventsOfPreset("24h").products) {
            categories.set(product_category, (categories.get(product_category) ?? 0) + revenue_cents);
        }
        const shown = await tableRows("Revenue by category");
        expect(shown.map(([name, revenue]) => [name, revenue])).toEqual(
            [...categories].sort(([, one], [, other]) => other - one).map(([name, cents]) => [name, money(cents)]),
        );
    });

    it("shows the funnel and the active users", async () => {
        await open("#tab=conversion&range=30d");
        const sessions = shop.sessions.filter(({ session_start }) => session_start >= Date.now() - 30 * DAY);
        const ids = new Set(sessions.map(({ session_id }) => session_id));
        const { funnel } = new ShopDay(shop.events.filter(({ session_id }) => ids.has(session_id)));
        expect(funnel[3]).toBeGreaterThan(0);
        expect(await page.locator(".funnel .value").allTextContents()).toEqual(funnel.map(count));

        await open("#tab=conversion");
        await page.getByText("Active users as a table").click();
        const shown = await tableRows("Active users");
        const minutes = shop.activeUsers.filter(({ window_start }) => window_start >= Date.now() - DAY);
        expect(shown.map(([, , most]) => most)).toEqual(minutes.map(({ active_users }) => count(active_users)));
    });

    it("shows sessions with their totals, the newest first", async () => {
        await open("#tab=sessions");
        const sessions = shop.sessions.filter(({ session_start }) => session_start >= Date.now() - DAY);
        const sum = (of: (row: (typeof sessions)[number]) => number) => sessions.reduce((all, row) => all + of(row), 0);
        expect((await page.locator(".figures dd.value").allTextContents()).slice(0, 4)).toEqual([
            count(sessions.length),
            count(sessions.filter(({ purchases }) => purchases > 0).length),
            count(sum(({ purchases }) => purchases)),
            money(sum(({ total_spent_cents }) => total_spent_cents)),
        ]);
        const newest = await tableRows("Newest sessions");
        expect(newest).toHaveLength(50);
        const [last] = [...sessions].sort((one, other) => other.session_start - one.session_start);
        expect(newest[0]?.[1]).toBe(last?.session_id.slice(0, 8));
    });

    it("shows a range of one's own, and refuses one that is none", async () => {
        await open();
        await page.getByRole("radio", { name: "Custom" }).check();
        const from = Math.floor((Date.now() - 40.5 * DAY) / 60_000) * 60_000;
        const to = from + DAY;
        await page.getByLabel("From").fill(fieldTimeInUtc(to));
        await page.getByLabel("To (not included)").fill(fieldTimeInUtc(from));
        await page.getByRole("button", { name: "Show range" }).click();
        expect(await page.locator("#range-problem").textContent()).toBe("From must not be after To.");
        await page.getByLabel("From").fill(fieldTimeInUtc(from));
        await page.getByLabel("To (not included)").fill(fieldTimeInUtc(to));
        await page.getByRole("button", { name: "Show range" }).click();
        const events = shop.within(from, to);
        expect(events.events).toHaveLength(300);
        await page
            .locator(".key dd.value")
            .filter({ hasText: money(events.revenueCents) })
            .waitFor({ timeout: PATIENCE });
        expect(await keyMetrics()).toEqual(expectedMetrics(events));
        expect(page.url()).toContain(`range=custom&from=${from}&to=${to}`);
    });

    it("says that there is nothing where there is nothing", async () => {
        const before = Date.UTC(2001, 0);
        for (const [tab, text] of [
            ["products", "Nothing happened to any product."],
            ["revenue", "There are no events in this range."],
            ["conversion", "No session began in this range."],
            ["sessions", "No session began in this range."],
        ]) {
            await open(`#tab=${tab}&range=custom&from=${before}&to=${before + DAY}`);
            expect(await page.getByText(text ?? "").count()).toBeGreaterThan(0);
            expect(await keyMetrics()).toEqual(["0", "0", "0", "€0.00"]);
        }
    });

    it("is worked by keyboard alone", async () => {
        await open();
        const focused = () =>
            page.evaluate<string>("document.activeElement.textContent || document.activeElement.value");
        await page.keyboard.press("Tab");
        expect(await focused()).toBe("Skip to the numbers");
        await page.keyboard.press("Enter");
        expect(await page.evaluate<string>("document.activeElement.id")).toBe("main");

        await page.getByRole("tab", { name: "Product performance" }).focus();
        await page.keyboard.press("ArrowRight");
        expect(await page.getByRole("tab", { selected: true }).textContent()).toBe("Revenue");
        expect(await focused()).toBe("Revenue");
        await page.keyboard.press("End");
        expect(await page.getByRole("tab", { selected: true }).textContent()).toBe("Sessions");

        await page.getByRole("radio", { name: "Last 24 h" }).focus();
        await page.keyboard.press("ArrowDown");
        await page.locator(".range").filter({ hasText: "Last 7 d" }).waitFor({ timeout: PATIENCE });

        const slider = page.getByRole("slider", { name: "Refresh interval" });
        await slider.focus();
        expect(await slider.inputValue()).toBe("30");
        await page.keyboard.press("ArrowLeft");
        expect(await slider.inputValue()).toBe("25");
        await page.keyboard.press("Home");
        expect(await slider.inputValue()).toBe("5");
        await page.keyboard.press("End");
        expect(await slider.inputValue()).toBe("300");
        await page.getByRole("switch", { name: "Auto-refresh" }).focus();
        await page.keyboard.press("Space");
        expect(await slider.isDisabled()).toBe(true);
        expect(page.url()).toMatch(/#range=7d&refresh=off&tab=sessions$/);
    });

    it("asks again by itself at the chosen pace, and not when it is told not to", async () => {
        const asked = () => requested.filter((url) => url.includes("/api/metrics")).length;
        await open("#refresh=5");
        const before = asked();
        await until("it asked twice", 30, async () => asked() >= before + 2);
        await page.getByRole("switch", { name: "Auto-refresh" }).click();
        const stopped = asked();
        await page.waitForTimeout(7_000);
        expect(asked()).toBe(stopped);
        await page.getByRole("button", { name: "Refresh now" }).click();
        await until("it asked once more", 10, async () => asked() === stopped + 1);
    });

    it("says how new its numbers are", async () => {
        await open();
        const rows = await tableRows("Freshness");
        expect(rows.map(([table, count]) => [table, count])).toEqual([
            ["raw_events", count(shop.events.length)],
            ["product_analytics", count(shop.products.length)],
            ["active_users", count(shop.activeUsers.length)],
            ["user_sessions", count(shop.sessions.length)],
        ]);
    });

    it.each(["light", "dark"] as const)(
        "gives axe-core nothing to find on any tab, on %s and on a phone",
        async (colorScheme) => {
            await page.emulateMedia({ colorScheme });
            try {
                for (const viewport of [WIDE, PHONE]) {
                    await page.setViewportSize(viewport);
                    await open();
                    for (const name of TAB_NAMES) {
                        await openTab(name);
                        const found = await page.evaluate<string[]>(FIND_VIOLATIONS);
                        expect({ name, viewport, found }).toEqual({ name, viewport, found: [] });
                    }
                }
            } finally {
                await page.setViewportSize(WIDE);
                await page.emulateMedia({ colorScheme: "light" });
            }
        },
    );

    it("fits a phone: nothing stands beyond its edge, and controls unfold", async () => {
        await page.setViewportSize(PHONE);
        try {
            await open();
            for (const name of TAB_NAMES) {
                await openTab(name);
                expect({ name, width: await page.evaluate("document.documentElement.scrollWidth") }).toEqual({
                    name,
                    width: 360,
                });
            }
            expect(await page.getByRole("radio", { name: "Last 7 d" }).isVisible()).toBe(false);
            await page.getByRole("button", { name: "Controls" }).click();
            await page.getByRole("radio", { name: "Last 7 d" }).check();
            await page.locator(".range").filter({ hasText: "Last 7 d" }).waitFor({ timeout: PATIENCE });
            expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(360);
        } finally {
            await page.setViewportSize(WIDE);
        }
    });

    it("draws its charts", async () => {
        await open();
        for (const [tab, charts] of [
            ["Product performance", 1],
            ["Revenue", 2],
            ["Conversion", 1],
        ] as const) {
            await openTab(tab);
            const painted = await page.evaluate<boolean[]>(ARE_PAINTED);
            expect({ tab, painted }).toEqual({ tab, painted: Array(charts).fill(true) });
        }
    });

    it("fits into its memory with room to spare", async () => {
        const { Id: id } = await container("dashboard").inspect();
        const used = (await memoryUse(engine(), [{ id, state: "running" }])).get(id) ?? 0;
        expect(used).toBeGreaterThan(20);
        expect(used).toBeLessThan(SIZES.small.dashboard.limit * 0.8);
        process.stderr.write(`dashboard: ${used} MB resident\n`);
    });

    describe("when Pinot stops", () => {
        const health = async () =>
            (await (await fetch(`${alone.outputs.url}/health`)).json()) as Record<string, string>;

        it("says so, and keeps the last numbers with their age", async () => {
            await open("#refresh=5");
            const before = await keyMetrics();
            await container("pinot").stop({ t: 5 });
            const alert = page.getByRole("alert").filter({ hasText: "cannot be asked" });
            await alert.waitFor({ timeout: PATIENCE });
            expect(await alert.textContent()).toMatch(/Pinot's broker .*cannot be asked.*make status/s);
            expect(await keyMetrics()).toEqual(before);
            expect(await page.getByText(/The numbers below are of \d\d:\d\d:\d\d, .+ old\./).count()).toBe(1);
            const age = async () => Number.parseFloat((await page.locator("#age").textContent()) ?? "");
            const first = await age();
            await until("the age grows", 15, async () => (await age()) > first);
        });

        it("stays healthy, and says what is wrong with Pinot", async () => {
            expect(await health()).toEqual({ status: "ok", pinot: expect.stringContaining("cannot be asked") });
            expect((await container("dashboard").inspect()).State.Health?.Status).toBe("healthy");
        });

        it("shows no numbers of another range than the one that is asked for", async () => {
            await page.getByRole("radio", { name: "Last 7 d" }).check();
            await page.getByText("No numbers yet.").waitFor({ timeout: PATIENCE });
            expect(await keyMetrics()).toEqual([]);
        });

        it("is itself again when Pinot is back, with nobody touching it", async () => {
            await container("pinot").start();
            await healthyContainer(`${STACK}-pinot`, 180);
            const expected = expectedMetrics(eventsOfPreset("7d"));
            await until("the numbers are back", 90, async () => String(await keyMetrics()) === String(expected));
            await page
                .getByRole("alert")
                .filter({ hasText: "cannot be asked" })
                .waitFor({ state: "detached", timeout: PATIENCE });
            expect((await health()).pinot).toBe("answers");
        });

        it("has told its log of it, in lines of JSON, without the password", async () => {
            const lines = await lastLogLines(engine(), container("dashboard").id, 200);
            const messages = lines.map((line) => (JSON.parse(line) as { message: string }).message);
            expect(messages.filter((message) => message.includes("answers again")).length).toBeGreaterThan(0);
            const secret = String(alone.outputs.password);
            expect(secret.length).toBeGreaterThan(15);
            expect(lines.join("\n").includes(secret)).toBe(false);
            expect(clearState(await alone.state()).includes(secret)).toBe(false);
        });
    });

    it("asked no other host for anything, and nothing broke its policy", () => {
        const hosts = new Set(
            requested.map((url) => new URL(url)).flatMap(({ protocol, host }) => (protocol === "data:" ? [] : [host])),
        );
        expect([...hosts]).toEqual([new URL(alone.outputs.inNetwork).host]);
        expect(complaints.filter((text) => !/status of 503/.test(text))).toEqual([]);
    });

    it("answers what it answered for a page to whoever asks, and refuses the rest", async () => {
        const metrics = await fetch(`${alone.outputs.url}/api/metrics`);
        const { data } = (await metrics.json()) as Answer<KeyMetrics>;
        expect(data.events).toBe(24_000);
        const injected = encodeURIComponent("0 OR 1=1");
        expect((await fetch(`${alone.outputs.url}/api/metrics?range=custom&from=${injected}&to=1`)).status).toBe(400);
        expect((await fetch(`${alone.outputs.url}/api/metrics`, { method: "POST" })).status).toBe(404);
    });

    it("ends in order when it is told to", async () => {
        await container("dashboard").stop({ t: 10 });
        const { State } = await container("dashboard").inspect();
        expect(State.ExitCode).toBe(0);
        const lines = await lastLogLines(engine(), container("dashboard").id, 2);
        expect(lines.map((line) => (JSON.parse(line) as { message: string }).message)).toEqual(["stopping", "stopped"]);
    });
});

/** As much of a row of a table as is looked at here; the types of browsers are not these tests'. */
interface TableRow {
    readonly cells: Iterable<{ readonly textContent: string }>;
}

/** Run in the page: of each chart, whether there is anything on its canvas. */
const ARE_PAINTED = `[...document.querySelectorAll(".canvas canvas")].map((canvas) =>
    canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.some(Boolean))`;

/** Run in the page: what axe-core finds, each with the first elements that it is about. */
const FIND_VIOLATIONS = `axe.run().then(({ violations }) => violations.map(
    ({ id, impact, nodes }) => impact + " " + id + ": " + nodes.slice(0, 3).map((node) => node.html + node.failureSummary).join(" "),
))`;

/** What a field for times takes in a browser whose time zone is UTC. */
function fieldTimeInUtc(epochMillis: number): string {
    return fieldTime(epochMillis + new Date(epochMillis).getTimezoneOffset() * 60_000);
}
