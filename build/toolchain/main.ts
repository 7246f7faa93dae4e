import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { ensureToolchain } from "./ensure-toolchain";
import { toolchainEnvironment } from "./environment";
import type { Report } from "./progress";

const HELP = `usage: node --import tsx build/toolchain/main.ts [--engine] [--env]

Makes sure that there is a Pulumi CLI with the docker and kafka plugins, and says where each comes from.

  --engine  also make sure that a Docker engine answers
  --env     print the variables with which a shell uses these tools, and do nothing else
  --help    this text

MILLRACE_PULUMI   auto (default): installed, else downloaded, else built; or one of installed, download, build
MILLRACE_INSTALL  no: do not install or start a Docker engine
`;

/** Rewrites one line on a terminal; elsewhere writes a line when something new begins, not for every second of it. */
function reporter(): Report {
    let last = "";
    return (line) => {
        if (process.stderr.isTTY) {
            process.stderr.write(`\r\x1b[K${line}`);
            return;
        }
        const what = line.replace(/(: [\d. a-z]+| \(about [^)]*\))$/, "");
        if (what !== last) process.stderr.write(`${line}\n`);
        last = what;
    };
}

async function main(): Promise<void> {
    const root = resolve(__dirname, "..", "..");
    const { values } = parseArgs({
        options: { engine: { type: "boolean" }, env: { type: "boolean" }, help: { type: "boolean", short: "h" } },
    });
    if (values.help) {
        process.stdout.write(HELP);
        return;
    }
    if (values.env) {
        for (const [name, value] of Object.entries(toolchainEnvironment(root))) {
            process.stdout.write(`export ${name}='${value.replaceAll("'", "'\\''")}'\n`);
        }
        return;
    }
    const report = reporter();
    const { description, notes } = await ensureToolchain({ root, report });
    const engine = values.engine ? await (await import("./docker-engine")).ensureDockerEngine({ report }) : undefined;
    if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
    for (const line of [...notes, description, ...(engine ? [engine.description] : [])]) {
        process.stdout.write(`${line}\n`);
    }
}

main().catch((error: unknown) => {
    process.stderr.write(`\nerror: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
});
