import { orphanedPlugins, type ProcessInfo } from "../../../cli/orphans";

const ROOT = "/home/ada/millrace";
const PROVIDER = ["node", `${ROOT}/node_modules/@pulumi/pulumi/cmd/dynamic-provider/index.js`, "127.0.0.1:4"];
const WRAPPER = ["/bin/sh", `${ROOT}/.tools/pulumi-built/bin/pulumi-resource-pulumi-nodejs`, "127.0.0.1:4"];
const DOCKER = [`${ROOT}/.tools/pulumi-home/plugins/resource-docker-v5.2.0/pulumi-resource-docker`];

const init: ProcessInfo = { pid: 1, parent: 0, command: ["/sbin/init"] };
const process = (pid: number, parent: number, command: readonly string[]): ProcessInfo => ({ pid, parent, command });

describe("plugins without their Pulumi", () => {
    it("are those that init holds, a wrapper and what it runs alike", () => {
        const running = [init, process(10, 1, WRAPPER), process(11, 10, PROVIDER), process(12, 1, DOCKER)];
        expect(orphanedPlugins(running, ROOT)).toEqual([10, 11, 12]);
    });
    it("are those that a user's systemd took over", () => {
        const systemd = process(900, 1, ["/lib/systemd/systemd", "--user"]);
        expect(orphanedPlugins([init, systemd, process(12, 900, DOCKER)], ROOT)).toEqual([12]);
    });
    it("are not those of an update that runs", () => {
        const pulumi = process(9, 1, ["pulumi", "up", "--yes"]);
        expect(orphanedPlugins([init, pulumi, process(10, 9, WRAPPER), process(11, 10, PROVIDER)], ROOT)).toEqual([]);
    });
    it("are not those that a test drives", () => {
        const jest = process(9, 1, ["node", `${ROOT}/node_modules/jest/bin/jest.js`]);
        expect(orphanedPlugins([init, jest, process(11, 9, PROVIDER)], ROOT)).toEqual([]);
    });
    it("are not those of another project, nor ordinary programs of ours", () => {
        const others = PROVIDER.map((word) => word.replace("ada", "bob"));
        const ours = ["node", `${ROOT}/cli/main.ts`];
        expect(orphanedPlugins([init, process(11, 1, others), process(12, 1, ours)], ROOT)).toEqual([]);
    });
});
