/**
 * What to do when the object is already there and this stack did not create it:
 * `fail` says so; `adoptIfEqual` takes it over when it is what was declared, and lists the differences otherwise;
 * `adopt` takes it over and brings it to what was declared, within the same guards as any change.
 */
export type OnExists = "fail" | "adoptIfEqual" | "adopt";

/** What all kinds of resources take. */
export interface Common {
    /** @default "fail" */
    readonly onExists?: OnExists;
    /** Refuse to delete or replace the object. @default true */
    readonly deletionProtection?: boolean;
    /** Bounds on waiting. */
    readonly timeouts?: Timeouts;
}

/** How long to wait for the server, in seconds. */
export interface Timeouts {
    /** Until a created or changed object works. @default 180 */
    readonly ready?: number;
    /** Until a reload went through all segments or parts. @default 600 */
    readonly reload?: number;
    /** Until a deleted object is gone for good. @default 180 */
    readonly delete?: number;
}

/** What stands for a value that is not known yet in a preview, whatever its type (pulumi/pulumi#6310). */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** True when a value, or anything inside it, is not known yet. */
export function hasUnknown(value: unknown): boolean {
    if (value === UNKNOWN) return true;
    if (value === null || typeof value !== "object") return false;
    return Object.values(value).some(hasUnknown);
}

/** True unless protection was switched off. An unknown value protects. */
export function isProtected(inputs: Partial<Common> | undefined): boolean {
    return inputs?.deletionProtection !== false;
}

/** True when the code that manages the object is recorded in another way than today: an older version wrote the state. */
export function providerChanged(olds: object, news: object): boolean {
    return (olds as { __provider?: unknown }).__provider !== (news as { __provider?: unknown }).__provider;
}

/** Structural equality of JSON values, whatever the order of keys. */
export function sameJson(a: unknown, b: unknown): boolean {
    return stableJson(a) === stableJson(b);
}

/** A deep copy without `undefined`, which Pulumi's wire format cannot carry (pulumi/pulumi#2205). */
export function plain<T>(value: T): T {
    return JSON.parse(JSON.stringify(value)) as T;
}

/** One line to whoever watches the deployment. The provider process has no engine to log to: its output is shown. */
export function progress(line: string): void {
    process.stdout.write(`${line}\n`);
}

/**
 * Asks until the answer is not undefined, and then returns it.
 * @param still says, when time is up, what was waited for and what the last answer was.
 */
export async function until<T>(
    seconds: number,
    ask: () => Promise<T | undefined>,
    still: () => Error | Promise<Error>,
    everyMs = 400,
): Promise<T> {
    const deadline = Date.now() + seconds * 1000;
    for (let wait = Math.min(100, everyMs); ; wait = Math.min(wait * 2, everyMs)) {
        const answer = await ask();
        if (answer !== undefined) return answer;
        if (Date.now() + wait > deadline) throw await still();
        await new Promise((resolve) => setTimeout(resolve, wait));
    }
}

function stableJson(value: unknown): string {
    if (value === null || typeof value !== "object") return JSON.stringify(value) ?? "null";
    if (Array.isArray(value)) return `[${value.map(stableJson).join(",")}]`;
    const entries = Object.entries(value).filter(([, item]) => item !== undefined);
    entries.sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${stableJson(item)}`).join(",")}}`;
}
