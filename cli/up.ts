import { cpus } from "node:os";
import pc from "picocolors";
import { ensureImages } from "../build/image-builder/ensure-images";
import { ensureDockerEngine } from "../build/toolchain/docker-engine";
import { ensureToolchain } from "../build/toolchain/ensure-toolchain";
import { leftOutServers } from "../lib/servers";
import type { Settings } from "../lib/settings";
import { criticalPath, type TimelineEntry, timeline as timelineOf } from "./critical-path";
import { deploy } from "./deploy";
import { engine } from "./engine";
import { explainContainers } from "./explain";
import { decideImages, type ImageDecision } from "./image-decision";
import { stopIfInterrupted } from "./interruption";
import { gigabytes, machineResources } from "./machine";
import { columns, elapsed, say } from "./output";
import { preflight } from "./preflight";
import { runSteps, step, together } from "./progress";
import { recover } from "./recover";
import { revive } from "./revive";
import { describeChanges, openStack, stackDependencies } from "./stack";
import { planStack, type StackPlan } from "./stack-plan";
import { hostBootstrapServers, rawStackSettings, stackSettings } from "./stack-settings";
import { sayEndpoints, sayNextSteps } from "./urls";
import { stackEndpoints, verifyStack } from "./verify-stack";
import { ownsBackend, prepareState, ROOT, stackEnvironment } from "./workspace";

/** Flags of `millrace up`. */
export interface UpFlags {
    /** Show Pulumi's own output. */
    readonly verbose: boolean;
    /** Compare the stores with the ledgers at the end. */
    readonly verify: boolean;
    /** Show when each resource was made, and what it waited for. */
    readonly timeline: boolean;
}

/**
 * Brings the stack up: engine, tools, images, a look at the machine, Pulumi, and the proof that the numbers are right.
 * Every step does nothing when there is nothing to do, and a failed or interrupted run is finished by the next one.
 * @returns the exit code.
 */
export async function up({ verbose, verify, timeline }: UpFlags): Promise<number> {
    const started = Date.now();
    prepareState();
    const name = stackEnvironment().PULUMI_STACK;
    say(
        pc.bold(`millrace up · stack ${name}`) +
            ` · ${cpus().length} cores, ${gigabytes(machineResources(ROOT).freeMemory)} free`,
    );

    const context: Context = {};
    await runSteps<Context>(
        [
            step("engine", async (report) => (await ensureDockerEngine({ report })).description),
            step("settings", async (_report, known) => {
                known.decision = await decideImages(name);
                known.settings = stackSettings(name, known.decision.source);
                known.plan = await planStack(known.settings);
                const leftOut = leftOutServers(rawStackSettings(name).servers, known.settings.servers);
                const without = leftOut.length === 0 ? "" : `; without ${leftOut.join(", ")}: needs an image registry`;
                return `size ${known.settings.size}, images ${known.decision.source} (${known.decision.reason})${without}`;
            }),
            // Compilers and image builds fill each other's waits for downloads.
            together("tools and images", [
                step("tools", async (report) => (await ensureToolchain({ root: ROOT, report })).description),
                step("images", async (report, known) => {
                    const { plan, decision } = decided(known);
                    const { images: names } = plan;
                    return (await ensureImages({ root: ROOT, names, source: decision.source, report })).description;
                }),
            ]),
            step("machine", async (_report, known) => {
                const { plan, settings } = decided(known);
                return preflight(name, plan, settings.bindAddress);
            }),
            step("state", async (report, known) => {
                if (!ownsBackend()) return "in a backend of your own";
                const { settings, decision } = decided(known);
                const open = () => openStack(decision.source);
                const recovered = await recover(name, hostBootstrapServers(settings), open);
                const revival = await revive(name, open, report);
                known.askable = revival.askable;
                return [recovered, revival.description].filter((text) => text !== "").join("; ");
            }),
            step("data plane", async (report, known) => {
                const stack = await openStack(decided(known).decision.source);
                const result = await deploy(stack, "up", {
                    report,
                    // What was changed by hand inside a server shows only when the server is asked.
                    refresh: known.askable ?? false,
                    ...(verbose && { onOutput: (text: string) => process.stdout.write(text) }),
                });
                if (result.errors.length > 0) {
                    const ailing = await explainContainers(engine(), name);
                    throw new Error([...result.errors, ...ailing, "make up again goes on from here"].join("\n"));
                }
                if (result.changes.created > 0 || timeline) {
                    known.timeline = timelineOf(result.timings, await stackDependencies(stack));
                }
                return [describeChanges(result.changes), ...describePath(known.timeline ?? [])].join("; ");
            }),
        ],
        context,
        verbose,
    );

    stopIfInterrupted();
    if (timeline) sayTimeline(context.timeline ?? []);
    const code = verify ? await verifyStack() : 0;
    say();
    sayEndpoints(await stackEndpoints());
    sayNextSteps();
    say(pc.dim(`  up in ${elapsed(Date.now() - started)}`));
    return code;
}

/** What the first steps find out for the later ones. */
interface Context {
    decision?: ImageDecision;
    settings?: Settings;
    plan?: StackPlan;
    timeline?: readonly TimelineEntry[];
    /** Every server of the stack runs already and can be asked what it holds. */
    askable?: boolean;
}

function decided({ decision, settings, plan }: Context): {
    decision: ImageDecision;
    settings: Settings;
    plan: StackPlan;
} {
    if (!decision || !settings || !plan) throw new Error("the settings step has not run");
    return { decision, settings, plan };
}

/** The chain that decided how long it took, without what took no time worth a word. */
function describePath(entries: readonly TimelineEntry[]): string[] {
    const path = criticalPath(entries).filter(({ start, end }) => end - start >= 0.5);
    if (path.length === 0) return [];
    return [
        `longest chain ${path.map(({ name, start, end }) => `${name} ${elapsed(1_000 * (end - start))}`).join(" → ")}`,
    ];
}

function sayTimeline(entries: readonly TimelineEntry[]): void {
    const seconds = (value: number): string => value.toFixed(1).padStart(6);
    const rows = entries.map(({ name, start, end, waitedFor }) => [
        name,
        `${seconds(start)} s`,
        `${seconds(end)} s`,
        waitedFor === undefined ? "" : `after ${waitedFor.name}`,
    ]);
    say();
    for (const line of columns([["resource", "  from", "  to", "waited for"], ...rows])) say(line);
    say();
}
