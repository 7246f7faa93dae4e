import { settled } from "../../../cli/recover";

const topic = (name: string) => ({
    urn: `urn:pulumi:dev::millrace::kafka:index/topic:Topic::${name}`,
    type: "kafka:index/topic:Topic",
    inputs: { name, partitions: 3 },
});
const container = {
    urn: "urn:pulumi:dev::millrace::docker:index/container:Container::kafka",
    type: "docker:index/container:Container",
    inputs: {},
};

describe("a deployment that a killed run left", () => {
    const deployment = {
        manifest: { version: "v3" },
        resources: [{ urn: "urn:existing" }],
        pending_operations: [{ resource: topic("raw-events") }, { resource: topic("other") }, { resource: container }],
    };

    it("records the topics that were created, with the provider's id, so that no second creation fails", () => {
        const after = settled(deployment, [{ urn: topic("raw-events").urn, name: "raw-events" }]);
        expect(after.resources).toEqual([
            { urn: "urn:existing" },
            {
                ...topic("raw-events"),
                id: "raw-events",
                outputs: { name: "raw-events", partitions: 3, id: "raw-events" },
            },
        ]);
    });

    it("forgets every operation under way and keeps all else", () => {
        const after = settled(deployment, []);
        expect(after).toEqual({ manifest: { version: "v3" }, resources: [{ urn: "urn:existing" }] });
    });
});
