import { spawn } from "node:child_process";
import { once } from "node:events";
import { processLives } from "../../../cli/lock";

describe("a process", () => {
    it("lives while it runs", () => expect(processLives(process.pid)).toBe(true));

    it("does not live when it has ended", async () => {
        const child = spawn("true");
        await once(child, "exit");
        expect(processLives(child.pid ?? 0)).toBe(false);
    });

    it("does not live when it was killed and nobody has collected it yet", async () => {
        // The shell starts a child, becomes a program that never collects it, and so keeps it as a zombie.
        const parent = spawn("sh", ["-c", "sleep 0.1 & echo $!; exec sleep 5"], {
            stdio: ["ignore", "pipe", "ignore"],
        });
        const [line] = (await once(parent.stdout, "data")) as [Buffer];
        await new Promise((resolve) => setTimeout(resolve, 500));
        expect(processLives(Number(line.toString()))).toBe(false);
        parent.kill();
    });
});
