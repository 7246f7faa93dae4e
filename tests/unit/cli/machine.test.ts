import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { resourceProblems } from "../../../cli/machine";
import { takenPorts } from "../../../cli/ports";

describe("a machine", () => {
    const needs = [
        { service: "kafka", megabytes: 1_024 },
        { service: "pinot", megabytes: 3_686 },
    ];
    it("is fine when memory and disk suffice", () => {
        expect(resourceProblems(needs, { freeMemory: 8_192, freeDisk: 50_000 })).toEqual([]);
    });
    it("is too small with a table of who needs what and two ways out", () => {
        const [problem] = resourceProblems(needs, { freeMemory: 2_048, freeDisk: 50_000 });
        expect(problem).toMatch(/needs 2\.3 GB of memory at rest, at most 4\.6 GB, and 2\.0 GB is free/);
        expect(problem).toMatch(/limits: pinot 3\.6 GB, kafka 1\.0 GB/);
        expect(problem).toMatch(/millrace:servers/);
        expect(problem).toMatch(/millrace:size small/);
    });
    it("may have less than all limits together, which are never held at once", () => {
        expect(resourceProblems(needs, { freeMemory: 3_174, freeDisk: 50_000 })).toEqual([]);
    });
    it("needs no memory for what runs already", () => {
        expect(resourceProblems([], { freeMemory: 10, freeDisk: 50_000 })).toEqual([]);
    });
    it("says when the disk is too full, before a build fails in the middle", () => {
        expect(resourceProblems([], { freeMemory: 10, freeDisk: 100 })[0]).toMatch(/free disk, 0\.1 GB free/);
    });
});

describe("a port", () => {
    it("that another program listens on is named with that program", async () => {
        const server = createServer().listen(0, "127.0.0.1");
        await new Promise((resolve) => server.once("listening", resolve));
        const { port } = server.address() as AddressInfo;
        const [problem] = await takenPorts("127.0.0.1", [{ name: "kafka", port }]);
        expect(problem).toMatch(new RegExp(`port ${port} for kafka is taken by .+ \\(pid ${process.pid}\\)`));
        expect(problem).toMatch(/millrace:portOffset/);
        await new Promise((resolve) => server.close(resolve));
        expect(await takenPorts("127.0.0.1", [{ name: "kafka", port }])).toEqual([]);
    });
});
