/** A JSON document as `path → canonical value`. Two documents that mean the same have the same flat form. */
export type Flat = Record<string, string>;

/** What of a document's form carries no meaning. */
export interface DocumentRules {
    /** Names of lists whose order means nothing. */
    readonly sets: readonly string[];
    /** Names of lists of objects, and the property that tells their elements apart. */
    readonly keyed: Readonly<Record<string, string>>;
    /** What the server adds by itself: path → canonical value. */
    readonly defaults: Readonly<Flat>;
}

/** One path at which a server does not hold what it is expected to hold. */
export interface Difference {
    readonly path: string;
    /** Undefined: nothing is expected there. */
    readonly expected: string | undefined;
    /** Undefined: nothing is there. */
    readonly actual: string | undefined;
}

/** What the server made of a document it stored: path → its value where that is not the declared one, null where it has none. */
export type Observed = Record<string, string | null>;

type Json = Record<string, unknown>;

/** Flattens a document; numbers, strings and booleans of the same text become equal. */
export function flatten(document: unknown, rules: DocumentRules): Flat {
    const flat: Flat = {};
    put(flat, "", document, rules);
    return flat;
}

/** Path of a property below another, with quotes where the name has dots of its own. */
export function below(path: string, key: string): string {
    if (/^[A-Za-z0-9_$-]+$/.test(key)) return path === "" ? key : `${path}.${key}`;
    return `${path}[${JSON.stringify(key)}]`;
}

/** True when `path` is `ancestor` or lies below it. */
export function within(path: string, ancestor: string): boolean {
    return path === ancestor || path.startsWith(`${ancestor}.`) || path.startsWith(`${ancestor}[`);
}

/** What the server added to, dropped from or rewrote in a declared document. Recorded, it is expected from then on. */
export function observe(declared: Flat, live: Flat): Observed {
    const observed: Observed = {};
    for (const path of pathsOf(declared, live)) {
        if (declared[path] !== live[path]) observed[path] = live[path] ?? null;
    }
    return observed;
}

/**
 * Where the server no longer holds what it held after the last deployment. What it adds by itself, and what it adds
 * after an upgrade with an empty or known default value, is no drift.
 */
export function drift(declared: Flat, observed: Observed, live: Flat, rules: DocumentRules): Difference[] {
    const found: Difference[] = [];
    for (const path of pathsOf(declared, observed, live)) {
        const expected = path in observed ? (observed[path] ?? undefined) : declared[path];
        const actual = live[path];
        if (expected === actual || actual === declared[path]) continue;
        if (!(path in declared) && (actual === undefined || isDefault(path, actual, rules))) continue;
        found.push({ path, expected, actual });
    }
    return found;
}

/**
 * Where a server has to be brought to a new declaration.
 * @param before the last declaration, and what the server made of it; undefined for an object that is taken over.
 */
export function outOfSync(
    declared: Flat,
    live: Flat,
    before: { declared: Flat; observed: Observed } | undefined,
    rules: DocumentRules,
): Difference[] {
    if (before === undefined) return mismatch(declared, live, rules);
    const observed: Observed = {};
    for (const [path, value] of Object.entries(before.observed)) {
        // What the server made of an older value says nothing about a new one.
        if (before.declared[path] === declared[path]) observed[path] = value;
    }
    return drift(declared, observed, live, rules);
}

/** Where a document that is declared for the first time differs from what a server holds, defaults aside. */
export function mismatch(declared: Flat, live: Flat, rules: DocumentRules): Difference[] {
    return [...pathsOf(declared, live)]
        .map((path) => ({ path, expected: declared[path], actual: live[path] }))
        .filter(({ path, expected, actual }) => {
            if (expected === actual) return false;
            if (expected === undefined) return !isDefault(path, actual, rules);
            if (actual !== undefined) return true;
            if (expected === "{}") return !Object.keys(live).some((other) => within(other, path));
            return !isDefault(path, expected, rules);
        });
}

/**
 * What a new declaration changes against the last one: `expected` is the new value, `actual` the old.
 * A value spelled out that the server had anyway is no change. Below an unknown value nothing is reported but that.
 */
export function changes(
    next: Flat,
    old: Flat,
    observed: Observed,
    rules: DocumentRules,
    unknown: string,
): Difference[] {
    const unknowns = Object.keys(next).filter((path) => next[path] === unknown);
    const found: Difference[] = [];
    for (const path of pathsOf(next, old)) {
        const expected = next[path];
        const actual = old[path];
        if (expected === actual) continue;
        if (expected !== undefined && expected === observed[path]) continue;
        if (expected === undefined) {
            if (observed[path] === null || isDefault(path, actual, rules)) continue;
            if (unknowns.some((ancestor) => within(path, ancestor))) continue;
        }
        found.push({ path, expected, actual });
    }
    return found;
}

/** The declared document as the server now holds it: drifted paths from `live`, everything else as declared. */
export function withDrift<T>(declared: T, live: unknown, drifted: readonly Difference[], rules: DocumentRules): T {
    if (drifted.length === 0) return declared;
    return merge(declared, live, "", "", drifted, rules) as T;
}

function pathsOf(...flats: readonly object[]): string[] {
    return [...new Set(flats.flatMap((flat) => Object.keys(flat)))].sort();
}

function isDefault(path: string, value: string | undefined, rules: DocumentRules): boolean {
    return value === undefined || ["false", "0", "", "{}", "[]"].includes(value) || rules.defaults[path] === value;
}

function put(flat: Flat, path: string, value: unknown, rules: DocumentRules, name = ""): void {
    if (value === null || value === undefined) return;
    if (Array.isArray(value)) {
        const elements = elementsOf(value, path, name, rules);
        if (elements === undefined) flat[path] = listText(value, rules.sets.includes(name));
        else for (const { at, item } of elements) put(flat, at, item, rules);
    } else if (typeof value === "object") {
        const entries = Object.entries(value).filter(([, item]) => item !== null && item !== undefined);
        if (entries.length === 0 && path !== "") flat[path] = "{}";
        for (const [key, item] of entries) put(flat, below(path, key), item, rules, key);
    } else {
        flat[path] = scalarText(value);
    }
}

/** Elements of a list of objects under their paths; undefined for an empty list and for a list of scalars. */
function elementsOf(
    list: readonly unknown[],
    path: string,
    name: string,
    rules: DocumentRules,
): { at: string; key: string; item: unknown }[] | undefined {
    if (list.length === 0 || list.some((item) => item === null || typeof item !== "object")) return undefined;
    const identity = rules.keyed[name];
    return list.map((item, index) => {
        const key = identity === undefined ? undefined : (item as Json)[identity];
        return typeof key === "string"
            ? { at: below(path, key), key, item }
            : { at: `${path}[${index}]`, key: String(index), item };
    });
}

function listText(list: readonly unknown[], isSet: boolean): string {
    const items = list.filter((item) => item !== "" && item !== null && item !== undefined);
    const texts = items.map((item) => (typeof item === "object" ? JSON.stringify(item) : scalarText(item)));
    if (isSet) texts.sort();
    return texts.length === 0 ? "[]" : JSON.stringify(texts);
}

function scalarText(value: unknown): string {
    const text = String(value);
    return /^-?\d+\.0+$/.test(text) ? text.slice(0, text.indexOf(".")) : text;
}

function merge(
    declared: unknown,
    live: unknown,
    path: string,
    name: string,
    drifted: readonly Difference[],
    rules: DocumentRules,
): unknown {
    if (path !== "" && !drifted.some((difference) => within(difference.path, path))) return declared;
    if (drifted.some((difference) => difference.path === path)) return live ?? undefined;
    if (Array.isArray(declared) || Array.isArray(live)) {
        const mine = elementsOf(Array.isArray(declared) ? declared : [], path, name, rules) ?? [];
        const theirs = elementsOf(Array.isArray(live) ? live : [], path, name, rules) ?? [];
        const all = [...mine, ...theirs.filter(({ at }) => !mine.some((element) => element.at === at))];
        return all
            .map(({ at }) => {
                const own = mine.find((element) => element.at === at)?.item;
                const held = theirs.find((element) => element.at === at)?.item;
                return merge(own, held, at, "", drifted, rules);
            })
            .filter((item) => item !== undefined);
    }
    const merged: Json = {};
    for (const key of pathsOf(asObject(declared), asObject(live))) {
        const at = below(path, key);
        const item = merge(asObject(declared)[key], asObject(live)[key], at, key, drifted, rules);
        if (item !== undefined) merged[key] = item;
    }
    // Where the server holds a scalar in place of the declared object, the scalar is what is there.
    const isObject = live !== null && typeof live === "object";
    return Object.keys(merged).length === 0 && !isObject ? (live ?? undefined) : merged;
}

function asObject(value: unknown): Json {
    return value !== null && typeof value === "object" ? (value as Json) : {};
}

/** A part of a document as a set of keys; empty when it is not there or not known. */
export function block(value: unknown): Readonly<Record<string, unknown>> {
    return value !== null && typeof value === "object" && !Array.isArray(value)
        ? (value as Readonly<Record<string, unknown>>)
        : {};
}
