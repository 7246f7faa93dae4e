import { leftOutServers } from "../../../lib/servers";
import { parseSettings } from "../../../lib/settings";

describe("settings", () => {
    it("fill every default from nothing", () => {
        expect(parseSettings({})).toMatchObject({
            size: "small",
            images: "registry",
            broker: "redpanda",
            bindAddress: "127.0.0.1",
            portOffset: 10_000,
            deletionProtection: true,
            pinotTopology: "compact",
            productAnalytics: { enabled: true, eventsPerSecond: 50, seed: 42, rawPartitions: 3 },
        });
    });

    it("run Kafka where images are built, since Redpanda's broker cannot be", () => {
        expect(parseSettings({}, "built")).toMatchObject({ images: "built", broker: "kafka" });
    });

    it("let the stack overrule what was found on the machine", () => {
        expect(parseSettings({ images: "registry" }, "built").images).toBe("registry");
        expect(parseSettings({ images: "built" }, "registry").images).toBe("built");
        expect(parseSettings({ broker: "kafka" }, "registry").broker).toBe("kafka");
    });

    it("refuse Redpanda without a registry, and say what to set", () => {
        expect(() => parseSettings({ broker: "redpanda" }, "built")).toThrow(
            /millrace:broker: redpanda needs an image registry.*kafka or auto/s,
        );
    });

    it("run what a wanted server needs too", () => {
        expect(parseSettings({ productAnalytics: { rawOnly: true } }).servers).toEqual([]);
        expect(parseSettings({}).servers).toEqual(["flink"]);
        expect(parseSettings({ customerCdc: { enabled: true }, servers: ["flink"] }).servers).toEqual([
            "flink",
            "hiveMetastore",
            "kafkaConnect",
            "objectStore",
            "postgres",
            "trino",
        ]);
        expect(parseSettings({ servers: ["hiveMetastore"] }).servers).toEqual([
            "flink",
            "hiveMetastore",
            "objectStore",
            "postgres",
        ]);
    });

    it("take all servers for what can be had: a broker console comes from a registry only", () => {
        expect(parseSettings({ servers: ["all"] }, "registry").servers).toContain("brokerConsole");
        expect(parseSettings({ servers: ["all"] }, "built").servers).toEqual([
            "clickhouse",
            "flink",
            "hiveMetastore",
            "kafkaConnect",
            "objectStore",
            "postgres",
            "trino",
        ]);
    });

    it("refuse a server that was named and cannot be had, and one that does not exist", () => {
        expect(() => parseSettings({ servers: ["brokerConsole"] }, "built")).toThrow(
            /millrace:servers: brokerConsole needs an image registry.*leave it out/s,
        );
        expect(() => parseSettings({ servers: ["mysql"] })).toThrow(/millrace:servers/);
    });

    it("say which servers all of them are without", () => {
        const { servers } = parseSettings({ servers: ["all"] }, "built");
        expect(leftOutServers(["all"], servers)).toEqual(["brokerConsole"]);
        expect(leftOutServers(["trino"], parseSettings({ servers: ["trino"] }).servers)).toEqual([]);
        expect(leftOutServers(undefined, [])).toEqual([]);
    });

    it("refuse to publish servers without authentication beyond loopback", () => {
        expect(() => parseSettings({ bindAddress: "0.0.0.0" })).toThrow(
            /millrace:bindAddress: 0\.0\.0\.0.*without authentication/s,
        );
    });

    it("name every problem in one error, each at its key", () => {
        const problems = { size: "huge", portOffset: -1, productAnalytics: { eventsPerSecond: "fast", typo: 1 } };
        for (const key of [
            "millrace:size",
            "millrace:portOffset",
            "millrace:productAnalytics.eventsPerSecond",
            "typo",
        ]) {
            expect(() => parseSettings(problems)).toThrow(key);
        }
    });

    it("refuse a key that does not exist, instead of ignoring a misspelt one", () => {
        expect(() => parseSettings({ sise: "small" })).toThrow("sise");
    });
});
