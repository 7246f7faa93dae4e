import type { EngineProbe } from "./engine-probe";

/** What is known about the machine when its engine does not answer. */
export interface EngineCircumstances {
    readonly probe: EngineProbe;
    /** DOCKER_HOST, if set: that engine is somebody else's business. */
    readonly dockerHost: string | undefined;
    /** Whether installing and starting are allowed. */
    readonly mayInstall: boolean;
    readonly isRoot: boolean;
    readonly hasDaemon: boolean;
    readonly hasApt: boolean;
    /** Sockets of other engines on this machine: rootless Docker, Docker Desktop. */
    readonly otherSockets: readonly string[];
}

/** What is done about the engine; `fail` says what a person can do. */
export type EnginePlan =
    | { readonly action: "use" | "start" | "install" }
    | { readonly action: "fail"; readonly message: string };

const BY_HAND = "apt-get update && apt-get install --yes docker.io iptables";

/** Decides what is done about the engine. Pure. */
export function planEngine(known: EngineCircumstances): EnginePlan {
    const { probe, dockerHost, mayInstall, isRoot, hasDaemon, hasApt, otherSockets } = known;
    if (probe.state === "answers") return { action: "use" };
    if (probe.state === "denied") return fail(deniedLines(probe.reason, dockerHost));

    if (dockerHost !== undefined && dockerHost !== "") {
        return fail([
            `the Docker engine at DOCKER_HOST=${dockerHost} does not answer: ${probe.reason}`,
            "Way out: start that engine, or unset DOCKER_HOST to use the one of this machine.",
        ]);
    }
    const silent = `no Docker engine answers here: ${probe.reason}`;
    const [other] = otherSockets;
    if (other !== undefined) {
        return fail([
            silent,
            `Way out: one seems to be at ${other}: export DOCKER_HOST=unix://${other}, then make again.`,
        ]);
    }
    if (!mayInstall) {
        return fail([
            `${silent}; MILLRACE_INSTALL=no forbids ${hasDaemon ? "starting" : "installing"} one`,
            `Way out: ${hasDaemon ? "start it (service docker start)" : `install one (as root: ${BY_HAND})`}, or unset MILLRACE_INSTALL.`,
        ]);
    }
    if (!isRoot) {
        return fail([
            silent,
            hasDaemon
                ? "Way out: start it as root: sudo systemctl start docker (or sudo service docker start)."
                : `Way out: install one as root: ${hasApt ? `sudo sh -c '${BY_HAND}'` : "see your system's packages"}, then`,
            ...(hasDaemon ? [] : ["  sudo usermod -aG docker $USER, log in again, and run make again."]),
        ]);
    }
    if (hasDaemon) return { action: "start" };
    if (hasApt) return { action: "install" };
    return fail([
        silent,
        "Way out: this is no Debian: install Docker by your system's means, start it, and run make again.",
    ]);
}

function deniedLines(reason: string, dockerHost: string | undefined): string[] {
    return [
        `the Docker engine${dockerHost ? ` at ${dockerHost}` : ""} does not let this user in: ${reason}`,
        "Way out: join its group (sudo usermod -aG docker $USER, then log in again, or newgrp docker in this shell).",
    ];
}

function fail(lines: readonly string[]): EnginePlan {
    return { action: "fail", message: lines.join("\n") };
}
