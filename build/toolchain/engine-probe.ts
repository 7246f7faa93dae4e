import Docker from "dockerode";

/** An engine that answers. */
export interface Engine {
    /** "20.10.24" */
    readonly version: string;
    /** Of its HTTP API: "1.41". */
    readonly apiVersion: string;
    /** "overlay2" */
    readonly storage: string;
    /** Folder of its images and volumes, on the engine's machine. */
    readonly dataFolder: string;
}

/** What came of asking the engine. */
export type EngineProbe =
    | ({ readonly state: "answers" } & Engine)
    /** There is an engine, but this user may not talk to it. */
    | { readonly state: "denied"; readonly reason: string }
    /** Nobody answers. */
    | { readonly state: "silent"; readonly reason: string };

/**
 * Asks the engine that DOCKER_HOST or the default socket names. Never throws.
 * @param docker another engine to ask.
 * @param seconds after which no answer counts as silence.
 */
export async function probeEngine(docker?: Docker, seconds = 10): Promise<EngineProbe> {
    let timer: NodeJS.Timeout | undefined;
    const tooLate = new Promise<never>((_resolve, reject) => {
        timer = setTimeout(() => reject(new Error(`no answer in ${seconds} s`)), seconds * 1_000);
    });
    try {
        // Only here: an unusable DOCKER_HOST makes the constructor throw.
        const engine = docker ?? new Docker();
        const [version, info] = await Promise.race([Promise.all([engine.version(), engine.info()]), tooLate]);
        return {
            state: "answers",
            version: version.Version,
            apiVersion: version.ApiVersion,
            storage: (info as { Driver: string }).Driver,
            dataFolder: (info as { DockerRootDir: string }).DockerRootDir,
        };
    } catch (error) {
        const { code, message } = error as NodeJS.ErrnoException;
        return { state: code === "EACCES" || code === "EPERM" ? "denied" : "silent", reason: message };
    } finally {
        clearTimeout(timer);
    }
}
