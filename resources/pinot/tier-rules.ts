import { UNKNOWN } from "../lifecycle";
import type { TableDocument } from "./documents";

/** What is wrong with a table's tiers, at a path below the table. */
export interface TierProblem {
    readonly path: string;
    readonly what: string;
    readonly wayOut?: string;
    readonly why?: string;
}

/** Days, hours, minutes and seconds, in this order: `30d`, `1d12h`. */
const PERIOD = /^(?=\d)(\d+d)?(\d+h)?(\d+m)?(\d+s)?$/i;
const SERVER_TAG = /.+_(OFFLINE|REALTIME)$/;

/** Rules of Pinot for `tierConfigs`, and those that it leaves out; pure. Unknown values are given the benefit of the doubt. */
export function tierProblems({ tierConfigs: tiers, upsertConfig: upsert }: TableDocument): TierProblem[] {
    if (tiers === undefined || tiers === null || (tiers as unknown) === UNKNOWN) return [];
    if (!Array.isArray(tiers)) return [{ path: "tierConfigs", what: "tierConfigs is no list" }];
    const names = tiers.map((tier) => (tier as { name?: unknown } | null)?.name);
    const found = tiers.flatMap((tier: unknown, index) => {
        const path = `tierConfigs[${index}]`;
        if (tier === UNKNOWN) return [];
        if (tier === null || typeof tier !== "object") return [{ path, what: `${path} is no tier` }];
        const { name } = tier as { name?: unknown };
        const again = name !== UNKNOWN && names.indexOf(name) < index;
        return [
            ...(again ? [{ path: `${path}.name`, what: `tier "${name}" is there twice`, wayOut: "rename one." }] : []),
            ...ofTier(tier as Readonly<Record<string, unknown>>, path),
        ];
    });
    if (tiers.length === 0 || (upsert?.mode !== "FULL" && upsert?.mode !== "PARTIAL")) return found;
    const upsertProblem: TierProblem = {
        path: "tierConfigs",
        what: "an upsert table cannot have tiers",
        wayOut: "keep the history in a table without upsert, and give that one tiers.",
        why: "Which row of a key is the latest is known only where all of its segments are: one that moved would come back.",
    };
    return [upsertProblem, ...found];
}

function ofTier(tier: Readonly<Record<string, unknown>>, path: string): TierProblem[] {
    const problems: TierProblem[] = [];
    const { name, segmentSelectorType: selector, segmentAge: age, segmentList: list } = tier;
    const { storageType: storage, serverTag: tag } = tier;
    const say = (property: string, what: string, wayOut: string): void => {
        problems.push({ path: `${path}.${property}`, what, wayOut });
    };
    if (name === undefined || name === "") say("name", "a tier has no name", "give it one.");
    const called = `tier "${name}"`;
    if (selector !== UNKNOWN && !isOneOf(selector, ["time", "fixed"])) {
        say("segmentSelectorType", `${called} selects segments by "${selector}"`, 'write "time" or "fixed".');
    }
    if (isOneOf(selector, ["time"]) && age !== UNKNOWN && !PERIOD.test(String(age ?? ""))) {
        const what = age === undefined ? "does not say from which age on" : `begins at "${age}", which is no period`;
        say("segmentAge", `${called} ${what}`, "write segmentAge as 30d, 12h or 1d12h.");
    }
    // Pinot takes such a tier, and never puts anything there.
    if (isOneOf(selector, ["fixed"]) && list !== UNKNOWN && !(Array.isArray(list) && list.length > 0)) {
        say("segmentList", `${called} names no segments`, "list them in segmentList, or select by time.");
    }
    if (storage !== UNKNOWN && !isOneOf(storage, ["pinot_server"])) {
        const what = storage === undefined ? "does not say its storageType" : `has storageType "${storage}"`;
        say("storageType", `${called} ${what}`, 'write "pinot_server": Pinot has no other.');
    }
    if (tag !== UNKNOWN && !SERVER_TAG.test(String(tag ?? ""))) {
        const what = tag === undefined ? "names no servers" : `has serverTag "${tag}", which no server can carry`;
        say("serverTag", `${called} ${what}`, "name a tag that ends in _OFFLINE or _REALTIME, as cold_OFFLINE.");
    }
    return problems;
}

function isOneOf(value: unknown, words: readonly string[]): boolean {
    return typeof value === "string" && words.includes(value.toLowerCase());
}
