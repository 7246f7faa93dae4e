import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runStep, type Step } from "../../../build/toolchain/run-step";

describe("a step of the toolchain", () => {
    let logs: string;
    const lines: string[] = [];
    const shell = (script: string, more: Partial<Step> = {}): Promise<void> => {
        const step = { name: "step", doing: "doing it", command: "sh", args: ["-c", script, logs], ...more };
        return runStep(step, logs, (line) => lines.push(line));
    };

    beforeEach(() => {
        logs = mkdtempSync(join(tmpdir(), "run-step-"));
        lines.length = 0;
    });
    afterEach(() => rmSync(logs, { recursive: true }));

    it("keeps its output in a log of its own and says what it does", async () => {
        await shell("echo out; echo err >&2");
        expect(readFileSync(join(logs, "step.log"), "utf8")).toBe("out\nerr\n");
        expect(lines).toEqual(["doing it"]);
    });

    it("is tried again when the network failed it, and only then", async () => {
        await shell('test -e "$0/tried" && exit 0; touch "$0/tried"; echo connection reset by peer; exit 1');
        expect(lines).toContain("doing it: the network failed, attempt 2 of 3 in 2 s");
        await expect(shell("echo undefined: foo; exit 7")).rejects.toThrow(
            /^doing it failed: exit code 7\n {2}undefined/,
        );
    });

    it("is given up, with all that it started, when it takes too long or nothing arrives", async () => {
        const stuck = '(sleep 4; touch "$0/survived") & wait';
        await expect(shell(stuck, { timeoutSeconds: 0.5 })).rejects.toThrow("not done after 0.5 s");
        await new Promise((resolve) => setTimeout(resolve, 4_000));
        expect(existsSync(join(logs, "survived"))).toBe(false);
        const stall = { folders: [join(logs, "nothing")], seconds: 0.5 };
        // Long enough that a busy machine cannot be late with giving up.
        await expect(shell("sleep 60 & wait", { stall })).rejects.toThrow("nothing arrived for 0.5 s");
    }, 30_000);

    it("names a program that does not exist", async () => {
        await expect(shell("", { command: "no-such-program" })).rejects.toThrow("there is no program no-such-program");
    });
});
