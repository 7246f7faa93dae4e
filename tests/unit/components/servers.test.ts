import * as pulumi from "@pulumi/pulumi";
import { PlanHost } from "../../../hosts/plan-host";
import { SIZES, type Size } from "../../../lib/sizes";
import { throwingMocks } from "../../support/mocks";

/** Text of a config file of a service. */
function file(host: PlanHost, service: string, ending: string): string {
    const entry = Object.entries(host.services[service]?.files ?? {}).find(([path]) => path.endsWith(ending));
    if (entry === undefined) throw new Error(`service ${service} has no file …${ending}`);
    return String(entry[1]);
}

const resolved = <T>(output: pulumi.Output<T>): Promise<T> => new Promise((resolve) => output.apply(resolve));

describe("server components", () => {
    let components: typeof import("../../../components");

    beforeAll(async () => {
        await pulumi.runtime.setMocks(throwingMocks(["pulumi:providers:kafka"]), "millrace", "test", false);
        components = await import("../../../components");
    });

    describe("Kafka", () => {
        const host = new PlanHost();
        let kafka: InstanceType<typeof components.Kafka>;
        beforeAll(() => {
            kafka = new components.Kafka("kafka", { host });
        });

        it("advertises to each side an address that this side can reach", async () => {
            expect(file(host, "kafka", "server.properties")).toContain(
                "advertised.listeners=CLIENT://kafka:9092,HOST://127.0.0.1:19092,",
            );
            expect(await resolved(kafka.bootstrapServers.inNetwork)).toBe("kafka:9092");
            expect(await resolved(kafka.bootstrapServers.onHost)).toBe("127.0.0.1:19092");
        });

        it("never creates a topic by a client's mistake", () => {
            expect(file(host, "kafka", "server.properties")).toContain("auto.create.topics.enable=false");
        });

        it("limits what topics keep, in time and size", () => {
            const properties = file(host, "kafka", "server.properties");
            expect(properties).toContain("log.retention.hours=168");
            expect(properties).toContain(`log.retention.bytes=${1024 ** 3}`);
        });

        it("formats its storage once", () => {
            expect(host.services.kafka?.command.at(-1)).toMatch(/^\[ -f \S+\/meta\.properties \] \|\| .*format/);
        });

        it("is the same cluster again after a restart, and another one in another stack", async () => {
            const { clusterId } = await import("../../../components/kafka");
            expect(clusterId("millrace-dev")).toBe(clusterId("millrace-dev"));
            expect(clusterId("millrace-dev")).not.toBe(clusterId("millrace-prod"));
            expect(clusterId("millrace-dev")).toMatch(/^[\w-]{22}$/);
        });
    });

    it("Redpanda offers the addresses that Kafka offers", async () => {
        const host = new PlanHost();
        const redpanda = new components.Redpanda("kafka", { host });
        expect(await resolved(redpanda.bootstrapServers.inNetwork)).toBe("kafka:9092");
        expect(await resolved(redpanda.bootstrapServers.onHost)).toBe("127.0.0.1:19092");
        expect(host.services.kafka?.command).toContain("--set=redpanda.auto_create_topics_enabled=false");
    });

    describe.each(Object.keys(SIZES) as Size[])("size %s", (size) => {
        it("gives every JVM a limit with room beside its heap", () => {
            for (const [server, memory] of Object.entries(SIZES[size])) {
                if (!("heap" in memory)) continue;
                expect({ server, ratio: memory.limit / memory.heap }).toMatchObject({
                    server,
                    ratio: expect.any(Number),
                });
                expect(memory.limit).toBeGreaterThanOrEqual(memory.heap * 1.5);
            }
        });
    });

    it("the generator ends by itself when it is given a number of events, and runs on otherwise", () => {
        const host = new PlanHost();
        const args = {
            host,
            kind: "clickstream" as const,
            bootstrapServers: "kafka:9092" as never,
            topic: "t",
            ledgerTopic: "l",
        };
        new components.Generator("endless", args);
        new components.Generator("bounded", { ...args, events: 100 });
        expect(Object.keys(host.services)).toEqual(["endless"]);
        expect(host.jobs.bounded?.command).toEqual(expect.arrayContaining(["--events", "100"]));
    });
});
