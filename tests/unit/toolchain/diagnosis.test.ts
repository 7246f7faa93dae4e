import {
    diagnoseCores,
    diagnoseEngine,
    diagnoseNode,
    diagnosePorts,
    diagnosePulumi,
    diagnoseResources,
    exitCode,
    type Finding,
} from "../../../cli/doctor/diagnosis";

const silent = {
    probe: { state: "silent", reason: "connect ENOENT" },
    dockerHost: undefined,
    mayInstall: true,
    isRoot: true,
    hasDaemon: false,
    hasApt: true,
    otherSockets: [],
} as const;

const finding = (verdict: Finding["verdict"]): Finding => ({ what: "x", found: "y", verdict });

describe("make doctor", () => {
    it("fails only for what make up cannot bring", () => {
        expect(exitCode([finding("ok"), finding("warn"), finding("make up")])).toBe(0);
        expect(exitCode([finding("ok"), finding("missing")])).toBe(1);
    });

    it("says that make up installs or starts an engine, and when it cannot, what a person does", () => {
        expect(diagnoseEngine(silent)).toMatchObject({ found: "not installed", verdict: "make up" });
        expect(diagnoseEngine({ ...silent, hasDaemon: true })).toMatchObject({ verdict: "make up" });
        const refused = diagnoseEngine({ ...silent, isRoot: false });
        expect(refused.verdict).toBe("missing");
        expect(refused.wayOut).toContain("sudo usermod -aG docker");
    });

    it("names the engine that answers, and warns of one that copies every layer", () => {
        const answers = {
            state: "answers",
            version: "28.0.1",
            apiVersion: "1.48",
            dataFolder: "/var/lib/docker",
        } as const;
        const engine = (storage: string): Finding => diagnoseEngine({ ...silent, probe: { ...answers, storage } });
        expect(engine("overlay2")).toMatchObject({
            found: "28.0.1, API 1.48, overlay2 in /var/lib/docker",
            verdict: "ok",
        });
        expect(engine("vfs").verdict).toBe("warn");
    });

    it("tells where Pulumi and its plugins come from, or will come from", () => {
        const tool = { name: "pulumi", version: "3.259.0", origin: "built", path: "/t/pulumi" } as const;
        const docker = { ...tool, name: "docker", version: "5.2.0" };
        expect(diagnosePulumi({ pulumi: tool, plugins: [docker] }).map(({ found }) => found)).toEqual([
            "3.259.0 (built: /t/pulumi)",
            "5.2.0 (built)",
        ]);
        const [planned] = diagnosePulumi({ plan: { origins: ["downloaded", "built"], notes: ["3.1.0 is too old"] } });
        expect(planned?.wayOut).toMatch(/3\.1\.0 is too old; will be downloaded .*, else built from Go modules/);
        expect(diagnosePulumi({ error: "none\nWay out: install it" })).toEqual([
            { what: "Pulumi", found: "none", verdict: "missing", wayOut: "install it" },
        ]);
    });

    it("shows free memory and disk, and the way out where they do not suffice", () => {
        const free = { freeMemory: 2048, freeDisk: 10_240 };
        const [memory, disk] = diagnoseResources(free, 4096, ["needs 4.0 GB of memory, 2.0 GB free\n  Way out: less"]);
        expect(memory).toEqual({
            what: "memory",
            found: "2.0 GB free, 4.0 GB to start",
            verdict: "missing",
            wayOut: "less",
        });
        expect(disk).toEqual({ what: "disk", found: "10.0 GB free", verdict: "ok" });
    });

    it("lists free ports, and every taken one with who holds it", () => {
        expect(diagnosePorts([{ port: 19092 }], [])).toMatchObject([{ found: "19092 are free", verdict: "ok" }]);
        expect(diagnosePorts([], [])).toMatchObject([{ found: "all held by this stack", verdict: "ok" }]);
        const taken = diagnosePorts([{ port: 1 }], ["port 1 for kafka is taken by nginx (pid 7)\n  Way out: end it"]);
        expect(taken).toEqual([
            {
                what: "ports",
                found: "port 1 for kafka is taken by nginx (pid 7)",
                verdict: "missing",
                wayOut: "end it",
            },
        ]);
    });

    it("warns of a single core and of a Node.js that make would not have chosen", () => {
        expect(diagnoseCores(1).verdict).toBe("warn");
        expect(diagnoseCores(2).verdict).toBe("ok");
        expect(diagnoseNode("20.20.2", "22.22.0", false).verdict).toBe("make up");
        expect(diagnoseNode("24.21.0", "22.22.0", true).found).toContain("in .tools");
    });
});
