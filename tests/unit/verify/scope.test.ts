import { verifyCommand } from "../../../cli/verify";
import { reportText } from "../../../cli/verify/report";
import { scopeOf } from "../../../cli/verify/scope";
import { parseSettings } from "../../../lib/settings";

const OFF = { enabled: false };
const source = { user: "source", password: "p" };

describe("what verify compares", () => {
    it("is what the stack's pipelines write, and nothing of a pipeline that is off", () => {
        expect(scopeOf(parseSettings({}))).toEqual({ clickstream: true, rawOnly: false });
        const both = parseSettings({
            customerCdc: { enabled: true, windowDays: 30 },
            productAnalytics: { rawOnly: true },
        });
        expect(scopeOf(both, { "postgres.source": source })).toEqual({
            clickstream: true,
            rawOnly: true,
            customer: { source, windowDays: 30 },
        });
        const customer = parseSettings({ customerCdc: { enabled: true }, productAnalytics: OFF });
        expect(scopeOf(customer, { "postgres.source": source })).toMatchObject({
            clickstream: false,
            customer: { windowDays: 365 },
        });
    });

    it("is refused, with a way out, where the stack was not brought to its settings", () => {
        const settings = parseSettings({ customerCdc: { enabled: true } });
        expect(() => scopeOf(settings)).toThrow(/no credentials "postgres.source".*Way out: make up/s);
    });

    it("asks for no ledger of the clickstream when that is off, and says that there is nothing", async () => {
        // Nobody listens there: whoever asked would end with 2.
        const nowhere = {
            "kafka.bootstrapServers": "127.0.0.1:9",
            "pinot.brokerUrl": "http://127.0.0.1:9",
            "pinot.controllerUrl": "http://127.0.0.1:9",
        };
        let text = "";
        const sink = { write: (part: string) => (text += part) };
        const code = await verifyCommand(nowhere, { ...scopeOf(parseSettings({ productAnalytics: OFF })) }, sink, sink);
        expect({ code, text }).toEqual({ code: 0, text: "nothing to compare: the stack has no pipeline\n" });
    });

    it("counts no events of runs where none were asked for", () => {
        const check = { check: "c", unit: "count", expected: 1, actual: 1, verdict: "equal" } as const;
        const report = { checks: [check], runs: 0, expired: 0, events: 0, differences: 0, notes: [], millis: 1_500 };
        expect(reportText(report, false)).toContain("1 checks, 0 differences; 1.5 s");
    });
});
