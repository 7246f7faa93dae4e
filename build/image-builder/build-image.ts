import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Recipe } from "../../lib/images";
import { PREPARE_HELPERS, recipeFiles } from "../../lib/images/recipe";
import type { BuildClient } from "../toolchain/docker-build-client";
import { buildError, failureReason } from "./build-failure";
import { IMAGE_LABEL } from "./engine-images";
import { type LoggedRun, runLogged } from "./run-logged";

/** What the two steps of a build share. */
export interface BuildContext {
    /** The project's folder. */
    readonly root: string;
    readonly client: BuildClient;
    /** Tag of a recipe's image. */
    readonly tagOf: (recipe: string) => string;
    readonly report: (line: string) => void;
    readonly signal: AbortSignal;
    /** Build every layer anew. */
    readonly fresh: boolean;
}

const ATTEMPTS = 3;

/** Any fixed moment will do: what is made of the same packages shall have the same bytes. */
const SOURCE_DATE_EPOCH = "1700000000";

/** Variables by which a machine sets up a proxy; the engine knows them as build arguments that leave no trace. */
const PROXY_VARIABLES = ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"].flatMap((name) => [name, name.toLowerCase()]);

/** Folder below `.tools` for what is under construction. */
export function workFolder(root: string): string {
    return join(root, ".tools", "images");
}

/** Log of an image's last build. */
export function logFile(root: string, image: string): string {
    return join(root, ".tools", "logs", "images", `${image}.log`);
}

/** Empties an image's log. */
export function startLog(root: string, image: string): void {
    mkdirSync(dirname(logFile(root, image)), { recursive: true });
    writeFileSync(logFile(root, image), "");
}

/**
 * Makes the folder that the Dockerfile runs in: the recipe's files and what its `prepare.sh` adds. What an earlier,
 * interrupted run has prepared is used.
 */
export async function prepareImage(recipe: Recipe, context: BuildContext): Promise<void> {
    const { root, fresh } = context;
    const folder = contextFolder(root, recipe.name);
    const mark = `${folder}.prepared`;
    if (!fresh && existsSync(mark) && readFileSync(mark, "utf8") === recipe.hash) return;

    rmSync(mark, { force: true });
    rmSync(folder, { recursive: true, force: true });
    for (const file of recipeFiles(recipe.folder)) cpSync(join(recipe.folder, file), join(folder, file));
    if (recipe.prepared) {
        const cache = join(workFolder(root), "cache", recipe.name);
        mkdirSync(cache, { recursive: true });
        const path = [join(root, PREPARE_HELPERS), dirname(process.execPath), process.env.PATH ?? ""];
        await insist("preparing", recipe, context, {
            command: "sh",
            args: ["prepare.sh"],
            cwd: folder,
            env: {
                ...process.env,
                PATH: path.join(delimiter),
                MILLRACE_ROOT: root,
                MILLRACE_CACHE: cache,
                SOURCE_DATE_EPOCH,
            },
        });
    }
    writeFileSync(mark, recipe.hash);
}

/** Runs the Dockerfile. The tag appears when all is done, never before. */
export async function buildImage(recipe: Recipe, context: BuildContext): Promise<void> {
    const { root, client, tagOf, fresh } = context;
    const folder = contextFolder(root, recipe.name);
    const bases = recipe.bases.flatMap(({ argument, recipe: base }) =>
        base === undefined ? [] : ["--build-arg", `${argument}=${tagOf(base)}`],
    );
    const proxies = PROXY_VARIABLES.filter((name) => process.env[name] !== undefined).flatMap((name) => [
        "--build-arg",
        name,
    ]);
    await insist("building", recipe, context, {
        command: client.path,
        args: [
            ...["build", "--progress", "plain", "--tag", recipe.tag, "--label", `${IMAGE_LABEL}=${recipe.name}`],
            ...(fresh ? ["--no-cache"] : []),
            ...bases,
            ...proxies,
            ".",
        ],
        cwd: folder,
        env: { ...process.env, ...client.env },
    });
    rmSync(`${folder}.prepared`, { force: true });
    rmSync(folder, { recursive: true, force: true });
}

/** Runs a step, up to three times if the network fails it. */
async function insist(
    doing: string,
    { name }: Recipe,
    { root, report, signal }: BuildContext,
    run: Pick<LoggedRun, "command" | "args" | "cwd" | "env">,
): Promise<void> {
    const log = logFile(root, name);
    report(doing);
    for (let attempt = 1; ; attempt++) {
        const { failure, output } = await runLogged({
            ...run,
            log,
            signal,
            onLine: (line) => {
                const text = progressText(line);
                if (text !== "") report(`${doing}: ${text}`);
            },
        });
        if (failure === undefined) return;
        if (attempt === ATTEMPTS || failureReason(output).kind !== "network") {
            throw buildError({ image: name, doing, ending: failure, attempts: attempt, output, log });
        }
        const pause = 2 * 3 ** (attempt - 1);
        report(`a download failed, attempt ${attempt + 1} of ${ATTEMPTS} in ${pause} s`);
        await sleep(pause * 1_000, undefined, { signal });
    }
}

/** What a line of a build's output says to a person, without BuildKit's step numbers and times; "" for nothing. */
export function progressText(line: string): string {
    return line
        .replace(/^#\d+ (?:\d+\.\d+ |sha256:.*|DONE.*|CACHED.*|\[internal\].*)?/, "")
        .replace(/^\[[^\]]*\] /, "")
        .replace(/\b[a-z][a-z0-9+.-]*:\/\/\S+/gi, "…")
        .trim()
        .slice(0, 70);
}

function contextFolder(root: string, image: string): string {
    return join(workFolder(root), image);
}
