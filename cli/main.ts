import { Command, InvalidArgumentError } from "commander";
import { silenceNegativeTimerWarnings } from "../lib/ledger/timer-warnings";
import { endInOrder } from "./interruption";
import { withProjectLock } from "./lock";
import { say, sayError } from "./output";

silenceNegativeTimerWarnings();

/** Runs a command: its number is the exit code, its error is told without a stack trace unless `--verbose`. */
function run(name: string, body: () => Promise<number | undefined>, exclusive = false): () => Promise<void> {
    return async () => {
        try {
            if (exclusive) endInOrder();
            process.exitCode = (await (exclusive ? withProjectLock(name, body) : body())) ?? 0;
        } catch (error) {
            sayError(error, program.opts<{ verbose?: boolean }>().verbose);
            process.exitCode = 1;
        }
    };
}

/** `50,200` as numbers. */
function counts(text: string): number[] {
    const numbers = text.split(",").map(Number);
    if (numbers.every((number) => Number.isInteger(number) && number > 0)) return numbers;
    throw new InvalidArgumentError("say whole numbers with commas between them.");
}

/** How many tables are measured when nothing is said. */
const TABLE_COUNTS = [50, 100, 200, 400];

const verbose = (): boolean => program.opts<{ verbose?: boolean }>().verbose ?? false;

const program = new Command("millrace")
    .description("A real-time analytics platform and everything inside it, with numbers that are proven right.")
    .option("-v, --verbose", "show Pulumi's own output and stack traces")
    .showHelpAfterError();

// Each command loads its own modules: `urls` need not wait for what `up` needs.
program
    .command("up")
    .description("bring the stack up, prove its numbers, print its addresses")
    .option("--no-verify", "do not compare the stores with the ledgers at the end")
    .option("--timeline", "show when each resource was made, and what it waited for", false)
    .action(async (flags: { verify: boolean; timeline: boolean }) =>
        run("up", async () => (await import("./up")).up({ verbose: verbose(), ...flags }), true)(),
    );

program
    .command("down")
    .description("remove all containers, networks and volumes of the stack, with their data")
    .action(async () => run("down", async () => (await import("./down")).down(verbose()), true)());

program
    .command("preview")
    .description("say what up would change")
    .option("--policy", "judge it by the policy pack in policy/", false)
    .option("--policy-config <file>", "the same, with settings and enforcement levels by policy")
    .action(async (flags: { policy: boolean; policyConfig?: string }) =>
        run("preview", async () => (await import("./engine-commands")).preview({ verbose: verbose(), ...flags }))(),
    );

program
    .command("refresh")
    .description("ask every server what it holds and bring the state up to date")
    .action(async () => run("refresh", async () => (await import("./engine-commands")).refresh(verbose()), true)());

program
    .command("verify")
    .description("compare every store with what the generators sent")
    .option("--json", "machine-readable")
    .action(async (flags: { json?: boolean }) =>
        run("verify", async () => (await import("./verify-stack")).verifyStack(flags))(),
    );

program
    .command("freshness")
    .description("measure how long an event takes until a query finds it")
    .option("--json", "machine-readable")
    .option("--rate <n>", "send events of the probe's own at this rate, instead of watching the generator", Number)
    .option("--seconds <n>", "how long", Number, 20)
    .option("--minutes <n>", "also wait for so many minutes to close, and measure their row of active users", Number, 0)
    .action(async (flags: { json?: boolean; rate?: number; seconds: number; minutes: number }) =>
        run("freshness", async () => {
            const [{ freshnessCommand }, { isRawOnly, stackEndpoints }] = await Promise.all([
                import("./freshness"),
                import("./verify-stack"),
            ]);
            return freshnessCommand(await stackEndpoints(), { ...flags, rawOnly: isRawOnly() });
        })(),
    );

program
    .command("bench")
    .description("measure throughput, freshness and memory of the running stack")
    .option("--json", "machine-readable", false)
    .option("--restart", "also stop all servers, and measure how long they take to be ready again", false)
    .option("--tables [counts]", "measure up, preview and destroy of many Pinot tables instead, such as 50,200", counts)
    .action(async ({ tables = [], ...flags }: { json: boolean; restart: boolean; tables?: number[] | true }) =>
        run("bench", async () =>
            (await import("./bench")).bench({ ...flags, tables: tables === true ? TABLE_COUNTS : tables }),
        )(),
    );

for (const name of ["status", "ps"]) {
    program
        .command(name)
        .description("list the stack's containers with state, memory and ports")
        .option("--json", "machine-readable")
        .action(async (flags: { json?: boolean }) =>
            run(name, async () => (await import("./status")).status(flags.json ?? false))(),
        );
}

program
    .command("logs [service]")
    .description("print what a service wrote")
    .option("-n, --lines <n>", "how many lines", Number, 100)
    .option("-f, --follow", "go on until interrupted")
    .action(async (service: string | undefined, flags: { lines: number; follow?: boolean }) =>
        run("logs", async () => (await import("./status")).logs(service, flags.lines, flags.follow ?? false))(),
    );

program
    .command("urls")
    .description("print the addresses of the stack's servers")
    .action(async () =>
        run("urls", async () => {
            const [{ sayEndpoints }, { stackEndpoints }] = await Promise.all([
                import("./urls"),
                import("./verify-stack"),
            ]);
            sayEndpoints(await stackEndpoints());
            return 0;
        })(),
    );

program
    .command("env")
    .description('print variables for a shell: eval "$(make -s env)"')
    .action(async () =>
        run("env", async () => {
            say((await import("./environment")).shellEnvironment());
            return 0;
        })(),
    );

program
    .command("images [names...]")
    .description("build or pull what is missing: all images, or those named")
    .action(async (names: string[]) =>
        run("images", async () => (await import("./images")).images(names, verbose()), true)(),
    );

program
    .command("tools")
    .description("fetch or build the tools that this machine lacks")
    .action(async () => run("tools", async () => (await import("./images")).tools(verbose()), true)());

program
    .command("doctor")
    .description("look at the machine: what is there, what make up would bring, what is missing")
    .action(async () => run("doctor", async () => (await import("./doctor")).doctorCommand())());

program
    .command("clean")
    .description("remove images, tools and state of this project, after asking")
    .option("-y, --yes", "do not ask")
    .action(async (flags: { yes?: boolean }) =>
        run("clean", async () => (await import("./down")).clean(flags.yes ?? false))(),
    );

void program.parseAsync();
