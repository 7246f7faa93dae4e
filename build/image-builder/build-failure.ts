import { lastLines } from "../toolchain/failure";

/** Why a build failed, as far as its output says. */
export type FailureKind = "disk" | "memory" | "certificate" | "engine" | "missing package" | "network" | "other";

/** A failure put into words. */
export interface FailureReason {
    readonly kind: FailureKind;
    /** What happened; names the package where one is to blame, never an address. */
    readonly reason: string;
    readonly wayOut: string;
}

/** What ends a line about a package that is not to be had; the first group is its name. */
const MISSING_PACKAGE = [
    /E: Unable to locate package (\S+)/,
    /E: Package '(\S+)' has no installation candidate/,
    /Could not find artifact (\S+?)(?: in |$)/m,
    /No matching distribution found for (\S+)/,
    /npm (?:error|ERR!) (?:code )?E404[\s\S]*?'?([@\w./-]+@[\w.^~-]+)'?/,
    /npm (?:error|ERR!) notarget No matching version found for (\S+?)\.?$/m,
    /^go: (?:downloading )?(\S+@\S+): .*(?:40[34] |410 Gone|unknown revision)/m,
];

/** Known failures, first match wins: a full disk makes downloads fail too, and is not the network's fault. */
const KNOWN: readonly {
    readonly kind: FailureKind;
    readonly pattern: RegExp;
    readonly reason: string;
    readonly wayOut: string;
}[] = [
    {
        kind: "disk",
        pattern: /no space left on device|ENOSPC|disk quota exceeded/i,
        reason: "the disk is full",
        wayOut: "free 6 GB (df -h; docker system df shows what the engine holds), then again: it goes on from here.",
    },
    {
        kind: "memory",
        pattern: /cannot allocate memory|ENOMEM|java\.lang\.OutOfMemoryError|exit code: 137|signal: killed/i,
        reason: "memory ran out",
        wayOut: "end other programs (a build needs 2 GB), then again: it goes on from here.",
    },
    {
        kind: "certificate",
        pattern:
            /PKIX path building failed|certificate verify failed|SELF_SIGNED_CERT|UNABLE_TO_GET_ISSUER_CERT|x509:/i,
        reason: "a download's certificate is not trusted",
        wayOut:
            "where a proxy reads TLS traffic, put its certificate into /usr/local/share/ca-certificates (*.crt) and run " +
            "update-ca-certificates; images take it over from there.",
    },
    {
        kind: "engine",
        pattern: /could not find bridge|failed to create endpoint|cannot connect to the docker daemon/i,
        reason: "the Docker engine cannot run it",
        wayOut: "restart the engine: its network or its socket is gone; then again: it goes on from here.",
    },
];

const NETWORK =
    /Temporary failure|could not resolve|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNRE|EPIPE|no such host|i\/o timeout|timed out|connection (?:refused|reset|closed)|network is unreachable|no route to host|TLS handshake timeout|unexpected (?:EOF|end of file)|socket hang up|Could not transfer artifact|Failed to fetch|Unable to connect to|Connection failed|50[0234] (?:bad gateway|service unavailable|gateway|internal)|E50\d/i;

/** Finds the reason in what a build wrote. Only a failure of the network is worth another try. */
export function failureReason(output: string): FailureReason {
    for (const { kind, pattern, reason, wayOut } of KNOWN) if (pattern.test(output)) return { kind, reason, wayOut };
    // An index that could not be read makes packages look missing: the network goes first.
    if (NETWORK.test(output)) {
        return {
            kind: "network",
            reason: "a download failed",
            wayOut: "look at the network and at the package registry's settings, then again: it goes on from here.",
        };
    }
    for (const pattern of MISSING_PACKAGE) {
        const name = pattern.exec(output)?.[1];
        if (name !== undefined) {
            return {
                kind: "missing package",
                reason: `the package registry has no ${name}`,
                wayOut: "look whether the registry that is set up here holds it, or whether its version has been withdrawn.",
            };
        }
    }
    return {
        kind: "other",
        reason: "a step of it failed",
        wayOut: "the log says which; once its cause is gone, again.",
    };
}

/** An image could not be built; the message says why, the last lines of its log, and the way out. */
export class ImageBuildError extends Error {
    override readonly name = "ImageBuildError";
}

/** What is known about a failed build. */
export interface BuildFailure {
    readonly image: string;
    /** What was being done: "preparing", "building". */
    readonly doing: string;
    /** How it ended: "exit code 1". */
    readonly ending: string;
    readonly attempts: number;
    /** What it wrote. */
    readonly output: string;
    readonly log: string;
}

/** Puts a failed build into words. */
export function buildError({ image, doing, ending, attempts, output, log }: BuildFailure): ImageBuildError {
    const { reason, wayOut } = failureReason(output);
    return new ImageBuildError(
        [
            `image "${image}": ${reason}, while ${doing} (${ending}${attempts > 1 ? `, ${attempts} attempts` : ""})`,
            ...lastLines(tellingOutput(output), 6).map((line) => `  ${line}`),
            `Log: ${log}`,
            `Way out: ${wayOut}`,
        ].join("\n"),
    );
}

/**
 * What a build wrote, without BuildKit's own lines, the command that it repeats, and addresses: those are the machine's
 * own business (mirrors, tokens in them); the log has them, messages do not.
 */
export function tellingOutput(output: string): string {
    const lines = output
        .split("\n")
        .map((line) =>
            line
                .replace(/^#\d+ (\d+\.\d+ )?/, "")
                .replace(/^(?:ERROR: )?executor failed running \[.*\](?:: )?/, "a command of the Dockerfile failed: ")
                .replace(/\b[a-z][a-z0-9+.-]*:\/\/[^\s'")\]]+/gi, "<address>"),
        )
        .filter(
            (line) =>
                !/^(?:-+|\s*>? ?\[(?:\d+\/\d+|internal)\].*|sha256:.*|DONE.*|CACHED.*|CANCELED.*|transferring .*)$/.test(
                    line,
                ),
        );
    return lines.filter((line, index) => line !== lines[index - 1]).join("\n");
}
