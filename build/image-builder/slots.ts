/** Lets only so many things run at the same time; the others wait in the order in which they came. */
export class Slots {
    private readonly waiting: (() => void)[] = [];

    constructor(private free: number) {}

    async run<T>(body: () => Promise<T>): Promise<T> {
        if (this.free > 0) this.free -= 1;
        else await new Promise<void>((resolve) => this.waiting.push(resolve));
        try {
            return await body();
        } finally {
            const next = this.waiting.shift();
            if (next === undefined) this.free += 1;
            else next();
        }
    }
}
