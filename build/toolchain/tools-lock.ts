import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import lockfile from "proper-lockfile";
import type { Layout } from "./layout";
import { durationText, type Report } from "./progress";

/** A lock that was not renewed for so long belongs to a killed process, in milliseconds. */
const STALE = 10_000;

/** Runs something while nobody else in this project works on the tools; waits, and says so, while somebody does. */
export async function withToolsLock<T>(layout: Layout, report: Report, body: () => Promise<T>): Promise<T> {
    mkdirSync(layout.tools, { recursive: true });
    const target = join(layout.tools, "toolchain.in-use");
    writeFileSync(target, "", { flag: "a" });
    const started = Date.now();
    for (;;) {
        const release = await tryLock(target);
        if (release !== undefined) {
            try {
                return await body();
            } finally {
                await release().catch(() => undefined);
            }
        }
        report(`waiting for another make that works on the tools: ${durationText(Date.now() - started)}`);
        await sleep(1_000);
    }
}

async function tryLock(target: string): Promise<(() => Promise<void>) | undefined> {
    try {
        return await lockfile.lock(target, {
            stale: STALE,
            update: STALE / 4,
            // A machine that slept loses the lock. Products are put in place whole, so two at work harm nothing.
            onCompromised: () => undefined,
        });
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ELOCKED") return undefined;
        throw error;
    }
}
