import { availableParallelism, userInfo } from "node:os";
import pc from "picocolors";
import { findBuildClient } from "../build/toolchain/docker-build-client";
import { examineEngine } from "../build/toolchain/docker-engine";
import { foreseeToolchain } from "../build/toolchain/ensure-toolchain";
import { readPins } from "../build/toolchain/pins";
import {
    diagnoseCores,
    diagnoseEngine,
    diagnoseNode,
    diagnosePorts,
    diagnosePulumi,
    diagnoseResources,
    diagnoseUser,
    exitCode,
    type Finding,
    type Verdict,
} from "./doctor/diagnosis";
import { containersOf, engine } from "./engine";
import { decideImages, type ImageDecision } from "./image-decision";
import { machineResources, resourceProblems } from "./machine";
import { columns, say } from "./output";
import { takenPorts } from "./ports";
import { type MemoryNeed, planStack } from "./stack-plan";
import { stackSettings } from "./stack-settings";
import { ROOT, stackEnvironment, TOOLS } from "./workspace";

/** What a stack asks of the machine. */
export interface Demands {
    /** Which way images come, as further lines of the table. */
    readonly images: readonly Finding[];
    /** Whether images are built here, so that a `docker` program is needed for it. */
    readonly buildsImages: boolean;
    readonly bindAddress: string;
    /** Ports that nothing of the stack holds yet. */
    readonly ports: readonly { readonly name: string; readonly port: number }[];
    /** Memory of what does not run yet, in megabytes. */
    readonly needs: readonly MemoryNeed[];
}

/**
 * Looks at the machine without changing it and prints one table: what is there, what `make up` would bring, what is
 * missing and how to get it.
 * @returns the exit code: 1 when something is missing that `make up` cannot bring.
 */
export async function doctor({ images, buildsImages, bindAddress, ports, needs }: Demands): Promise<number> {
    const resources = machineResources(ROOT);
    const [circumstances, pulumi, taken, client] = await Promise.all([
        examineEngine(),
        foreseeToolchain(ROOT),
        takenPorts(bindAddress, ports),
        buildsImages ? buildClient() : [],
    ]);
    const { username } = userInfo();
    const findings: Finding[] = [
        diagnoseNode(process.versions.node, readPins(ROOT).nodeFloor, process.execPath.startsWith(TOOLS)),
        ...diagnosePulumi(pulumi),
        diagnoseEngine(circumstances),
        // An engine that `make up` installs brings its client.
        ...(circumstances.probe.state === "answers" ? client : []),
        ...images,
        ...diagnoseResources(
            resources,
            needs.reduce((sum, { megabytes }) => sum + megabytes, 0),
            resourceProblems(needs, resources),
        ),
        diagnoseCores(availableParallelism()),
        ...diagnosePorts(ports, taken),
        diagnoseUser(username, process.getuid?.() === 0),
    ];
    for (const line of table(findings)) say(line);
    const code = exitCode(findings);
    say();
    say(code === 0 ? "make up can bring the stack up here." : "make up needs what is missing above.");
    return code;
}

/** `make doctor` for the present stack. @returns the exit code. */
export async function doctorCommand(): Promise<number> {
    const stack = stackEnvironment().PULUMI_STACK;
    const decision = await decideImages(stack);
    const settings = stackSettings(stack, decision.source);
    const plan = await planStack(settings);
    const running = await runningServices(stack);
    return doctor({
        images: [diagnoseImages(decision)],
        buildsImages: decision.source === "built",
        bindAddress: settings.bindAddress,
        ports: plan.ports.filter(({ port }) => !running.ports.has(port)),
        needs: plan.memory.filter(({ service }) => !running.services.has(service)),
    });
}

function diagnoseImages({ source, reason }: ImageDecision): Finding {
    return { what: "images", found: `${source} (${reason})`, verdict: "ok" };
}

async function runningServices(stack: string): Promise<{ services: Set<string>; ports: Set<number> }> {
    // Without an engine nothing runs; what is wrong with the engine is a line of its own.
    const containers = await containersOf(engine(), stack).catch(() => []);
    const running = containers.filter(({ state }) => state === "running");
    return {
        services: new Set(running.map(({ service }) => service)),
        ports: new Set(running.flatMap(({ ports }) => ports.map((port) => Number(/:(\d+)→/.exec(port)?.[1])))),
    };
}

async function buildClient(): Promise<Finding[]> {
    try {
        const { path, version } = await findBuildClient();
        return [{ what: "image builds", found: `${path} ${version}, BuildKit`, verdict: "ok" }];
    } catch (error) {
        const [found = "", ...rest] = (error as Error).message.split("\n");
        return [{ what: "image builds", found, verdict: "missing", wayOut: rest.join("\n").replace("Way out: ", "") }];
    }
}

const COLORS: Readonly<Record<Verdict, (text: string) => string>> = {
    ok: pc.green,
    "make up": pc.cyan,
    warn: pc.yellow,
    missing: pc.red,
};

function table(findings: readonly Finding[]): string[] {
    const lines = columns(findings.map(({ what, verdict, found }) => [what, verdict, found]));
    return lines.flatMap((line, index) => {
        const { verdict = "ok", wayOut = "" } = findings[index] ?? {};
        const indent = " ".repeat(line.indexOf(findings[index]?.found ?? "", 1));
        return [
            line.replace(` ${verdict} `, ` ${COLORS[verdict](verdict)} `),
            ...wayOut.split("\n").flatMap((text) => (text === "" ? [] : [pc.dim(`${indent}→ ${text}`)])),
        ];
    });
}
