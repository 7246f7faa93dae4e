import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { createServer } from "node:net";

/**
 * Ports that something else listens on, each with who it is where that can be seen.
 * @param ports only those that no container of ours publishes already.
 */
export async function takenPorts(
    bindAddress: string,
    ports: readonly { name: string; port: number }[],
): Promise<string[]> {
    const answers = await Promise.all(
        ports.map(async ({ name, port }) => {
            if (await canListen(bindAddress, port)) return [];
            const holder = listener(port);
            return [
                `port ${port} for ${name} is taken${holder === undefined ? "" : ` by ${holder}`}\n` +
                    "  Way out: end that program, or pulumi config set millrace:portOffset <another>.",
            ];
        }),
    );
    return answers.flat();
}

function canListen(address: string, port: number): Promise<boolean> {
    return new Promise((resolve) => {
        const server = createServer();
        server.once("error", () => resolve(false));
        server.listen({ host: address, port, exclusive: true }, () => server.close(() => resolve(true)));
    });
}

/** "name (pid n)" of the process that listens on a port, found through /proc; undefined where it cannot be seen. */
function listener(port: number): string | undefined {
    try {
        const inode = listeningInode(port);
        if (inode === undefined) return undefined;
        for (const pid of readdirSync("/proc").filter((entry) => /^\d+$/.test(entry))) {
            if (holdsSocket(pid, inode)) return `${readFileSync(`/proc/${pid}/comm`, "utf8").trim()} (pid ${pid})`;
        }
    } catch {
        // Without /proc, or without the right to read it, the port alone has to do.
    }
    return undefined;
}

function listeningInode(port: number): string | undefined {
    const hex = port.toString(16).toUpperCase().padStart(4, "0");
    for (const table of ["/proc/net/tcp", "/proc/net/tcp6"]) {
        for (const row of readFileSync(table, "utf8").split("\n").slice(1)) {
            const fields = row.trim().split(/\s+/);
            if (fields[1]?.endsWith(`:${hex}`) && fields[3] === "0A") return fields[9];
        }
    }
    return undefined;
}

function holdsSocket(pid: string, inode: string): boolean {
    try {
        return readdirSync(`/proc/${pid}/fd`).some(
            (fd) => readlinkSync(`/proc/${pid}/fd/${fd}`) === `socket:[${inode}]`,
        );
    } catch {
        return false;
    }
}
