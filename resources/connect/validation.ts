import type { Problem } from "../errors";
import { UNKNOWN } from "../lifecycle";
import { getPlugins, NO_SUCH_CLASS, type Session, type ValidatedKey, validate } from "./api";
import { hasReference, pathOfKey, sentConfig } from "./connector-form";
import type { ConnectorInputs } from "./connector-reconcile";

/** What a plugin says of a configuration. */
export interface Judgement {
    /** About the declaration itself: it can never work. */
    readonly problems: readonly Problem[];
    /**
     * About the world: what the plugin met when it asked the systems that the configuration names. What is missing
     * there may be created by the same deployment.
     */
    readonly warnings: readonly string[];
}

/** Kafka's own words about a value, Debezium's, and those of a worker's policy. They come before anything is asked. */
const ABOUT_DECLARATION = [
    /^Missing required configuration /,
    /^Invalid value .* for configuration /s,
    /^The '.*' value is invalid: /s,
    /^The '.*' policy does not allow /,
];

/** Lets the worker's plugin judge what is declared, as far as it is known. */
export async function judge(session: Session, inputs: ConnectorInputs): Promise<Judgement> {
    const all: Record<string, string> = sentConfig(inputs.name, inputs);
    const unknown = Object.keys(all).filter((key) => all[key] === UNKNOWN);
    const secretsUnknown = (inputs.secretConfig as unknown) === UNKNOWN;
    if (unknown.includes("connector.class")) return { problems: [], warnings: [] };
    const known = Object.fromEntries(Object.entries(all).filter(([key]) => !unknown.includes(key)));
    // A key that is missing may be among those not known yet.
    const judged = (key: string): boolean => (unknown.length === 0 && !secretsUnknown) || key in known;

    const answer = await validate(session, known);
    if ("refused" in answer) return { problems: [await refusal(session, answer.refused, known)], warnings: [] };
    const problems: Problem[] = [];
    const warnings: string[] = misspelled(known, answer.keys);
    for (const { name, errors } of answer.keys) {
        const texts = distinct(errors);
        if (texts.length === 0 || !judged(name)) continue;
        const property = pathOfKey(name, inputs.secretConfig);
        // A reference that nobody fills in yet arrives as it stands, and no number looks like that.
        const fatal = hasReference(known[name]) ? [] : texts.filter(isAboutDeclaration);
        problems.push(
            ...(fatal.length === 0 ? [] : [{ property, what: `the plugin refuses ${name}`, why: fatal.join("\n  ") }]),
        );
        const rest = texts.filter((text) => !fatal.includes(text));
        warnings.push(...rest.map((text) => `${property}: ${text}`));
    }
    return { problems, warnings };
}

/** True for words that are about a declared value, whatever the world is like. */
export function isAboutDeclaration(text: string): boolean {
    return ABOUT_DECLARATION.some((pattern) => pattern.test(text));
}

async function refusal(session: Session, words: string, config: Readonly<Record<string, string>>): Promise<Problem> {
    const property = pathOfKey("connector.class");
    if (!words.includes(NO_SUCH_CLASS)) return { property, what: "the worker refuses the configuration", why: words };
    const plugins = await getPlugins(session);
    return {
        property,
        what: `no plugin of the worker has ${config["connector.class"]}`,
        why: `It has ${plugins.length === 0 ? "none" : plugins.join(", ")}.`,
        wayOut:
            "name one of these, or give the worker the plugin; if this very deployment does that, " +
            "run pulumi up --skip-preview: then it is asked when it has it.",
    };
}

/** Kafka says twice of a value that is no number that it is none, the second time that it is null. */
function distinct(errors: readonly string[]): string[] {
    const texts = [...new Set(errors)];
    return texts.length === 1 ? texts : texts.filter((text) => !/^Invalid value null for /.test(text));
}

/** Keys that no plugin knows, and that are almost one that it does: nothing else would ever tell of them. */
function misspelled(config: Readonly<Record<string, string>>, keys: readonly ValidatedKey[]): string[] {
    const known = keys.map(({ name }) => name);
    return Object.keys(config).flatMap((key) => {
        if (known.includes(key)) return [];
        const meant = known.find((name) => !(name in config) && isAlmost(key, name));
        return meant === undefined ? [] : [`${pathOfKey(key)}: no plugin knows it; ${meant} is meant?`];
    });
}

/** True when at most two letters have to be added, removed or replaced, in names long enough to tell. */
export function isAlmost(a: string, b: string): boolean {
    if (Math.abs(a.length - b.length) > 2 || Math.min(a.length, b.length) < 6) return false;
    let row = Array.from({ length: b.length + 1 }, (_, index) => index);
    for (let i = 1; i <= a.length; i++) {
        const next = [i];
        for (let j = 1; j <= b.length; j++) {
            const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
            next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
        }
        row = next;
    }
    return (row[b.length] ?? 0) <= 2;
}
