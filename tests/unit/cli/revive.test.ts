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
        resource("Network", "network", "n1"),
        { urn: "urn:stack", type: "pulumi:pulumi:Stack" },
    ],
    pending: [],
};
const networks = [{ id: "n1" }];
const running = (id: string, service: string) => ({ id, service, state: "running", job: false });

describe("what happened to a stack behind Pulumi's back", () => {
    it("is nothing when all runs", () => {
        const containers = [running("c1", "kafka"), running("c2", "pinot")];
        expect(absences(checkpoint, { containers, volumes: ["v1"], networks })).toEqual({
            stopped: [],
            stranded: [],
            gone: [],
        });
    });
    it("is a stopped container, which can be started again", () => {
        const stopped = { ...running("c2", "pinot"), state: "exited" };
        const containers = [running("c1", "kafka"), stopped];
        expect(absences(checkpoint, { containers, volumes: ["v1"], networks }).stopped).toEqual([stopped]);
    });
    it("is a container or volume that is gone, which Pulumi has to be told", () => {
        const { gone } = absences(checkpoint, { containers: [running("c2", "pinot")], volumes: [], networks });
        expect(gone.map(({ name }) => name)).toEqual(["kafka", "kafka-data"]);
    });
    it("is a network that is gone, without which no container can start again", () => {
        const stopped = { ...running("c2", "pinot"), state: "exited" };
        const found = absences(checkpoint, { containers: [stopped], volumes: ["v1"], networks: [] });
        expect(found.stopped).toEqual([]);
        expect(found.stranded).toEqual([stopped]);
        expect(found.gone.map(({ name }) => name)).toEqual(["kafka", "pinot", "network"]);
    });
    it("is not a job that has ended", () => {
        const job = { ...running("c2", "load"), state: "exited", job: true };
        const containers = [running("c1", "kafka"), job];
        expect(absences(checkpoint, { containers, volumes: ["v1"], networks }).stopped).toEqual([]);
    });
});
