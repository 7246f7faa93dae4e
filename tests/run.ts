import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { forgetTestStack, make, prepareTestStack, ROOT, testEnvironment } from "./support/make";

/**
 * Runs every kind of test, cheapest first, and closes with a line that counts them.
 *
 * The platform's life test brings a stack up; the suites against real servers share it, then it gains every server, and
 * the last test takes it down. Then each server is started alone, two
 * at a time, and at last pipelines with all that they need.
 * A failed suite does not stop the others, except that nothing can be asked of servers that never came up.
 */
interface Counts {
    passed: number;
    failed: number;
    skipped: number;
}

const RESULTS = join(ROOT, ".tools", "test-results");

function jest(name: string, args: readonly string[]): Counts {
    process.stdout.write(`\n── ${name} ──\n`);
    const file = join(RESULTS, `${name}.json`);
    rmSync(file, { force: true });
    const { status } = spawnSync(
        process.execPath,
        [join(ROOT, "node_modules", "jest", "bin", "jest.js"), ...args, "--json", `--outputFile=${file}`],
        { cwd: ROOT, env: testEnvironment(), stdio: ["ignore", "ignore", "inherit"] },
    );
    if (!existsSync(file)) return { passed: 0, failed: 1, skipped: 0 };
    const found = JSON.parse(readFileSync(file, "utf8")) as {
        numPassedTests: number;
        numFailedTests: number;
        numPendingTests: number;
        numRuntimeErrorTestSuites: number;
        success: boolean;
    };
    const failed = found.numFailedTests + found.numRuntimeErrorTestSuites;
    return {
        passed: found.numPassedTests,
        // A run that jest calls failed without a failed test (an open handle, a crash) counts as one.
        failed: failed === 0 && status !== 0 ? 1 : failed,
        skipped: found.numPendingTests,
    };
}

const platform = (name: string, files = name): Counts =>
    jest(name, ["--selectProjects", "platform", "--testPathPattern", `platform/(${files})`]);

// A client of a server that was killed may hold a socket for long after its test: it must not hold the run.
const servers = (name: string, ...args: string[]): Counts =>
    jest(name, ["--selectProjects", "servers", "--forceExit", ...args]);

/** Suites that need both cores for themselves: several servers each, or bounds on how long something takes to fail or recover. */
const SEVERAL_SERVERS = "alone/(flink-recovery|flink-sql-job|product-analytics|customer-cdc|customer-views|dashboard)";

async function main(): Promise<number> {
    mkdirSync(RESULTS, { recursive: true });
    const counts: Counts[] = [];
    const check = spawnSync("npm", ["run", "--silent", "check"], { cwd: ROOT, stdio: "inherit" });
    counts.push(check.status === 0 ? { passed: 1, failed: 0, skipped: 0 } : { passed: 0, failed: 1, skipped: 0 });
    counts.push(jest("unit and provider", ["--selectProjects", "unit", "provider", "--maxWorkers=2"]));

    prepareTestStack();
    try {
        counts.push(platform("life", "life|example"));
        counts.push(servers("servers", "--runInBand", "--testPathIgnorePatterns", "/alone/"));
        counts.push(platform("all-servers"));
        counts.push(platform("every-kind"));
        counts.push(platform("engine"));
        counts.push(platform("end"));
        counts.push(platform("machine"));
    } finally {
        // Whatever failed: nothing of a test stays on the machine.
        await make("down");
        forgetTestStack();
    }
    counts.push(
        servers("alone", "--maxWorkers=2", "--testPathPattern", "/alone/", "--testPathIgnorePatterns", SEVERAL_SERVERS),
    );
    counts.push(servers("pipelines", "--runInBand", "--testPathPattern", SEVERAL_SERVERS));

    const total = counts.reduce((sum, { passed, failed, skipped }) => ({
        passed: sum.passed + passed,
        failed: sum.failed + failed,
        skipped: sum.skipped + skipped,
    }));
    process.stdout.write(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped\n`);
    return total.failed === 0 ? 0 : 1;
}

void main().then((code) => {
    process.exitCode = code;
});
