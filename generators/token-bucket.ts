/** Rate control: as many tokens as time has earned, at most a second's worth at once. */
export class TokenBucket {
    private tokens = 0;
    private filledAt: number;
    private readonly capacity: number;

    /**
     * @param perSecond tokens earned in a second; 0 is without limit.
     * @param now the present, in milliseconds of any monotonic clock.
     */
    constructor(
        private readonly perSecond: number,
        now: number,
    ) {
        this.filledAt = now;
        // After a pause (a broker that was away, a laptop that slept) the rate is kept, not made up for.
        this.capacity = Math.max(1, perSecond);
    }

    /** Takes up to `most` tokens; 0 when none is earned yet. */
    take(now: number, most: number): number {
        if (this.perSecond === 0) return most;
        this.tokens = Math.min(
            this.capacity,
            this.tokens + (Math.max(0, now - this.filledAt) / 1_000) * this.perSecond,
        );
        this.filledAt = now;
        // A timer that fires a hair early must not cost another round.
        const taken = Math.min(most, Math.floor(this.tokens + 1e-6));
        this.tokens = Math.max(0, this.tokens - taken);
        return taken;
    }

    /** How long until a token is earned, in milliseconds. */
    waitMillis(): number {
        if (this.perSecond === 0 || this.tokens >= 1) return 0;
        return ((1 - this.tokens) / this.perSecond) * 1_000;
    }
}
