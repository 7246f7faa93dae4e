import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { STACK_LABEL } from "../../hosts/docker-container";
import { until } from "../support/container";
import { expectWell, make } from "../support/make";

const MINUTE = 60_000;
const PID_FILE = "/var/run/docker.pid";

/** Stopping an engine stops everybody's containers: only where all of them are ours, and where we may. */
function engineIsOurs(): boolean {
    if (process.getuid?.() !== 0 || !existsSync(PID_FILE)) return false;
    const { status, stdout } = spawnSync("docker", ["ps", "--all", "--format", `{{.Label "${STACK_LABEL}"}}`], {
        encoding: "utf8",
    });
    return (
        status === 0 &&
        stdout
            .split("\n")
            .slice(0, -1)
            .every((label) => label !== "")
    );
}

async function endEngine(signal: NodeJS.Signals): Promise<void> {
    const pid = Number(readFileSync(PID_FILE, "utf8"));
    process.kill(pid, signal);
    await until(`the engine, pid ${pid}, ended`, 120, async () => !existsSync(`/proc/${pid}`));
}

const whereOurs = engineIsOurs() ? it : it.skip;

/** Goes on from the stack that the life test brought up. */
describe("a stack whose engine ended", () => {
    whereOurs.each<[string, NodeJS.Signals]>([
        ["was stopped", "SIGTERM"],
        ["was killed", "SIGKILL"],
    ])(
        "comes back with its data when the engine %s",
        async (_what, signal) => {
            await endEngine(signal);
            const { text } = expectWell(await make("up"));
            expect(text).toMatch(/engine\s+docker .*started/);
            expect(text).toMatch(/0 changes/);
            expect(text).toMatch(/0 differences/);
        },
        8 * MINUTE,
    );

    whereOurs(
        "is named when the engine ends in the middle of an update, and the next up finishes it",
        async () => {
            const running = make("up", "ARGS=--verbose");
            await new Promise((resolve) => setTimeout(resolve, 6_000));
            await endEngine("SIGTERM");
            const { code, text } = await running;
            // An update that was already through its containers ends well.
            if (code !== 0) expect(text).toMatch(/docker|engine/i);
            expect(expectWell(await make("up")).text).toMatch(/0 differences/);
        },
        8 * MINUTE,
    );
});
