import { type ReadonlySignal, signal } from "@preact/signals";
import type { Answer, Failure } from "../api";

/** What the page knows of one of the server's answers. */
export interface ViewState<T> {
    /** The last answer; kept when a later one to the same question fails. */
    readonly answer?: Answer<T>;
    /** When it arrived, by the viewer's clock. */
    readonly received?: number;
    /** The question that it answers. */
    readonly question?: string;
    /** Why the newest attempt failed. */
    readonly failure?: Failure;
    readonly loading: boolean;
}

const PATIENCE_MILLIS = 30_000;

/** Asks one of the server's answers again and again, and keeps the last. */
export class LiveView<T> {
    private readonly current = signal<ViewState<T>>({ loading: false });
    private underWay: { question: string; abort: AbortController } | undefined;

    constructor(private readonly path: string) {}

    /** What is known. */
    get state(): ReadonlySignal<ViewState<T>> {
        return this.current;
    }

    /** Asks. The same question is not asked twice at once; another one ends the first. */
    async load(question: string): Promise<void> {
        if (this.underWay?.question === question) return;
        this.underWay?.abort.abort();
        const abort = new AbortController();
        const mine = { question, abort };
        this.underWay = mine;
        this.current.value = { ...this.current.value, loading: true };
        const outcome = await ask<T>(`${this.path}?${question}`, abort.signal);
        if (this.underWay !== mine) return;
        this.underWay = undefined;
        if ("answer" in outcome) {
            this.current.value = { answer: outcome.answer, received: Date.now(), question, loading: false };
            return;
        }
        const { answer, received, question: before } = this.current.value;
        // Numbers of another range would be taken for those that were asked for.
        const kept = before === question && answer !== undefined && received !== undefined;
        this.current.value = {
            ...(kept && { answer, received, question }),
            failure: outcome.failure,
            loading: false,
        };
    }
}

async function ask<T>(url: string, signal: AbortSignal): Promise<{ answer: Answer<T> } | { failure: Failure }> {
    try {
        const response = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MILLIS)]) });
        const body = (await response.json()) as Answer<T> | Failure;
        return response.ok ? { answer: body as Answer<T> } : { failure: body as Failure };
    } catch {
        return {
            failure: {
                error: "The dashboard's own server does not answer",
                wayOut: "make status shows whether it runs; this page goes on asking.",
            },
        };
    }
}
