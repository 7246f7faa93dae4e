import { namedMessage, plainMessage } from "../../../cli/deploy";
import { withoutFrames } from "../../../cli/engine";
import { ailment } from "../../../cli/explain";

const well = {
    id: "1",
    name: "millrace-dev-kafka",
    service: "kafka",
    job: false,
    state: "running",
    health: "healthy",
    exitCode: 0,
    restarts: 0,
    outOfMemory: false,
    image: "millrace/kafka:1",
    ports: [],
    memoryLimit: 448,
};

describe("a container's ailment", () => {
    it("is nothing when it runs and its probe says ready", () => expect(ailment(well)).toBeUndefined());
    it("is nothing when it was restarted and is ready again", () =>
        expect(ailment({ ...well, restarts: 3 })).toBeUndefined());
    it("is nothing when it is a job that has ended well", () => {
        expect(ailment({ ...well, job: true, state: "exited", health: "none" })).toBeUndefined();
        expect(ailment({ ...well, job: true, state: "exited", health: "none", exitCode: 1 })).toMatch(/exit code 1/);
    });
    it.each([
        ["ended for want of memory", { outOfMemory: true }, /want of memory.*millrace:size/],
        [
            "ends again and again",
            { state: "restarting", exitCode: 1, restarts: 4 },
            /keeps ending \(exit code 1, 4 restarts\)/,
        ],
        ["ends again and again", { health: "starting", restarts: 4 }, /keeps ending \(4 restarts\)/],
        ["has ended", { state: "exited", exitCode: 137 }, /ended with exit code 137/],
        ["is not ready any more", { health: "unhealthy" }, /not say ready any more/],
        ["is not ready yet", { health: "starting" }, /not said ready yet/],
    ])("says that it %s", (_title, difference, expected) =>
        expect(ailment({ ...well, ...difference })).toMatch(expected),
    );
});

describe("a diagnostic", () => {
    it("loses colour marks, stack frames and repeated prefixes, and keeps its way out", () => {
        const raw =
            '<{%fg 1%}>error: Error: PinotTable "x": refused\n  Way out: another table.\n    at provider.check (/a/b.js:10:3)\n<{%reset%}>';
        expect(plainMessage(raw)).toBe('PinotTable "x": refused\n  Way out: another table.');
    });
    it("is the server's own words when it comes through a bridged provider, and only once", () => {
        const words = "kafka: client has run out of available brokers to talk to: connection refused";
        expect(plainMessage(`  sdk-v2/provider2.go:571: sdk.helper_schema: ${words}: provider=kafka@3.13.2`)).toBe(
            words,
        );
        expect(plainMessage(`1 error occurred:\n\t* ${words}\n\n`)).toBe("");
        expect(plainMessage(`refreshing urn:pulumi:dev::x: 1 error occurred:\n\t* ${words}\n\n`)).toBe("");
    });
    it("is nothing when it only says that the update failed", () => {
        expect(plainMessage("<{%reset%}>update failed<{%reset%}>\n")).toBe("");
    });
});

describe("a container's log", () => {
    it("is read without the engine's frames", () => {
        const frame = (text: string): Buffer => {
            const head = Buffer.alloc(8);
            head[0] = 1;
            head.writeUInt32BE(Buffer.byteLength(text), 4);
            return Buffer.concat([head, Buffer.from(text)]);
        };
        expect(withoutFrames(Buffer.concat([frame("one\n"), frame("zwei ü\n")]))).toBe("one\nzwei ü\n");
    });
    it("names the service, which the docker provider does not", () => {
        const container = "urn:pulumi:dev::millrace::millrace:index:Trino$docker:index/container:Container::trino";
        const words = "container failed to be in healthy state";
        expect(namedMessage(words, container)).toBe(`service "trino": ${words}`);
        expect(namedMessage(words, "urn:pulumi:dev::millrace::kafka:index/topic:Topic::raw-events")).toBe(words);
        expect(namedMessage('service "trino" has no volume', container)).toBe('service "trino" has no volume');
        expect(namedMessage("", container)).toBe("");
    });
});
