import type { DocumentRules, Flat } from "../document";
import { flatten } from "../document";
import type { Problem } from "../errors";
import { hasUnknown, UNKNOWN } from "../lifecycle";
import type { BucketDocument, LifecycleRule, PolicyDocument, PolicyStatement } from "./documents";

/** What of a bucket's form carries no meaning. A bucket without versioning and one where it is suspended differ in nothing. */
export const BUCKET_RULES: DocumentRules = {
    sets: ["Action", "NotAction", "Resource", "NotResource", "AWS"],
    keyed: { lifecycle: "ID", Tags: "Key" },
    defaults: { versioning: "Suspended", "policy.Version": "2012-10-17" },
};

/** A bucket in the one form that all equal declarations and answers share. */
export function canonicalBucket({ versioning, lifecycle, policy }: BucketDocument): Flat {
    const unknown = (value: unknown): boolean => value === UNKNOWN;
    return flatten(
        {
            versioning,
            lifecycle: Array.isArray(lifecycle) ? lifecycle.map(canonicalRule) : unlessEmpty(lifecycle),
            policy: unknown(policy) ? policy : policy && canonicalPolicy(policy),
        },
        BUCKET_RULES,
    );
}

/** What can be said about a bucket offline. */
export function bucketProblems(bucket: unknown, { versioning, lifecycle, policy }: BucketDocument): Problem[] {
    const problems = nameProblems(bucket);
    if (versioning !== undefined && ![UNKNOWN, "Enabled", "Suspended"].includes(versioning)) {
        problems.push({
            property: "versioning",
            what: `versioning is ${JSON.stringify(versioning)}`,
            wayOut: `write "Enabled" or "Suspended".`,
        });
    }
    if (lifecycle !== undefined && (lifecycle as unknown) !== UNKNOWN) problems.push(...lifecycleProblems(lifecycle));
    if (policy !== undefined && (policy as unknown) !== UNKNOWN) problems.push(...policyProblems(bucket, policy));
    return problems;
}

const RULE_PROPERTIES: Readonly<Record<string, readonly string[] | undefined>> = {
    ID: undefined,
    Status: undefined,
    Filter: ["Prefix", "Tag", "ObjectSizeGreaterThan", "ObjectSizeLessThan", "And"],
    Expiration: ["Days", "Date", "ExpiredObjectDeleteMarker"],
    NoncurrentVersionExpiration: ["NoncurrentDays", "NewerNoncurrentVersions"],
    AbortIncompleteMultipartUpload: ["DaysAfterInitiation"],
    Transitions: undefined,
    NoncurrentVersionTransitions: undefined,
};

/** Properties that make a rule do something. */
const ACTIONS = Object.keys(RULE_PROPERTIES).slice(3);

/** Counts of days and versions: whole and positive, whatever they count. */
const COUNTS = ["Days", "NoncurrentDays", "NewerNoncurrentVersions", "DaysAfterInitiation"];

function nameProblems(bucket: unknown): Problem[] {
    if (bucket === UNKNOWN) return [];
    if (typeof bucket !== "string" || bucket === "") return [{ property: "bucket", what: "bucket is missing" }];
    const why =
        bucket.length < 3 || bucket.length > 63
            ? `A name has 3 to 63 characters; this one has ${bucket.length}.`
            : !/^[a-z0-9][a-z0-9.-]*[a-z0-9]$/.test(bucket)
              ? "A name has small letters, digits, hyphens and dots, and begins and ends with a letter or digit."
              : /\.\.|\.-|-\./.test(bucket)
                ? "A dot stands between letters or digits."
                : /^\d+\.\d+\.\d+\.\d+$/.test(bucket)
                  ? "A name is no IP address."
                  : undefined;
    if (why === undefined) return [];
    return [{ property: "bucket", what: `"${bucket}" is no name for a bucket`, why, wayOut: "choose another name." }];
}

function lifecycleProblems(rules: readonly LifecycleRule[]): Problem[] {
    if (!Array.isArray(rules)) return [{ property: "lifecycle", what: "lifecycle is no list of rules" }];
    const ids = rules.map((rule) => rule?.ID);
    return rules.flatMap((rule: LifecycleRule, index) => {
        const at = `lifecycle[${index}]`;
        if ((rule as unknown) === UNKNOWN) return [];
        if (rule === null || typeof rule !== "object") return [{ property: at, what: `${at} is no rule` }];
        return [
            ...idProblems(at, rule.ID, ids.indexOf(rule.ID) !== index),
            ...ruleProblems(at, rule as unknown as Record<string, unknown>),
        ];
    });
}

function idProblems(at: string, id: unknown, repeated: boolean): Problem[] {
    const property = `${at}.ID`;
    if (id === UNKNOWN) return [];
    if (typeof id !== "string" || id === "" || id.length > 255) {
        const what = id === undefined ? "ID is missing" : "ID is no text of 1 to 255 characters";
        return [{ property, what, why: "It tells rules apart, so that a change of one is no change of all." }];
    }
    return repeated ? [{ property, what: `ID "${id}" is there twice` }] : [];
}

function ruleProblems(at: string, rule: Record<string, unknown>): Problem[] {
    const problems: Problem[] = [];
    for (const [key, value] of Object.entries(rule)) {
        if (!(key in RULE_PROPERTIES)) problems.push(unknownProperty(`${at}.${key}`, Object.keys(RULE_PROPERTIES)));
        const inner = RULE_PROPERTIES[key];
        if (inner === undefined || value === UNKNOWN || value === undefined) continue;
        if (value === null || typeof value !== "object") {
            problems.push({ property: `${at}.${key}`, what: `${key} is no object` });
            continue;
        }
        for (const [name, item] of Object.entries(value)) {
            const property = `${at}.${key}.${name}`;
            if (!inner.includes(name)) problems.push(unknownProperty(property, inner));
            else if (
                COUNTS.includes(name) &&
                item !== UNKNOWN &&
                !(Number.isInteger(Number(item)) && Number(item) > 0)
            ) {
                problems.push({ property, what: `${name} is ${JSON.stringify(item)}, and no positive whole number` });
            } else if (name === "Date" && item !== UNKNOWN && !isMidnight(item)) {
                const wayOut = `write a day, such as "2027-01-01".`;
                problems.push({ property, what: `Date is ${JSON.stringify(item)}, and no midnight in UTC`, wayOut });
            }
        }
    }
    if (rule.Status !== undefined && ![UNKNOWN, "Enabled", "Disabled"].includes(rule.Status as string)) {
        const what = `Status is ${JSON.stringify(rule.Status)}`;
        problems.push({ property: `${at}.Status`, what, wayOut: `write "Enabled" or "Disabled".` });
    }
    if (!ACTIONS.some((action) => rule[action] !== undefined)) {
        problems.push({ property: at, what: "the rule does nothing", wayOut: `give it one of ${ACTIONS.join(", ")}.` });
    }
    problems.push(
        ...onlyOne(`${at}.Expiration`, rule.Expiration, RULE_PROPERTIES.Expiration ?? []),
        ...onlyOne(`${at}.Filter`, rule.Filter, RULE_PROPERTIES.Filter ?? []),
    );
    return problems;
}

function onlyOne(property: string, value: unknown, names: readonly string[]): Problem[] {
    if (value === null || typeof value !== "object") return [];
    const given = names.filter((name) => (value as Record<string, unknown>)[name] !== undefined);
    const filter = property.endsWith("Filter");
    if (given.length === 1 || (filter && given.length === 0)) return [];
    return [
        {
            property,
            what: given.length === 0 ? "nothing is said in it" : `${given.join(" and ")} exclude each other`,
            wayOut: filter ? "put several conditions into And." : `give it one of ${names.join(", ")}.`,
        },
    ];
}

function unknownProperty(property: string, known: readonly string[]): Problem {
    const name = property.slice(property.lastIndexOf(".") + 1);
    return { property, what: `${name} is not known in a lifecycle`, wayOut: `there are ${known.join(", ")}.` };
}

function policyProblems(bucket: unknown, policy: PolicyDocument): Problem[] {
    const statements: unknown = (policy as Partial<PolicyDocument> | null)?.Statement;
    if (statements === UNKNOWN) return [];
    if (!Array.isArray(statements) || statements.length === 0) {
        return [{ property: "policy.Statement", what: "the policy has no list of statements" }];
    }
    return statements.flatMap((statement: Partial<PolicyStatement> & Record<string, unknown>, index) => {
        const at = `policy.Statement[${index}]`;
        if ((statement as unknown) === UNKNOWN) return [];
        const problems: Problem[] = [];
        if (![UNKNOWN, "Allow", "Deny"].includes(statement.Effect as string)) {
            problems.push({ property: `${at}.Effect`, what: `Effect is neither "Allow" nor "Deny"` });
        }
        for (const [name, other] of [
            ["Principal", "NotPrincipal"],
            ["Action", "NotAction"],
            ["Resource", "NotResource"],
        ] as const) {
            if (statement[name] === undefined && statement[other] === undefined) {
                problems.push({ property: `${at}.${name}`, what: `${name} is missing` });
            }
        }
        return [...problems, ...resourceProblems(`${at}.Resource`, bucket, statement.Resource)];
    });
}

function resourceProblems(property: string, bucket: unknown, resource: unknown): Problem[] {
    if (resource === undefined || hasUnknown(resource) || bucket === UNKNOWN) return [];
    return listOf(resource).flatMap((item) => {
        const named = /^arn:[^:]*:s3:::([^/]*)/.exec(String(item))?.[1];
        if (named === bucket || named?.includes("*") === true || named?.includes("?") === true) return [];
        return [
            {
                property,
                what: `Resource ${JSON.stringify(item)} is not in this bucket`,
                why: "A bucket's policy speaks of that bucket only.",
                wayOut: `write "arn:aws:s3:::${bucket}" for the bucket, "arn:aws:s3:::${bucket}/*" for its objects.`,
            },
        ];
    });
}

function isMidnight(value: unknown): boolean {
    const day = new Date(String(value));
    return !Number.isNaN(day.getTime()) && day.getTime() % 86_400_000 === 0;
}

/** A rule with what servers fill in, and without what they drop. */
function canonicalRule(rule: LifecycleRule): object {
    if ((rule as unknown) === UNKNOWN || rule === null || typeof rule !== "object") return rule;
    const { Status = "Enabled", Filter, Expiration, Transitions, ...rest } = rule as Partial<LifecycleRule>;
    const filter = Object.entries(Filter ?? {}).filter(([, value]) => value !== "" && value !== undefined);
    return {
        ...rest,
        Status,
        ...(filter.length === 0 ? {} : { Filter: Object.fromEntries(filter) }),
        Expiration: dated(Expiration),
        Transitions: Array.isArray(Transitions) ? Transitions.map(dated) : Transitions,
    };
}

function dated<T>(value: T): T {
    const { Date: day } = (value ?? {}) as { Date?: string };
    if (day === undefined || !isMidnight(day)) return value;
    return { ...value, Date: new Date(day).toISOString() };
}

/** A policy with lists where one text may stand for a list of one. */
function canonicalPolicy(policy: PolicyDocument): object {
    const statements: unknown = policy.Statement;
    return {
        Version: policy.Version ?? "2012-10-17",
        Statement: Array.isArray(statements) ? statements.map(canonicalStatement) : statements,
    };
}

function canonicalStatement(statement: PolicyStatement): unknown {
    if (statement === null || typeof statement !== "object") return statement;
    const { Principal, Condition, ...rest } = statement;
    const lists = Object.entries(rest).map(([name, value]) => [
        name,
        BUCKET_RULES.sets.includes(name) ? sortedList(value) : value,
    ]);
    const principal = Principal === "*" ? { AWS: ["*"] } : Principal;
    return {
        ...Object.fromEntries(lists),
        Principal:
            principal !== null && typeof principal === "object"
                ? { ...principal, AWS: sortedList(principal.AWS) }
                : principal,
        Condition: Condition === undefined ? undefined : canonicalCondition(Condition),
    };
}

function canonicalCondition(condition: NonNullable<PolicyStatement["Condition"]>): object {
    return Object.fromEntries(
        Object.entries(condition).map(([operator, keys]) => [
            operator,
            Object.fromEntries(Object.entries(keys ?? {}).map(([key, values]) => [key, sortedList(values)])),
        ]),
    );
}

function sortedList(value: unknown): unknown {
    return value === UNKNOWN || value === undefined ? value : listOf(value).map(String).sort();
}

function listOf(value: unknown): unknown[] {
    return Array.isArray(value) ? value : [value];
}

function unlessEmpty(value: unknown): unknown {
    return Array.isArray(value) && value.length === 0 ? undefined : value;
}
