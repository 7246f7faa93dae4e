import * as fc from "fast-check";
import {
    type ContainerContext,
    dockerDuration,
    hostPort,
    jobContainer,
    serviceContainer,
} from "../../../hosts/docker-container";
import { checkServiceSpec, type ServiceSpec } from "../../../hosts/service-spec";

const context: ContainerContext = {
    containerName: "millrace-dev-thing",
    service: "thing",
    image: "millrace/thing:0123456789ab",
    network: "millrace-dev",
    bindAddress: "127.0.0.1",
    portOffset: 10_000,
    volumeNames: { "thing-data": "millrace-dev-thing-data", "owner-state": "millrace-dev-owner-state" },
    labels: { "dev.millrace.stack": "millrace-dev" },
};

const spec: ServiceSpec = {
    image: "kafka",
    command: ["bash", "-c", "exec thing"],
    env: { A: "1" },
    files: { "/etc/thing.conf": "x=1" },
    ports: { api: { port: 9000 }, inner: { port: 9001, internal: true }, moved: { port: 19_092, published: 9_092 } },
    volumes: { "/data": "data" },
    ready: { ask: [{ http: { port: "api", path: "/health" } }], deadlineSeconds: 90 },
    memoryMegabytes: 512,
};

describe("a service's container", () => {
    const args = serviceContainer(spec, context);

    it("publishes on loopback, at the well-known port plus the stack's offset, and leaves internal ports alone", () => {
        expect(args.ports).toEqual([
            { internal: 9000, external: 19_000, ip: "127.0.0.1", protocol: "tcp" },
            { internal: 19_092, external: 19_092, ip: "127.0.0.1", protocol: "tcp" },
        ]);
    });

    it("drops every capability and cannot gain privileges", () => {
        expect(args.capabilities).toEqual({ drops: ["ALL"] });
        expect(args.securityOpts).toEqual(["no-new-privileges"]);
    });

    it("states swap with memory, because the engine reports twice the memory otherwise", () => {
        expect([args.memory, args.memorySwap]).toEqual([512, 512]);
    });

    it("waits for the probe, and no longer than the deadline", () => {
        expect(args).toMatchObject({ wait: true, waitTimeout: 90, healthcheck: { startPeriod: "1m30s" } });
    });

    it("is found by its service name and comes back after an engine restart", () => {
        expect(args).toMatchObject({ hostname: "thing", restart: "always" });
        expect(args.networksAdvanced).toEqual([{ name: "millrace-dev", aliases: ["thing"] }]);
    });

    it("replaces the image's entry point, so that a registry's and a built image start alike", () => {
        expect(args).toMatchObject({ entrypoints: ["bash"], command: ["-c", "exec thing"] });
    });

    it("keeps its data on a volume with a name of its own", () => {
        expect(args.mounts).toEqual([{ type: "volume", target: "/data", source: "millrace-dev-thing-data" }]);
    });

    it("mounts a volume of another service, and says so when nobody declared it", () => {
        const sharing = (volume: string): ServiceSpec => ({ ...spec, volumes: { "/state": { of: "owner", volume } } });
        expect(serviceContainer(sharing("state"), context).mounts).toEqual([
            { type: "volume", target: "/state", source: "millrace-dev-owner-state" },
        ]);
        expect(() => serviceContainer(sharing("states"), context)).toThrow(
            /service "thing" mounts volume "states" of service "owner", which is not declared/,
        );
    });
});

describe("a job's container", () => {
    it("is awaited, keeps its output, and is not started again", () => {
        const { ports: _ports, ready: _ready, volumes: _volumes, ...rest } = spec;
        const args = jobContainer({ ...rest, deadlineSeconds: 60 }, context);
        expect(args).toMatchObject({ attach: true, logs: true, mustRun: false, restart: "no" });
        expect(args.healthcheck).toBeUndefined();
    });
});

describe("a duration", () => {
    it.each([
        [5, "5s"],
        [60, "1m0s"],
        [90, "1m30s"],
        [3_600, "1h0m0s"],
        [3_725, "1h2m5s"],
    ])("of %d seconds reads as Docker prints it: %s", (seconds, text) => expect(dockerDuration(seconds)).toBe(text));

    it("loses nothing, whatever its length", () => {
        fc.assert(
            fc.property(fc.integer({ min: 1, max: 200_000 }), (seconds) => {
                const found = /^(?:(\d+)h)?(?:(\d+)m)?(\d+)s$/.exec(dockerDuration(seconds));
                const [, hours = "0", minutes = "0", rest = "0"] = found ?? [];
                expect(Number(hours) * 3600 + Number(minutes) * 60 + Number(rest)).toBe(seconds);
            }),
        );
    });
});

describe("a service spec", () => {
    it("is refused with every problem named", () => {
        const broken: ServiceSpec = {
            ...spec,
            files: { "relative.conf": "" },
            memoryMegabytes: 8,
            ready: { ask: [{ kafka: { port: "nowhere" } }], deadlineSeconds: 0 },
        };
        const refusal = (): void => checkServiceSpec("thing", broken);
        expect(refusal).toThrow(/service "thing"/);
        for (const part of ["nowhere", "relative.conf", "deadlineSeconds", "memoryMegabytes 8"])
            expect(refusal).toThrow(part);
    });
});

describe("a host port", () => {
    it("is the well-known port plus the offset", () => {
        expect(hostPort({ port: 9000 }, 10_000)).toBe(19_000);
        expect(hostPort({ port: 19_092, published: 9_092 }, 10_000)).toBe(19_092);
    });
});
