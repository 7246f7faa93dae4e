import { planStack } from "../../../cli/stack-plan";
import { parseSettings } from "../../../lib/settings";
import { SIZES } from "../../../lib/sizes";

const plan = (raw: Record<string, unknown>) => planStack(parseSettings(raw, "built"));

describe("the plan of a stack", () => {
    it("has every process's memory limit, of the stack's size", async () => {
        const { memory } = await plan({ size: "medium" });
        expect(memory).toContainEqual({ service: "kafka", megabytes: SIZES.medium.kafka.limit });
        expect(memory).toContainEqual({ service: "pinot", megabytes: SIZES.medium.pinotCompact.limit });
        expect(memory).toContainEqual({ service: "clickstream", megabytes: SIZES.medium.generator.limit });
    });
    it("has one process a role where Pinot is split", async () => {
        const services = (await plan({ pinotTopology: "split" })).memory.map(({ service }) => service);
        expect(services).toEqual(expect.arrayContaining(["pinot-controller", "pinot-broker", "pinot-server"]));
        expect(services).not.toContain("pinot");
    });
    it("has the ports that are published, with the stack's offset, and none that is internal", async () => {
        const { ports } = await plan({ portOffset: 30_000 });
        expect(ports).toContainEqual({ name: "kafka", port: 39_092 });
        expect(ports).toContainEqual({ name: "pinot controller", port: 39_000 });
        expect(ports.map(({ port }) => port)).not.toContain(32_181);
    });
    it("has each image once", async () => {
        const { images } = await plan({});
        expect([...images].sort()).toEqual(["flink", "generators", "kafka", "pinot", "zookeeper"]);
    });
    it("leaves out a pipeline that is turned off", async () => {
        const { images, memory } = await plan({ productAnalytics: { enabled: false } });
        expect(images).not.toContain("generators");
        expect(memory.map(({ service }) => service)).not.toContain("clickstream");
    });
});
