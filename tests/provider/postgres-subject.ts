import { type AddressInfo, createServer, type Server, Socket } from "node:net";
import { join } from "node:path";
import { Client } from "pg";
import { providerText } from "../../resources/managed-resource";
import { type ProviderProcess, StackResource } from "../support/provider-process";

const FOLDER = join(__dirname, "..", "..", "resources", "postgres");

/** Where the providers of the kinds stand. */
export const POSTGRES_CODE = {
    publication: { folder: FOLDER, module: "publication-provider", exportName: "publicationProvider" },
    slot: { folder: FOLDER, module: "slot-provider", exportName: "slotProvider" },
} as const;

/** A server that a matrix runs against. */
export interface PostgresUnderTest {
    readonly process: ProviderProcess;
    /** `host:port` */
    readonly address: string;
    readonly database: string;
    /** Owner of the tables, the user with the slots, and a superuser. */
    readonly owner: Login;
    readonly capture: Login;
    readonly administrator: Login;
}

/** Whom a server knows. */
export interface Login {
    readonly user: string;
    readonly password: string;
}

/** A resource of one kind under test, and an ordinary client to play everybody else with. */
export class PostgresObject {
    readonly resource: StackResource;

    constructor(
        readonly under: PostgresUnderTest,
        kind: keyof typeof POSTGRES_CODE,
        readonly login: Login,
    ) {
        this.resource = new StackResource(under.process, providerText(POSTGRES_CODE[kind]));
    }

    get server() {
        const { address, database } = this.under;
        return { address, database, ...this.login };
    }
}

/** Runs statements as somebody, in one connection. @returns the rows of the last one. */
export async function inDatabase(
    { address, database }: PostgresUnderTest,
    { user, password }: Login,
    ...statements: readonly string[]
): Promise<Record<string, unknown>[]> {
    const [host, port] = address.split(":");
    const client = new Client({ host: host ?? "", port: Number(port), database, user, password });
    await client.connect();
    try {
        let rows: Record<string, unknown>[] = [];
        for (const sql of statements) rows = (await client.query(sql)).rows;
        return rows;
    } finally {
        await client.end();
    }
}

/** Stands between a client and a server; once armed, it loses the answer to a statement that the server carried out. */
export class LossyWire {
    private armed: string | undefined;
    private readonly sockets = new Set<Socket>();

    private constructor(private readonly listener: Server) {}

    static async before(address: string): Promise<LossyWire> {
        const [host, port] = address.split(":");
        const wire: LossyWire = new LossyWire(
            createServer((client) => {
                const server = new Socket().connect(Number(port), host ?? "");
                let lose = false;
                const close = () => {
                    client.destroy();
                    server.destroy();
                };
                for (const socket of [client, server]) {
                    wire.sockets.add(socket);
                    socket.on("error", close);
                    socket.on("close", close);
                }
                client.on("data", (data) => {
                    if (wire.armed !== undefined && data.includes(wire.armed)) {
                        wire.armed = undefined;
                        lose = true;
                    }
                    server.write(data);
                });
                server.on("data", (data) => (lose ? close() : client.write(data)));
            }),
        );
        await new Promise<void>((resolve) => wire.listener.listen(0, "127.0.0.1", resolve));
        return wire;
    }

    get address(): string {
        return `127.0.0.1:${(this.listener.address() as AddressInfo).port}`;
    }

    /** The answer to the next statement with this text is lost. */
    loseAnswerTo(text: string): void {
        this.armed = text;
    }

    close(): void {
        for (const socket of this.sockets) socket.destroy();
        this.listener.close();
    }
}
