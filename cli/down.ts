import { rm } from "node:fs/promises";
import { createInterface } from "node:readline/promises";
import { pruneImages } from "../build/image-builder/prune";
import { deploy } from "./deploy";
import { containersOf, engine, engineAnswers, networksOf, volumesOf } from "./engine";
import { recordedImages } from "./image-decision";
import { elapsed, say, sayError } from "./output";
import { runSteps, step } from "./progress";
import { recover } from "./recover";
import { describeChanges, openStack } from "./stack";
import { hostBootstrapServers, stackSettings } from "./stack-settings";
import { ownsBackend, STATE, stackEnvironment, TOOLS } from "./workspace";

/**
 * Removes everything that runs: containers, network and volumes with their data. Tools, images and configuration stay.
 * @returns the exit code: 1 when something of the stack is left.
 */
export async function down(verbose: boolean): Promise<number> {
    const started = Date.now();
    const name = stackEnvironment().PULUMI_STACK;
    const docker = engine();
    if (!(await engineAnswers(docker))) {
        sayError("no Docker engine answers, so nothing of the stack can run\n  Way out: make up starts it.");
        return 1;
    }
    const source = recordedImages(name);
    const settings = stackSettings(name, source);
    const stack = await openStack(source);
    await runSteps(
        [
            step("state", async () => {
                if (!ownsBackend()) return "in a backend of your own";
                return (await recover(name, hostBootstrapServers(settings), async () => stack)) || "nothing left over";
            }),
            step("down", async (report) => {
                // A process that is about to lose its data needs no clean stop, and Pinot's takes longer than all the rest.
                if (!settings.deletionProtection) await stopAtOnce(name);
                const destroy = () =>
                    deploy(stack, "destroy", {
                        report,
                        ...(verbose && { onOutput: (text: string) => process.stdout.write(text) }),
                    });
                let result = await destroy();
                if (result.errors.length > 0) {
                    // A network can be in use for a moment after its last container is gone.
                    report(`once more: ${result.errors[0]?.split("\n")[0]}`);
                    result = await destroy();
                }
                const left = (await leftOf(name)).map((thing) => `${thing} is left`);
                const problems = [...result.errors, ...left];
                if (problems.length > 0) throw new Error(problems.join("\n"));
                return describeChanges(result.changes);
            }),
        ],
        {},
        verbose,
    );
    say(`nothing of stack ${name} runs any more (${elapsed(Date.now() - started)})`);
    return 0;
}

/** Ends all containers of a stack together; they stay, for Pulumi to remove. */
async function stopAtOnce(stack: string): Promise<void> {
    const docker = engine();
    const running = (await containersOf(docker, stack)).filter(
        ({ state }) => state === "running" || state === "restarting",
    );
    await Promise.all(
        running.map(({ id }) =>
            docker
                .getContainer(id)
                .stop({ t: 1 })
                .catch(() => undefined),
        ),
    );
}

/** Containers, volumes and networks of a stack that still exist, in words. */
async function leftOf(stack: string): Promise<string[]> {
    const docker = engine();
    return [
        ...(await containersOf(docker, stack)).map(({ name }) => `container ${name}`),
        ...(await volumesOf(docker, stack)).map((name) => `volume ${name}`),
        ...(await networksOf(docker, stack)).map(({ name }) => `network ${name}`),
    ];
}

/**
 * Removes what the project made on this machine: images, tools, state. Asks first, unless `yes`.
 * @returns the exit code: 1 when something still runs or the answer was no.
 */
export async function clean(yes: boolean): Promise<number> {
    const docker = engine();
    const answers = await engineAnswers(docker);
    const name = stackEnvironment().PULUMI_STACK;
    const left = answers ? await leftOf(name) : [];
    if (left.length > 0) {
        sayError(
            `stack ${name} still has ${left.join(", ")}\n  Way out: make down first; without the state nobody knows them.`,
        );
        return 1;
    }
    say(`This removes ${TOOLS} (tools), ${STATE} (Pulumi state and passphrase) and our container images.`);
    say("Docker, its other images and everything outside this folder stay.");
    if (!yes && !(await confirmed("Remove them? [y/N] "))) {
        say("nothing was removed");
        return 1;
    }
    if (answers) say(`${await pruneImages()} images removed`);
    await rm(STATE, { recursive: true, force: true });
    await rm(TOOLS, { recursive: true, force: true });
    say("clean");
    return 0;
}

async function confirmed(question: string): Promise<boolean> {
    if (!process.stdin.isTTY) {
        say("no terminal to ask on: set YES=1 to go on");
        return false;
    }
    const prompt = createInterface({ input: process.stdin, output: process.stdout });
    try {
        return /^y(es)?$/i.test((await prompt.question(question)).trim());
    } finally {
        prompt.close();
    }
}
