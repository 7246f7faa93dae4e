/** More different questions at the same time than the server will pass on. */
export class TooManyQuestions extends Error {
    override readonly name = "TooManyQuestions";
}

/** What {@link SharedAnswers} goes by. */
export interface SharedAnswersArgs {
    /** How long an answer serves those who ask the same, in milliseconds. */
    readonly keepMillis: number;
    /** Most different questions under way. */
    readonly most: number;
    /** The time, in milliseconds. @default performance.now */
    readonly clock?: () => number;
}

interface Entry {
    readonly answer: Promise<unknown>;
    /** Undefined while under way. */
    settled?: number;
}

/**
 * Lets many who ask the same share one answer: while it is under way, and for a moment after. Failures are shared as
 * well, so that a store in trouble is not asked once a viewer.
 */
export class SharedAnswers {
    private readonly entries = new Map<string, Entry>();
    private readonly clock: () => number;

    constructor(private readonly args: SharedAnswersArgs) {
        this.clock = args.clock ?? (() => performance.now());
    }

    /**
     * The answer to a question.
     * @param question equal for equal answers.
     * @throws TooManyQuestions, or whatever `ask` throws.
     */
    of<T>(question: string, ask: () => Promise<T>): Promise<T> {
        this.forget();
        const known = this.entries.get(question);
        if (known !== undefined) return known.answer as Promise<T>;
        const underWay = [...this.entries.values()].filter(({ settled }) => settled === undefined).length;
        if (underWay >= this.args.most) {
            return Promise.reject(new TooManyQuestions(`${underWay} different questions are under way already`));
        }
        const answer = ask();
        const entry: Entry = { answer };
        this.entries.set(question, entry);
        const settle = () => {
            entry.settled = this.clock();
        };
        answer.then(settle, settle);
        return answer;
    }

    private forget(): void {
        const now = this.clock();
        for (const [question, { settled }] of this.entries) {
            if (settled !== undefined && now - settled > this.args.keepMillis) this.entries.delete(question);
        }
    }
}
