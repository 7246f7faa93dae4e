import type { EngineEvent, Stack } from "@pulumi/pulumi/automation";
import type { Timing } from "./critical-path";
import { interruption } from "./interruption";
import { elapsed } from "./output";
import { type ChangeCount, countChanges, describeEvent } from "./stack";

/** The engine operations that we run with progress. */
export type Operation = "up" | "preview" | "refresh" | "destroy";

/** How a run of the engine ended. */
export interface DeployResult {
    readonly changes: ChangeCount;
    /** Errors in the engine's order, without stack frames. */
    readonly errors: readonly string[];
    /** What policies advise against. */
    readonly advice: readonly string[];
    /** Types and names of what changed, for a person. */
    readonly changed: readonly string[];
    /** When each resource was worked on. */
    readonly timings: readonly Timing[];
}

/** Where policies are. */
export interface PolicyPackPaths {
    readonly pack: string;
    /** JSON with settings and enforcement levels by policy. @default the pack's own */
    readonly config?: string;
}

/** Options of {@link deploy}. */
export interface DeployOptions {
    /** Called with one line that says what is under way. */
    readonly report: (line: string) => void;
    /** Ask the providers what exists before an update. @default false */
    readonly refresh?: boolean;
    /** A refresh that finds differences counts as failed. @default false */
    readonly expectNoChanges?: boolean;
    /** Policies that a preview is judged by. @default none */
    readonly policies?: PolicyPackPaths;
    /** Everything that Pulumi writes, for `--verbose`. */
    readonly onOutput?: (text: string) => void;
}

/**
 * Runs the engine and follows its events.
 * @returns also when the engine failed: the errors say why. Only a failure without any diagnostic is thrown.
 */
export async function deploy(stack: Stack, operation: Operation, options: DeployOptions): Promise<DeployResult> {
    const follower = new EventFollower(options.report);
    const onEvent = (event: EngineEvent): void => follower.take(event);
    const common = { onEvent, signal: interruption, ...(options.onOutput && { onOutput: options.onOutput }) };
    try {
        if (operation === "up") await stack.up({ ...common, refresh: options.refresh ?? false });
        else if (operation === "preview")
            await stack.preview({
                ...common,
                refresh: options.refresh ?? false,
                diff: true,
                ...(options.policies && { policyPacks: [options.policies.pack] }),
                ...(options.policies?.config && { policyPackConfigs: [options.policies.config] }),
            });
        else if (operation === "refresh") {
            await stack.refresh({ ...common, expectNoChanges: options.expectNoChanges ?? false });
        } else await stack.destroy(common);
    } catch (error) {
        if (follower.errors.length === 0) throw error;
    } finally {
        follower.stop();
    }
    return follower.result();
}

/** Turns the engine's events into progress lines, errors and timings. */
class EventFollower {
    readonly errors: string[] = [];
    private readonly advice: string[] = [];
    private readonly running = new Map<string, { name: string; since: number }>();
    private readonly finished: Timing[] = [];
    private readonly began = Date.now();
    private readonly changed: string[] = [];
    private changes: ChangeCount = countChanges(undefined);
    private readonly ticker: NodeJS.Timeout;

    constructor(private readonly report: (line: string) => void) {
        this.ticker = setInterval(() => this.tell(), 1_000);
        this.ticker.unref();
    }

    take(event: EngineEvent): void {
        if (event.summaryEvent) this.changes = countChanges(event.summaryEvent.resourceChanges);
        const diagnostic = event.diagnosticEvent;
        if (diagnostic?.severity === "error") this.takeError(diagnostic.message, diagnostic.urn);
        const policy = event.policyEvent;
        if (policy?.enforcementLevel === "mandatory") this.takeError(policy.message);
        else if (policy) this.advice.push(plainMessage(policy.message));
        const step = describeEvent(event);
        if (step === undefined) return;
        if (step.phase === "start") {
            this.running.set(step.urn, { name: step.name, since: Date.now() });
            this.changed.push(`${step.operation} ${step.type.split(":").at(-1)} ${step.name}`);
        } else {
            const started = this.running.get(step.urn);
            if (started) {
                const second = (time: number): number => (time - this.began) / 1000;
                this.finished.push({
                    urn: step.urn,
                    name: step.name,
                    start: second(started.since),
                    end: second(Date.now()),
                });
            }
            this.running.delete(step.urn);
        }
        this.tell();
    }

    stop(): void {
        clearInterval(this.ticker);
    }

    result(): DeployResult {
        return {
            changes: this.changes,
            errors: this.errors,
            advice: this.advice,
            changed: [...new Set(this.changed)],
            timings: this.finished,
        };
    }

    private takeError(message: string, urn?: string): void {
        const text = namedMessage(plainMessage(message), urn);
        if (text !== "" && !this.errors.includes(text)) this.errors.push(text);
    }

    private tell(): void {
        const names = [...this.running.values()].map(({ name, since }) => `${name} ${elapsed(Date.now() - since)}`);
        if (names.length > 0) this.report(names.join(" · "));
    }
}

/** A diagnostic that names what it is about: the docker provider's own words leave that to the reader. */
export function namedMessage(text: string, urn: string | undefined): string {
    if (text === "" || urn === undefined) return text;
    const [type = "", name = ""] = urn.split("::").slice(-2);
    if (!type.endsWith("docker:index/container:Container") || text.includes(`"${name}"`)) return text;
    return `service "${name}": ${text}`;
}

/**
 * A diagnostic without the engine's colour marks, stack frames, the bridge's own position in its source, and the
 * sentence that only says that something failed; empty when nothing is left.
 */
export function plainMessage(message: string): string {
    const text = message
        // The engine's colour marks look like <{%fg 1%}>.
        .replace(/<\{%[^%]*%\}>/g, "")
        .split("\n")
        .filter((line) => !/^\s+at .+[(:]\d+/.test(line))
        .map((line) =>
            line.replace(/^\s*sdk-v2\/provider\d*\.go:\d+: sdk\.helper_schema: (.*?)(: provider=\S+)?$/, "$1"),
        )
        .join("\n")
        .trim();
    if (/^(update|preview|refresh|destroy) failed$/.test(text)) return "";
    // The bridge says each error twice: bare, and in a list of one.
    if (/^(refreshing urn:\S+: )?1 error occurred:\s*\n\s*\*/.test(text)) return "";
    return text.replace(/^(error: )+/, "").replace(/^Error: /, "");
}
