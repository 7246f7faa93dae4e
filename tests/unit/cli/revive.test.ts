import type { Checkpoint } from "../../../cli/recover";
import { absences } from "../../../cli/revive";

const resource = (type: string, name: string, id: string) => ({
    urn: `urn:pulumi:dev::millrace::docker:index/${type.toLowerCase()}:${type}::${name}`,
    type: `docker:index/${type.toLowerCase()}:${type}`,
    id,
});
const checkpoint: Checkpoint = {
    resources: [
        resource("Container", "kafka", "c1"),
        resource("Container", "pinot", "c2"),
        resource("Volume", "kafka-data", "v1"),
        { urn: "urn:stack", type: "pulumi:pulumi:Stack" },
    ],
    pending: [],
};
const running = (id: string, service: string) => ({ id, service, state: "running", job: false });

describe("what happened to a stack behind Pulumi's back", () => {
    it("is nothing when all runs", () => {
        expect(absences(checkpoint, [running("c1", "kafka"), running("c2", "pinot")], ["v1"])).toEqual({
            stopped: [],
            gone: [],
        });
    });
    it("is a stopped container, which can be started again", () => {
        const stopped = { ...running("c2", "pinot"), state: "exited" };
        expect(absences(checkpoint, [running("c1", "kafka"), stopped], ["v1"]).stopped).toEqual([stopped]);
    });
    it("is a container or volume that is gone, which Pulumi has to be told", () => {
        expect(absences(checkpoint, [running("c2", "pinot")], []).gone.map(({ name }) => name)).toEqual([
            "kafka",
            "kafka-data",
        ]);
    });
    it("is not a job that has ended", () => {
        const job = { ...running("c2", "load"), state: "exited", job: true };
        expect(absences(checkpoint, [running("c1", "kafka"), job], ["v1"]).stopped).toEqual([]);
    });
});
