import { silenceNegativeTimerWarnings } from "../lib/ledger/timer-warnings";
import { runClickstream } from "./clickstream/main";
import { CLICKSTREAM_OPTIONS, clickstreamProblems } from "./clickstream/options";
import { jsonLog } from "./log";
import { describeOptions, parseOptions } from "./options";

const HELP = `Usage: generators <kind> [flags]

Makes source data, sends it to Kafka, and keeps a ledger of what the broker has acknowledged.
Every flag can also be given as the variable in brackets. SIGTERM ends a run in order.

Kinds:
  clickstream   visitors of a web shop: page views, product views, carts, purchases

Flags of clickstream:
${describeOptions(CLICKSTREAM_OPTIONS)}

Exit codes: 0 done or stopped in order, 1 failed, 2 wrong parameters.
`;

function refuse(problems: readonly string[]): never {
    process.stderr.write(`${problems.map((problem) => `error: ${problem}`).join("\n")}\nSee --help.\n`);
    process.exit(2);
}

async function main(): Promise<void> {
    const [kind, ...rest] = process.argv.slice(2);
    if (process.argv.includes("--help") || process.argv.includes("-h")) {
        process.stdout.write(HELP);
        return;
    }
    if (kind !== "clickstream") refuse([kind === undefined ? "no kind given" : `unknown kind "${kind}"`]);
    const parsed = parseOptions(CLICKSTREAM_OPTIONS, rest, process.env, clickstreamProblems);
    if ("problems" in parsed) refuse(parsed.problems);

    const log = jsonLog(process.stdout, parsed.values.logLevel, { generator: kind });
    silenceNegativeTimerWarnings();
    process.removeAllListeners("warning");
    process.on("warning", ({ name, message }) => log("warn", message, { warning: name }));
    const stop = new AbortController();
    for (const name of ["SIGTERM", "SIGINT"] as const) {
        process.on(name, () => {
            if (stop.signal.aborted) process.exit(1);
            log("info", "stopping", { signal: name });
            stop.abort();
        });
    }
    try {
        await runClickstream(parsed.values, stop.signal, log);
        process.exit(0);
    } catch (error) {
        log("error", error instanceof Error ? error.message : String(error));
        process.exit(1);
    }
}

void main();
