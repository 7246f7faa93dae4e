import { silenceNegativeTimerWarnings } from "../lib/ledger/timer-warnings";
import { runClickstream } from "./clickstream/main";
import { CLICKSTREAM_OPTIONS, clickstreamProblems } from "./clickstream/options";
import { runCustomerCdc } from "./customer-cdc/main";
import { CUSTOMER_CDC_OPTIONS } from "./customer-cdc/options";
import { jsonLog, type Level, type Log } from "./log";
import { describeOptions, parseOptions } from "./options";

const HELP = `Usage: generators <kind> [flags]

Makes source data, sends it to Kafka, and keeps a ledger of what the broker has acknowledged.
Every flag can also be given as the variable in brackets. SIGTERM ends a run in order.

Kinds:
  clickstream   visitors of a web shop: page views, product views, carts, purchases
  customer-cdc  changes of persons and orders in a PostgreSQL database: the source of change data capture

Flags of clickstream:
${describeOptions(CLICKSTREAM_OPTIONS)}

Flags of customer-cdc:
${describeOptions(CUSTOMER_CDC_OPTIONS)}

Exit codes: 0 done or stopped in order, 1 failed, 2 wrong parameters.
`;

function refuse(problems: readonly string[]): never {
    process.stderr.write(`${problems.map((problem) => `error: ${problem}`).join("\n")}\nSee --help.\n`);
    process.exit(2);
}

/** A kind with its parameters read: what is left is to run it. */
interface Starter {
    readonly logLevel: Level;
    run(signal: AbortSignal, log: Log): Promise<void>;
}

function starterOf(kind: string | undefined, args: readonly string[]): Starter {
    if (kind === "clickstream") {
        const parsed = parseOptions(CLICKSTREAM_OPTIONS, args, process.env, clickstreamProblems);
        if ("problems" in parsed) refuse(parsed.problems);
        const { values } = parsed;
        return { logLevel: values.logLevel, run: (signal, log) => runClickstream(values, signal, log) };
    }
    if (kind === "customer-cdc") {
        const parsed = parseOptions(CUSTOMER_CDC_OPTIONS, args, process.env);
        if ("problems" in parsed) refuse(parsed.problems);
        const { values } = parsed;
        return { logLevel: values.logLevel, run: (signal, log) => runCustomerCdc(values, signal, log) };
    }
    return refuse([kind === undefined ? "no kind given" : `unknown kind "${kind}"`]);
}

async function main(): Promise<void> {
    const [kind, ...rest] = process.argv.slice(2);
    if (process.argv.includes("--help") || process.argv.includes("-h")) {
        process.stdout.write(HELP);
        return;
    }
    const start = starterOf(kind, rest);
    const log = jsonLog(process.stdout, start.logLevel, { generator: kind });
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
        await start.run(stop.signal, log);
        process.exit(0);
    } catch (error) {
        log("error", error instanceof Error ? error.message : String(error));
        process.exit(1);
    }
}

void main();
