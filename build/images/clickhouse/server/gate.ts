/** Lets a bounded number through at a time; the others wait in their order, for a bounded time. */
export class Gate {
    private inside = 0;
    private readonly waiting: (() => void)[] = [];

    /**
     * @param limit how many may be inside.
     * @param waitMilliseconds how long one waits.
     */
    constructor(
        readonly limit: number,
        private readonly waitMilliseconds: number,
    ) {}

    /** @returns false when there was no room in time; otherwise {@link leave} has to follow. */
    async enter(): Promise<boolean> {
        if (this.inside < this.limit) {
            this.inside++;
            return true;
        }
        return new Promise((resolve) => {
            const admitted = (): void => {
                clearTimeout(timer);
                resolve(true);
            };
            const timer = setTimeout(() => {
                this.waiting.splice(this.waiting.indexOf(admitted), 1);
                resolve(false);
            }, this.waitMilliseconds);
            this.waiting.push(admitted);
        });
    }

    leave(): void {
        const next = this.waiting.shift();
        // The place goes on to whoever waits longest.
        if (next !== undefined) next();
        else this.inside--;
    }
}
