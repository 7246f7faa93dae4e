import { freshnessCommand, measureFreshness } from "../../cli/freshness";
import type { Endpoints } from "../../cli/verify/endpoints";
import { LEDGER_TOPIC } from "../../lib/ledger";
import { readLedgers } from "../../lib/ledger/read";
import { testServers } from "./verify-harness";

jest.setTimeout(90_000);

let endpoints: Endpoints;

beforeAll(async () => {
    endpoints = await testServers();
});

describe("the freshness probe", () => {
    it("sees every event of its own within seconds, and keeps a ledger of them", async () => {
        const [report, products] = await measureFreshness(endpoints, { rate: 200, seconds: 4 });
        if (report === undefined || products === undefined) throw new Error("a path is missing");
        expect(report).toMatchObject({ path: "raw-events → Pinot", samples: 800, unseen: 0 });
        // Pages are about no product.
        expect(products).toMatchObject({ path: "raw-events → Flink → Pinot", run: report.run, unseen: 0 });
        expect(products.samples).toBeGreaterThan(300);
        expect(products.samples).toBeLessThan(800);
        expect(report.p50).toBeGreaterThan(0);
        expect(report.p50).toBeLessThanOrEqual(report.p95);
        expect(report.p95).toBeLessThanOrEqual(report.max);
        expect(report.max).toBeLessThan(14_000);
        const brokers = (endpoints["kafka.bootstrapServers"] ?? "").split(",");
        const found = await readLedgers({ brokers, topic: LEDGER_TOPIC, timeoutMillis: 20_000 });
        const own = found.find(({ run }) => run === report.run);
        expect(own).toMatchObject({ generator: "clickstream", watermark: 800, final: true });
    });

    it("exits with 2 and names the server that it cannot ask", async () => {
        let text = "";
        const sink = { write: (part: string) => (text += part) };
        const away = { ...endpoints, "pinot.brokerUrl": "http://127.0.0.1:9" };
        expect(await freshnessCommand(away, {}, sink, sink)).toBe(2);
        expect(text).toContain("http://127.0.0.1:9 cannot be asked");
    });
});
