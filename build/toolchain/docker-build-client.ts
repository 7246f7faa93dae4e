import { askProgram } from "./ask-program";
import { ToolchainError } from "./failure";
import { programsOnPath } from "./find-program";
import { isAtLeast } from "./versions";

/** A `docker` program that builds with BuildKit. */
export interface BuildClient {
    readonly path: string;
    readonly version: string;
    /** Variables that switch BuildKit on. */
    readonly env: { readonly DOCKER_BUILDKIT: "1" };
}

/** What a `docker` program says of itself. */
export interface ClientFacts {
    readonly path: string;
    readonly version: string;
    readonly hasBuildx: boolean;
}

/** From this version on a client without the buildx plugin has no BuildKit of its own and takes the legacy builder. */
const NEEDS_BUILDX = "23.0.0";

/** Clients older than this know no BuildKit at all. */
const KNOWS_BUILDKIT = "18.9.0";

/** Whether a client builds with BuildKit when DOCKER_BUILDKIT=1 asks for it. Pure. */
export function buildsWithBuildKit({ version, hasBuildx }: ClientFacts): boolean {
    return hasBuildx || (isAtLeast(version, KNOWS_BUILDKIT) && !isAtLeast(version, NEEDS_BUILDX));
}

/**
 * Finds the first `docker` program that builds with BuildKit; one that comes earlier on PATH may not.
 * @throws ToolchainError that names what was found and what to install.
 */
export async function findBuildClient(path: string = process.env.PATH ?? ""): Promise<BuildClient> {
    const found: ClientFacts[] = [];
    for (const program of new Set([...programsOnPath("docker", path), ...programsOnPath("docker", "/usr/bin")])) {
        const facts = await factsOf(program);
        if (buildsWithBuildKit(facts)) return { path: program, version: facts.version, env: { DOCKER_BUILDKIT: "1" } };
        found.push(facts);
    }
    throw new ToolchainError(noBuildClient(found));
}

/** What to say when no client builds with BuildKit. Pure. */
export function noBuildClient(found: readonly ClientFacts[]): string {
    const seen = found.map(({ path: program, version }) => `${program} ${version} has no buildx plugin`);
    return [
        `no docker program here builds with BuildKit${seen.length === 0 ? ": there is none" : `: ${seen.join(", ")}`}`,
        "Way out: install its buildx plugin: docker-buildx from Debian or Ubuntu, docker-buildx-plugin from Docker;",
        "  up to Debian 12 the docker of docker.io does without.",
    ].join("\n");
}

async function factsOf(program: string): Promise<ClientFacts> {
    const [version, buildx] = await Promise.all([
        askProgram(program, ["--version"]),
        askProgram(program, ["buildx", "version"]),
    ]);
    return {
        path: program,
        version: /version ([^,\s]+)/.exec(version.stdout)?.[1] ?? "",
        hasBuildx: buildx.code === 0,
    };
}
