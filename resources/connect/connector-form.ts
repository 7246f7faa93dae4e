import { below, type Difference, type Flat, type Observed } from "../document";
import { UNKNOWN } from "../lifecycle";
import type { ConnectorConfig, ConnectorState } from "./documents";

/** What of a connector is compared. */
export interface Declared {
    readonly config: ConnectorConfig;
    readonly secretConfig?: ConnectorConfig;
    readonly state?: ConnectorState | "failed";
}

/** What stands for a secret wherever it could be read. */
export const HIDDEN = "[secret]";

/** Keys under which secrets stand. Ends of keys: `basic.auth.credentials.source` and `token.endpoint.url` are none. */
const SECRET_KEY =
    /(^|[._-])(password|passwd|pwd|passphrase|secret|token|credentials?|(secret|private|api|account|access|auth)[._-]?(access[._-]?)?(key|token)|keystore\.key|user\.info|jaas\.config)$/i;

/** A password inside a URL, a JDBC address or a login module. */
const INLINE_SECRET = /:\/\/[^/\s:@]+:[^/\s@]+@|\bpassword\s*=\s*['"]?[^'"\s;&]/i;

const REFERENCE = /\$\{[^{}:]+:[^{}]+\}/g;

/** True when a value has a part that the worker fills in from a config provider: `${directory:/secrets:key}`. */
export function hasReference(value: unknown): boolean {
    return typeof value === "string" && value.search(REFERENCE) >= 0;
}

/** True when a secret stands in a value in clear. */
export function isPlainSecret(key: string, value: unknown): boolean {
    if (typeof value !== "string" || value === UNKNOWN || value === "") return false;
    if (hasReference(value)) return INLINE_SECRET.test(value.replace(REFERENCE, ""));
    return SECRET_KEY.test(key) || INLINE_SECRET.test(value);
}

/** Where a key of the configuration stands, in the user's own words: `config["database.hostname"]`. */
export function pathOfKey(key: string, secretConfig?: object): string {
    const holder = secretConfig !== undefined && key in secretConfig ? "secretConfig" : "config";
    return below(holder, key);
}

/** The configuration as it is sent: text throughout, and with the connector's name. */
export function sentConfig(name: string, { config, secretConfig }: Declared): Record<string, string> {
    return { ...textOf(config), ...textOf(secretConfig), name };
}

/** Values that no error may show. */
export function secretValues({ config, secretConfig }: Partial<Declared>): string[] {
    const plain = Object.entries(textOf(config)).filter(([key, value]) => isPlainSecret(key, value));
    const all = [...plain.map(([, value]) => value), ...Object.values(textOf(secretConfig))];
    // Shorter ones would take ordinary words apart.
    return all.filter((value) => value.length >= 4 && value !== UNKNOWN);
}

/** A declared connector in the one form that all equal declarations share. `name` is the connector's own, not a setting. */
export function declaredForm(declared: Declared): Flat {
    const { config, secretConfig, state = "running" } = declared;
    if ((config as unknown) === UNKNOWN || (secretConfig as unknown) === UNKNOWN) return { state, config: UNKNOWN };
    return { state, ...formOf({ ...textOf(config), ...textOf(secretConfig) }) };
}

/**
 * A connector as the cluster holds it, in the same form. Secrets in clear are told from the declared ones, and not
 * shown.
 */
export function heldForm(declared: Declared, config: Readonly<Record<string, string>>, state: string): Flat {
    const expected = { ...textOf(declared.config), ...textOf(declared.secretConfig) };
    return { state, ...formOf(masked(config, expected, declared.secretConfig)) };
}

/** Where two forms differ. No value is a default here: only the plugin knows what a key that is left out means. */
export function differences(expected: Flat, actual: Flat): Difference[] {
    return pathsOf(expected, actual)
        .filter((path) => expected[path] !== actual[path])
        .map((path) => ({ path, expected: expected[path], actual: actual[path] }));
}

/** Where the cluster no longer holds what it held after the last deployment. */
export function drifted(declared: Flat, observed: Observed, held: Flat): Difference[] {
    return differences(expectedForm(declared, observed), held).filter(
        ({ path, actual }) => actual === undefined || actual !== declared[path],
    );
}

/** What a new declaration changes against the last one; a value spelled out that was there anyway is no change. */
export function declaredChanges(next: Flat, old: Flat, observed: Observed): Difference[] {
    return differences(next, old).filter(({ path, expected }) =>
        expected === undefined ? observed[path] !== null : expected !== observed[path],
    );
}

/** A recorded connector as it is now held: drifted keys from there, everything else as declared. */
export function withDrift<T extends Declared>(
    declared: T,
    held: Readonly<Record<string, string>>,
    state: string,
    found: readonly Difference[],
): T {
    const at = new Set(found.map(({ path }) => path));
    const config: Record<string, unknown> = { ...declared.config };
    const secretConfig: Record<string, unknown> = { ...declared.secretConfig };
    const expected = { ...textOf(declared.config), ...textOf(declared.secretConfig) };
    const live = masked(held, expected, declared.secretConfig);
    for (const key of pathsOf(expected, live)) {
        if (!at.has(below("config", key))) continue;
        const holder = key in secretConfig ? secretConfig : config;
        if (live[key] === undefined) delete holder[key];
        else holder[key] = live[key];
    }
    return {
        ...declared,
        config,
        ...(declared.secretConfig === undefined ? {} : { secretConfig }),
        ...(at.has("state") ? { state } : {}),
    };
}

function expectedForm(declared: Flat, observed: Observed): Flat {
    const expected: Flat = { ...declared };
    for (const [path, value] of Object.entries(observed)) {
        if (value === null) delete expected[path];
        else expected[path] = value;
    }
    return expected;
}

function masked(
    held: Readonly<Record<string, string>>,
    expected: Readonly<Record<string, string>>,
    secretConfig: object | undefined,
): Record<string, string> {
    const { name: _name, ...config } = held;
    return Object.fromEntries(
        Object.entries(config).map(([key, value]) => {
            const hide = value !== expected[key] && (isPlainSecret(key, value) || key in (secretConfig ?? {}));
            return [key, hide ? HIDDEN : value];
        }),
    );
}

function formOf(config: Readonly<Record<string, string>>): Flat {
    return Object.fromEntries(
        Object.entries(config)
            .filter(([key]) => key !== "name")
            .map(([key, value]) => [below("config", key), value]),
    );
}

function textOf(config: ConnectorConfig | undefined): Record<string, string> {
    if (config === null || typeof config !== "object") return {};
    const given = Object.entries(config).filter(([, value]) => value !== null && value !== undefined);
    return Object.fromEntries(given.map(([key, value]) => [key, String(value)]));
}

function pathsOf(...flats: readonly object[]): string[] {
    return [...new Set(flats.flatMap((flat) => Object.keys(flat)))].sort();
}
