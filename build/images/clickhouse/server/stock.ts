/**
 * Connections that are open before somebody needs one: opening one takes as long as a small query. Each is used once, as a
 * request's own: nothing of another request is left in it.
 */
export class Stock<Connection> {
    private readonly shelves = new Map<string, Promise<Connection>[]>();
    private closed = false;

    /** @param depth how many of each kind are kept open. */
    constructor(
        private readonly depth: number,
        private readonly end: (connection: Connection) => Promise<void>,
    ) {}

    /** Takes a connection of a kind. @param open makes one of this kind. */
    async take(kind: string, open: () => Promise<Connection>): Promise<Connection> {
        const shelf = this.shelves.get(kind) ?? [];
        this.shelves.set(kind, shelf);
        const taken = shelf.shift() ?? open();
        while (!this.closed && shelf.length < this.depth) {
            const next = open();
            // Told to whoever takes it.
            next.catch(() => {});
            shelf.push(next);
        }
        return taken;
    }

    /** Closes all that nobody took. */
    async clear(): Promise<void> {
        this.closed = true;
        const left = [...this.shelves.values()].flatMap((shelf) => shelf.splice(0));
        await Promise.all(left.map((connection) => connection.then(this.end, () => {})));
    }
}
