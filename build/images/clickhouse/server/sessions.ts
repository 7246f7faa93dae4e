import { errors } from "./exceptions";

/** How long sessions live. */
export interface SessionLimits {
    readonly defaultSeconds: number;
    readonly maxSeconds: number;
    /** Sessions at a time. @default 100 */
    readonly most?: number;
}

interface Session<Connection> {
    readonly connection: Connection;
    readonly seconds: number;
    inUse: boolean;
    timer: NodeJS.Timeout | undefined;
}

/**
 * Named sessions: settings, current database and temporary tables that outlive a request. Each belongs to a user, serves
 * one request at a time, and ends when it was not used for its time.
 */
export class Sessions<Connection> {
    private readonly sessions = new Map<string, Session<Connection>>();

    /** @param end closes the connection of a session that has ended. */
    constructor(
        private readonly limits: SessionLimits,
        private readonly end: (connection: Connection) => void,
    ) {}

    /**
     * Takes a session for a request; {@link release} has to follow.
     * @param open makes its connection when there is none.
     * @throws ServerException when it is in use, has to be there and is not, or its time is none.
     */
    async acquire(
        user: string,
        wanted: { readonly id: string; readonly seconds: string | undefined; readonly mustExist: boolean },
        open: () => Promise<Connection>,
    ): Promise<Connection> {
        const seconds = sessionSeconds(wanted.seconds, this.limits);
        const key = keyOf(user, wanted.id);
        const known = this.sessions.get(key);
        if (known !== undefined) {
            if (known.inUse) throw errors.sessionLocked(wanted.id);
            clearTimeout(known.timer);
            Object.assign(known, { inUse: true, seconds });
            return known.connection;
        }
        if (wanted.mustExist) throw errors.sessionNotFound(wanted.id);
        const most = this.limits.most ?? 100;
        if (this.sessions.size >= most) throw errors.tooManySessions(most);
        // Another request of this session that comes while it opens finds it locked.
        const opening = { inUse: true, seconds, timer: undefined } as Session<Connection>;
        this.sessions.set(key, opening);
        try {
            Object.assign(opening, { connection: await open() });
        } catch (error) {
            this.sessions.delete(key);
            throw error;
        }
        return opening.connection;
    }

    /** Gives a session back. @param keep whether it goes on to live. */
    release(user: string, id: string, keep: boolean): void {
        const key = keyOf(user, id);
        const session = this.sessions.get(key);
        if (session === undefined) return;
        if (keep && session.seconds > 0) {
            session.inUse = false;
            session.timer = setTimeout(() => this.remove(key), session.seconds * 1_000);
            session.timer.unref();
        } else {
            this.remove(key);
        }
    }

    /** The connections of all sessions; they end with it. */
    clear(): Connection[] {
        const connections = [...this.sessions.values()].map(({ connection, timer }) => {
            clearTimeout(timer);
            return connection;
        });
        this.sessions.clear();
        return connections;
    }

    private remove(key: string): void {
        const session = this.sessions.get(key);
        this.sessions.delete(key);
        if (session !== undefined) this.end(session.connection);
    }
}

function keyOf(user: string, id: string): string {
    return `${user}\n${id}`;
}

function sessionSeconds(text: string | undefined, { defaultSeconds, maxSeconds }: SessionLimits): number {
    if (text === undefined) return defaultSeconds;
    if (!/^\d{1,9}$/.test(text)) throw errors.sessionTimeout(`Invalid session timeout: '${text}'`);
    if (Number(text) > maxSeconds) {
        throw errors.sessionTimeout(
            `Session timeout '${text}' is larger than max_session_timeout: ${maxSeconds}. ` +
                "Maximum session timeout could be modified in configuration file",
        );
    }
    return Number(text);
}
