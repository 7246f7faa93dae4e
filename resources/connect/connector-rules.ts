import { below } from "../document";
import type { Problem } from "../errors";
import { hasUnknown, UNKNOWN } from "../lifecycle";
import { hasReference, isPlainSecret } from "./connector-form";
import type { ConnectorInputs } from "./connector-reconcile";

const STATES = ["running", "paused", "stopped"];
const POSTGRES = "io.debezium.connector.postgresql.PostgresConnector";

/** Keys that a connector's position hangs on: with another value it is another position, or none. */
const POSITION_KEYS: Readonly<Record<string, string>> = {
    "topic.prefix": "Debezium's position is kept under it: everything would be read again, into other topics.",
    "slot.name": "The new slot begins now: what changed since the old one was last read would never be captured.",
};

/** What can be said about a connector offline. */
export function connectorProblems(inputs: Partial<ConnectorInputs>): Problem[] {
    return [
        ...nameProblems(inputs.name),
        ...configProblems(inputs),
        ...settingProblems(inputs),
        ...offsetsProblems(inputs.offsets),
        ...onDeleteProblems(inputs.onDelete),
    ];
}

/**
 * Changes that would lose the position of a protected connector.
 * @param olds what is recorded.
 */
export function positionProblems(olds: Partial<ConnectorInputs>, news: ConnectorInputs): Problem[] {
    const before: Record<string, unknown> = { ...olds.config };
    const after: Record<string, unknown> = { ...news.config };
    if ((news.config as unknown) === UNKNOWN) return [];
    const debezium = String(before["connector.class"]).startsWith("io.debezium.");
    const keys = ["connector.class", ...(debezium ? Object.keys(POSITION_KEYS) : [])];
    return keys.flatMap((key) => {
        const [from, to] = [before[key], after[key]];
        if (String(from) === String(to) || to === UNKNOWN) return [];
        return [
            {
                property: below("config", key),
                what: `${key} cannot change from ${from ?? "its default"} to ${to ?? "its default"} while deletionProtection is on`,
                why: POSITION_KEYS[key] ?? "Another connector cannot go on from this one's position.",
                wayOut:
                    "declare a second connector under another name, and remove this one when it is no longer needed; " +
                    "or set deletionProtection: false, run up, then change it.",
            },
        ];
    });
}

/** True for a connector that reads from a replication slot. */
export function hasSlot(config: Readonly<Record<string, unknown>>): boolean {
    return config["connector.class"] === POSTGRES;
}

/**
 * Two connectors on one replication slot of PostgreSQL: both are RUNNING, and one of them never gets anything
 * (Debezium 3.7 tries again without an end).
 * @param others configurations of the cluster's other connectors, by name.
 */
export function slotProblems(
    { config, secretConfig }: Pick<ConnectorInputs, "config" | "secretConfig">,
    others: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
): Problem[] {
    const ours: Record<string, unknown> = { ...config, ...secretConfig };
    if (!hasSlot(ours)) return [];
    const slotOf = (other: Readonly<Record<string, unknown>>): string => {
        const { "slot.name": slot = "debezium", "database.port": port = 5432, ...rest } = other;
        return [rest["connector.class"], rest["database.hostname"], port, rest["database.dbname"], slot].join();
    };
    return Object.keys(others)
        .filter((name) => slotOf(others[name] ?? {}) === slotOf(ours))
        .map((name) => ({
            property: below("config", "slot.name"),
            what: `connector ${name} reads from the slot ${ours["slot.name"] ?? "debezium"} already`,
            why: "Both would be RUNNING, and one of them would never get anything.",
            wayOut: "give each its own slot.name.",
        }));
}

function nameProblems(name: unknown): Problem[] {
    if (name === UNKNOWN) return [];
    if (typeof name !== "string" || name === "") return [{ property: "name", what: "name is missing" }];
    // A worker takes a name with a slash, and then answers 400 to everything about it: it could not even be deleted.
    if (!/[/\\%;?#\p{Cc}]/u.test(name) && !/^\.\.?$/.test(name) && name === name.trim()) return [];
    return [
        {
            property: "name",
            what: `${JSON.stringify(name)} is no name for a connector`,
            why: "It stands in the path of every request, where workers refuse / \\ % ; ? # and control characters.",
            wayOut: "choose another name, such as letters, digits, dots and hyphens.",
        },
    ];
}

function configProblems({ name, config, secretConfig }: Partial<ConnectorInputs>): Problem[] {
    if ((config as unknown) === UNKNOWN) return [];
    if (!isObject(config)) return [{ property: "config", what: "config is missing" }];
    if (secretConfig !== undefined && (secretConfig as unknown) !== UNKNOWN && !isObject(secretConfig)) {
        return [{ property: "secretConfig", what: "secretConfig is no set of keys" }];
    }
    const secrets: object = isObject(secretConfig) ? secretConfig : {};
    const problems = [
        ...Object.entries(config).flatMap(([key, value]) => valueProblems(below("config", key), key, value)),
        ...Object.entries(secrets).flatMap(([key, value]) => valueProblems(below("secretConfig", key), key, value)),
        ...classProblems(config),
        ...pluginListProblems({ ...config, ...secrets }),
    ];
    for (const [key, value] of Object.entries(config)) {
        if (key in secrets) {
            const what = `${key} stands in config and in secretConfig`;
            problems.push({ property: below("secretConfig", key), what, wayOut: "keep one of them." });
        } else if (isPlainSecret(key, value)) {
            problems.push({
                property: below("config", key),
                what: `a secret stands in clear under ${key}`,
                why: "Everybody who reaches a worker's REST interface or its topics can read it there.",
                wayOut:
                    "write a reference that the worker fills in, such as secretReference(key) of a KafkaConnect " +
                    `("\${directory:/…:key}"); or, if it may stand there, move it to secretConfig: then it is a secret in Pulumi.`,
            });
        }
    }
    const named = (config as Record<string, unknown>).name;
    if (named !== undefined && named !== UNKNOWN && name !== UNKNOWN && named !== name) {
        const what = `config has another name, ${JSON.stringify(named)}`;
        problems.push({ property: "config.name", what, wayOut: "leave it out: name is enough." });
    }
    return problems;
}

function valueProblems(property: string, key: string, value: unknown): Problem[] {
    if (value === UNKNOWN) return [];
    if (!["string", "number", "boolean"].includes(typeof value) || Number.isNaN(value)) {
        const kind = value === null ? "nothing" : Array.isArray(value) ? "a list" : `of type ${typeof value}`;
        const wayOut = Array.isArray(value)
            ? `write the list as one text, "a,b".`
            : value === null
              ? "leave the key out."
              : "write text, a number or a boolean.";
        return [{ property, what: `${key} is ${kind}`, why: "Connect keeps texts.", wayOut }];
    }
    if (key !== "tasks.max" || hasReference(value) || (Number.isInteger(Number(value)) && Number(value) > 0)) return [];
    return [{ property, what: `tasks.max is ${JSON.stringify(value)}, and no positive whole number` }];
}

function classProblems(config: object): Problem[] {
    const given = config as Record<string, unknown>;
    const name = given["connector.class"];
    if (name === undefined || name === "") {
        return [{ property: below("config", "connector.class"), what: "connector.class is missing" }];
    }
    if (name === POSTGRES && given["plugin.name"] === undefined) {
        return [
            {
                property: below("config", "plugin.name"),
                what: "plugin.name is missing",
                why: "Its default, decoderbufs, is an extension that PostgreSQL does not come with.",
                wayOut: `write "pgoutput", which every PostgreSQL has.`,
            },
        ];
    }
    return [];
}

/** `transforms: "a,b"` needs `transforms.a.type` and `transforms.b.type`; predicates alike. */
function pluginListProblems(config: Readonly<Record<string, unknown>>): Problem[] {
    return ["transforms", "predicates"].flatMap((list) => {
        const value = config[list];
        if (typeof value !== "string" || value === UNKNOWN || hasReference(value)) return [];
        const names = value
            .split(",")
            .map((item) => item.trim())
            .filter((item) => item !== "");
        return names
            .filter((item) => config[`${list}.${item}.type`] === undefined)
            .map((item) => ({
                property: below("config", `${list}.${item}.type`),
                what: `${list}.${item}.type is missing`,
                why: `${list} names ${item}.`,
            }));
    });
}

function settingProblems({ state, restarts, steadySeconds }: Partial<ConnectorInputs>): Problem[] {
    const problems: Problem[] = [];
    if (state !== undefined && ![UNKNOWN, ...STATES].includes(state)) {
        const wayOut = `write ${STATES.map((one) => `"${one}"`).join(" or ")}.`;
        problems.push({ property: "state", what: `state is ${JSON.stringify(state)}`, wayOut });
    }
    for (const [property, value] of Object.entries({ restarts, steadySeconds })) {
        if (value === undefined || (value as unknown) === UNKNOWN) continue;
        const whole = property === "restarts" ? Number.isInteger(value) : Number.isFinite(value);
        if (whole && value >= 0) continue;
        problems.push({ property, what: `${property} is ${JSON.stringify(value)}, and no number from 0 on` });
    }
    return problems;
}

function onDeleteProblems(onDelete: unknown): Problem[] {
    if (onDelete === undefined || onDelete === UNKNOWN) return [];
    const { offsets } = (onDelete ?? {}) as { offsets?: unknown };
    if (isObject(onDelete) && [undefined, UNKNOWN, "keep", "drop"].includes(offsets as string)) return [];
    const what = `onDelete.offsets is ${JSON.stringify(offsets)}`;
    return [{ property: "onDelete.offsets", what, wayOut: `write "keep" or "drop".` }];
}

function offsetsProblems(offsets: unknown): Problem[] {
    if (offsets === undefined || offsets === UNKNOWN) return [];
    const { reset, alter } = (offsets ?? {}) as { reset?: unknown; alter?: unknown };
    if (!isObject(offsets) || (reset === undefined) === (alter === undefined)) {
        const wayOut = `write { reset: "2027-01-01" } to forget the position, or { alter: [{ partition, offset }] } to move it.`;
        return [{ property: "offsets", what: "offsets has to have one of reset and alter", wayOut }];
    }
    if (reset !== undefined && reset !== UNKNOWN && (typeof reset !== "string" || reset === "")) {
        const what = "offsets.reset is no text";
        return [{ property: "offsets.reset", what, wayOut: "any text will do, such as a date; another resets again." }];
    }
    if (alter === undefined || alter === UNKNOWN) return [];
    if (!Array.isArray(alter) || alter.length === 0) {
        return [{ property: "offsets.alter", what: "offsets.alter is no list of partitions and offsets" }];
    }
    return alter.flatMap((item: unknown, index): Problem[] => {
        if (item === UNKNOWN) return [];
        const { partition, offset } = (item ?? {}) as { partition?: unknown; offset?: unknown };
        const at = `offsets.alter[${index}]`;
        const problems: Problem[] = [];
        if (partition !== UNKNOWN && (!isObject(partition) || Object.keys(partition).length === 0)) {
            problems.push({ property: `${at}.partition`, what: "partition is missing" });
        }
        if (offset !== undefined && offset !== UNKNOWN && !isObject(offset)) {
            problems.push({ property: `${at}.offset`, what: "offset is no object" });
        }
        const key = (other: unknown): string => JSON.stringify((other as { partition?: unknown } | null)?.partition);
        if (!hasUnknown(item) && alter.findIndex((other) => key(other) === key(item)) !== index) {
            problems.push({ property: `${at}.partition`, what: "the partition is there twice" });
        }
        return problems;
    });
}

function isObject(value: unknown): value is object {
    return value !== null && typeof value === "object" && !Array.isArray(value);
}
