import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inShell, type Outcome, ROOT } from "./make";

/** An example of `examples/`, in a stack `try` of its own backend. */
export interface Example {
    /** Folder of the backend; goes with the example. */
    readonly state: string;
    /** Runs `pulumi …` in the example's folder. */
    pulumi(line: string): Promise<Outcome>;
    /** Removes state and configuration. */
    forget(): void;
}

/** Prepares an example; nothing of it runs yet. */
export function openExample(name: string): Example {
    const folder = join(ROOT, "examples", name);
    const state = mkdtempSync(join(tmpdir(), "millrace-example-"));
    return {
        state,
        pulumi: (line) =>
            inShell(
                `export PULUMI_BACKEND_URL=file://${state} PULUMI_CONFIG_PASSPHRASE=example PULUMI_STACK=try && unset PULUMI_CONFIG_PASSPHRASE_FILE && pulumi ${line}`,
                folder,
            ),
        forget() {
            rmSync(state, { recursive: true, force: true });
            rmSync(join(folder, "Pulumi.try.yaml"), { force: true });
        },
    };
}
