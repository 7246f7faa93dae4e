import type { Session } from "./api";

/** For how long an answer about the whole controller is good, in milliseconds: long enough for many tables of one run. */
const GOOD_FOR = 5_000;

/** For how long a document that was validated needs no second validation before it is sent, in milliseconds. */
const VALIDATED_FOR = 300_000;

const answers = new Map<string, { readonly at: number; readonly answer: Promise<unknown> }>();
const asking = new Map<string, Promise<unknown>>();
const validated = new Map<string, number>();

/**
 * An answer that is the same for all objects on a controller, asked once for many of them. Failures, and `undefined`,
 * are not remembered.
 */
export function remembered<T>(session: Session, what: string, ask: () => Promise<T>): Promise<T> {
    const key = keyOf(session, what);
    const known = answers.get(key);
    if (known !== undefined && Date.now() - known.at < GOOD_FOR) return known.answer as Promise<T>;
    const answer = ask();
    answers.set(key, { at: Date.now(), answer });
    const forget = (): void => void answers.delete(key);
    answer.then((value) => value === undefined && forget(), forget);
    return answer;
}

/** One request for all who ask the same while it is under way; nothing is remembered once it is answered. */
export function shared<T>(session: Session, what: string, ask: () => Promise<T>): Promise<T> {
    const key = keyOf(session, what);
    const known = asking.get(key);
    if (known !== undefined) return known as Promise<T>;
    const answer = ask().finally(() => asking.delete(key));
    asking.set(key, answer);
    return answer;
}

/** The controller has found nothing wrong with a document: creating it need not ask again. */
export function noteValidated(session: Session, document: object): void {
    validated.set(keyOf(session, document), Date.now());
}

/** Whether the controller has just been asked about exactly this document, and found nothing wrong with it. */
export function isValidated(session: Session, document: object): boolean {
    const at = validated.get(keyOf(session, document));
    return at !== undefined && Date.now() - at < VALIDATED_FOR;
}

function keyOf({ controllerUrl, authorization }: Session, what: unknown): string {
    return JSON.stringify([controllerUrl, authorization, what]);
}
