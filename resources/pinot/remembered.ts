import type { Session } from "./api";

/** For how long an answer about the whole controller is good, in milliseconds: long enough for many tables of one run. */
const GOOD_FOR = 5_000;

const answers = new Map<string, { readonly at: number; readonly answer: Promise<unknown> }>();

/**
 * An answer that is the same for all objects on a controller, asked once for many of them. Failures, and `undefined`,
 * are not remembered.
 */
export function remembered<T>(
    { controllerUrl, authorization }: Session,
    what: string,
    ask: () => Promise<T>,
): Promise<T> {
    const key = JSON.stringify([controllerUrl, authorization, what]);
    const known = answers.get(key);
    if (known !== undefined && Date.now() - known.at < GOOD_FOR) return known.answer as Promise<T>;
    const answer = ask();
    answers.set(key, { at: Date.now(), answer });
    const forget = (): void => void answers.delete(key);
    answer.then((value) => value === undefined && forget(), forget);
    return answer;
}
