import { type RateShape, rateShape } from "./rate-shape";

/** The longest that a bucket says to wait when its rate changes: by then the rate is another one. */
const MOST_WAIT_MILLIS = 250;

/** Rate control: as many tokens as time has earned, at most a second's worth at once. */
export class TokenBucket {
    private tokens = 0;
    private filledAt: number;
    private readonly capacity: number;

    /**
     * @param perSecond tokens earned in a second, in the mean; 0 is without limit.
     * @param now the present, in milliseconds of any clock that does not go back.
     * @param shape how the rate changes over time.
     * @param epoch what the time of day was when that clock was 0, in epoch milliseconds.
     */
    constructor(
        private readonly perSecond: number,
        now: number,
        private readonly shape: RateShape = rateShape({ shape: "constant" }),
        private readonly epoch = 0,
    ) {
        this.filledAt = now;
        // After a pause (a broker that was away, a laptop that slept) the rate is kept, not made up for.
        this.capacity = Math.max(1, perSecond * shape.peak);
    }

    /** Takes up to `most` tokens; 0 when none is earned yet. */
    take(now: number, most: number): number {
        if (this.perSecond === 0) return most;
        if (now > this.filledAt) {
            const earned = this.perSecond * this.shape.earned(this.epoch + this.filledAt, this.epoch + now);
            this.tokens = Math.min(this.capacity, this.tokens + earned);
            this.filledAt = now;
        }
        // A timer that fires a hair early must not cost another round.
        const taken = Math.min(most, Math.floor(this.tokens + 1e-6));
        this.tokens = Math.max(0, this.tokens - taken);
        return taken;
    }

    /** How long until a token is earned, in milliseconds; at most a quarter second when the rate changes. */
    waitMillis(): number {
        if (this.perSecond === 0 || this.tokens >= 1) return 0;
        const wait = ((1 - this.tokens) / (this.perSecond * this.shape.factor(this.epoch + this.filledAt))) * 1_000;
        return this.shape.peak === 1 ? wait : Math.min(wait, MOST_WAIT_MILLIS);
    }
}
