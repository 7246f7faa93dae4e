import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { freemem, tmpdir } from "node:os";
import { join } from "node:path";
import { engine } from "../../cli/engine";
import { recordedImages } from "../../cli/image-decision";
import { command, type Outcome, ROOT, TEST_STACK, testEnvironment } from "../support/make";

const MINUTE = 60_000;
const STACK = "refused";
const STACK_FILE = `Pulumi.${STACK}.yaml`;

/** Runs a target in a folder, on a stack of its own. */
function makeIn(folder: string, target: string, env: NodeJS.ProcessEnv = {}): Promise<Outcome> {
    return command("make", ["-s", target], folder, { ...testEnvironment(), PULUMI_STACK: STACK, ...env });
}

/** The project's files, as a fresh clone has them. */
function cloneInto(folder: string): void {
    mkdirSync(folder, { recursive: true });
    const { status, stderr } = spawnSync("sh", ["-c", `git ls-files -z | tar c --null -T - | tar x -C '${folder}'`], {
        cwd: ROOT,
        encoding: "utf8",
    });
    if (status !== 0) throw new Error(`the project could not be copied: ${stderr}`);
}

/** The PATH of a person who has no tools of ours. */
const OWN_PATH = (process.env.PATH ?? "")
    .split(":")
    .filter((folder) => !folder.includes(".tools") && !folder.includes("node_modules"))
    .join(":");

/** A small file system of its own needs a mount, and that needs root. */
const mayMount = process.platform === "linux" && process.getuid?.() === 0;
const whereMountable = mayMount ? it : it.skip;

describe("a machine that cannot take the stack", () => {
    let folder: string;
    let clone: string;
    let mounted: boolean;

    beforeEach(() => {
        folder = mkdtempSync(join(tmpdir(), "millrace-machine-"));
        clone = join(folder, "millrace");
        mounted = false;
    });
    afterEach(() => {
        rmSync(join(ROOT, STACK_FILE), { force: true });
        if (mounted) spawnSync("umount", ["--lazy", clone]);
        rmSync(folder, { recursive: true, force: true });
    });

    const mountSmall = (size: string): void => {
        mkdirSync(clone);
        const { status, stderr } = spawnSync("mount", ["-t", "tmpfs", "-o", `size=${size}`, "tmpfs", clone]);
        if (status !== 0) throw new Error(`no small disk could be mounted: ${stderr}`);
        mounted = true;
        cloneInto(clone);
    };
    const configure = (where: string, lines: readonly string[]): void =>
        writeFileSync(join(where, STACK_FILE), ["config:", "  millrace:portOffset: 25000", ...lines, ""].join("\n"));

    const whereSmall = freemem() < 28 * 1024 ** 3 ? it : it.skip;
    whereSmall(
        "is told how much memory is missing, by which servers, before anything starts",
        async () => {
            configure(ROOT, ["  millrace:size: large", "  millrace:servers: [all]"]);
            const { code, text } = await makeIn(ROOT, "up");
            expect(code).not.toBe(0);
            expect(text).toMatch(/needs \d+\.\d GB of memory at rest, at most \d+\.\d GB, and \d+\.\d GB is free/);
            expect(text).toMatch(/limits: .*trino \d+\.\d GB/);
            expect(text).toMatch(/Way out: .*millrace:size small/);
            await expectNothingRuns();
        },
        30 * MINUTE,
    );

    const whereNoRegistry = recordedImages(TEST_STACK) === "built" ? it : it.skip;
    whereNoRegistry(
        "is told which image cannot be had, and what needs no image registry",
        async () => {
            configure(ROOT, ["  millrace:images: registry"]);
            const { code, text } = await makeIn(ROOT, "up");
            expect(code).not.toBe(0);
            expect(text).toMatch(/image \S+:\S+ cannot be pulled/);
            expect(text).toMatch(/Way out: .*millrace:images built/);
            await expectNothingRuns();
        },
        5 * MINUTE,
    );

    whereMountable(
        "is told how much disk is missing, before anything starts",
        async () => {
            mountSmall("60m");
            symlinkSync(join(ROOT, "node_modules"), join(clone, "node_modules"));
            symlinkSync(join(ROOT, ".tools"), join(clone, ".tools"));
            configure(clone, []);
            const { code, text } = await makeIn(clone, "up");
            expect(code).not.toBe(0);
            expect(text).toMatch(/needs 4\.0 GB of free disk, 0\.\d GB free/);
            expect(text).toMatch(/Way out: free some/);
            await expectNothingRuns();
        },
        30 * MINUTE,
    );

    whereMountable(
        "is told that its disk is full, in the middle of an installation",
        async () => {
            mountSmall("40m");
            const { code, text } = await makeIn(clone, "up", { PATH: OWN_PATH });
            expect(code).not.toBe(0);
            expect(text).toMatch(/error: .*: the disk is full/);
            expect(text).toMatch(/Way out: free \d GB .*; it goes on from here/);
        },
        5 * MINUTE,
    );

    it(
        "is told that the package registry does not answer, after three attempts and not after an hour",
        async () => {
            const silent = await listening(createServer(() => {}));
            cloneInto(clone);
            try {
                const { port } = silent.address() as AddressInfo;
                const { code, text } = await makeIn(clone, "up", {
                    PATH: OWN_PATH,
                    MILLRACE_STALL_SECONDS: "3",
                    npm_config_registry: `http://127.0.0.1:${port}/`,
                    npm_config_cache: join(folder, "cache"),
                });
                expect(code).not.toBe(0);
                expect(text).toMatch(/the npm registry did not answer, attempt 3 of 3/);
                expect(text).toMatch(/ETIMEDOUT: nothing came for 3 s/);
                expect(text).toMatch(/Way out: look at the network and npm's settings/);
            } finally {
                silent.closeAllConnections();
                silent.close();
            }
        },
        5 * MINUTE,
    );
});

async function expectNothingRuns(): Promise<void> {
    const filters = { label: [`dev.millrace.stack=${STACK}`] };
    expect(await engine().listContainers({ all: true, filters: JSON.stringify(filters) })).toEqual([]);
}

function listening(server: Server): Promise<Server> {
    return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}
