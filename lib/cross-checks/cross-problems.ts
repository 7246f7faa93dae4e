import type { Declared, DeclaredBucketUse, DeclaredTable, DeclaredTopic } from "./declared";

/** One thing that does not fit together. */
export interface CrossProblem {
    /** Whom it is about: `PinotTable "orders"`. */
    readonly title: string;
    readonly what: string;
    readonly why: string;
    readonly wayOut: string;
}

/**
 * What does not fit together between servers, which no server can see for itself; pure. In the order of the
 * declarations.
 */
export function crossProblems(declared: Declared): CrossProblem[] {
    const {
        topics = [],
        tables = [],
        connectors = [],
        jobs = [],
        buckets = [],
        bucketUses = [],
        elsewhere = [],
    } = declared;
    const topicNamed = new Map(topics.map((topic) => [topic.name, topic]));
    const known = new Set([...topicNamed.keys(), ...elsewhere]);
    const written = new Set(connectors.flatMap((connector) => connector.topics));
    return [
        ...tables.flatMap((table) => [
            ...(known.has(table.topic) || written.has(table.topic) ? [] : [missingTopic(table, [...known])]),
            ...shapeProblems(table, topicNamed.get(table.topic)),
        ]),
        ...connectors.flatMap(({ title, topics: names, reads = [] }) => [
            ...names
                .filter((name) => !known.has(name))
                .map((name) => ({
                    title,
                    what: `it writes topic "${name}", which nobody declares`,
                    why: "The broker does not create topics by itself: the connector's tasks would fail.",
                    wayOut: `declare the topic, or correct the connector's prefix and tables${alike(name, [...known])}.`,
                })),
            ...reads
                .filter((name) => !known.has(name) && !written.has(name))
                .map((name) => ({
                    title,
                    what: `it reads topic "${name}", which nobody declares`,
                    why: "Its tasks would run and wait for ever.",
                    wayOut: `declare the topic, or name one that is there${alike(name, [...known, ...written])}.`,
                })),
        ]),
        ...jobs.flatMap(({ title, reads, writes }) =>
            [...reads, ...writes]
                .filter((name) => !known.has(name))
                .map((name) => ({
                    title,
                    what: `it ${reads.includes(name) ? "reads" : "writes"} topic "${name}", which nobody declares`,
                    why: "The broker does not create topics by itself: the job would fail as it starts.",
                    wayOut: `declare the topic, or name one that is there${alike(name, [...known])}.`,
                })),
        ),
        ...bucketUses
            .filter(({ bucket }) => !elsewhere.includes(bucket))
            .flatMap((use) => bucketProblems(use, buckets)),
    ];
}

/**
 * Fails a preview when something does not fit together.
 * @param pipeline whose declarations they are, for the error.
 * @throws Error that lists every problem, each with the reason and the way out.
 */
export function refuseMisfits(pipeline: string, declared: Declared): void {
    const problems = crossProblems(declared);
    if (problems.length === 0) return;
    const lines = problems.map(({ title, what, why, wayOut }) => `${title}: ${what}\n  ${why}\n  Way out: ${wayOut}`);
    throw new Error(`pipeline ${pipeline} does not fit together\n${lines.join("\n")}\nNothing was changed.`);
}

function bucketProblems({ title, bucket, waitsFor }: DeclaredBucketUse, buckets: readonly string[]): CrossProblem[] {
    if (!buckets.includes(bucket)) {
        return [
            {
                title,
                what: `it keeps its data in bucket "${bucket}", which nobody declares`,
                why: "The first write would fail, long after the deployment.",
                wayOut: `declare a Bucket of this name before it${alike(bucket, buckets)}.`,
            },
        ];
    }
    if (waitsFor === undefined || waitsFor.includes(bucket)) return [];
    return [
        {
            title,
            what: `it does not wait for bucket "${bucket}"`,
            why: "Both would be made at the same time: it could need the bucket before there is one.",
            wayOut: "take the name from the Bucket's own output, or name the Bucket in dependsOn.",
        },
    ];
}

function missingTopic({ title, topic }: DeclaredTable, known: readonly string[]): CrossProblem {
    return {
        title,
        what: `it reads topic "${topic}", which nobody declares`,
        why: "A realtime table cannot be created without its topic.",
        wayOut: `declare the topic, or name one that is there${alike(topic, known)}.`,
    };
}

function shapeProblems(table: DeclaredTable, topic: DeclaredTopic | undefined): CrossProblem[] {
    const { title, upsertKey = [], derived = [] } = table;
    const problems: CrossProblem[] = [];
    const { messageKey, fields } = topic ?? {};
    if (upsertKey.length > 0 && messageKey !== undefined && !upsertKey.includes(messageKey)) {
        problems.push({
            title,
            what: `rows are one by ${upsertKey.join(", ")}, but topic "${topic?.name}" is keyed by ${messageKey}`,
            why: "Two versions of one row could stand in different partitions, and both would be found.",
            wayOut: `key the messages by ${upsertKey[0]}, or make ${messageKey} part of the primary key.`,
        });
    }
    if (fields === undefined || table.columns === undefined) return problems;
    const columns = new Map(table.columns.map((column) => [column.name, column]));
    const missing = fields.filter(({ name }) => !columns.has(name)).map(({ name }) => name);
    const fieldNames = fields.map(({ name }) => name);
    const invented = [...columns.keys()].filter((name) => !fieldNames.includes(name) && !derived.includes(name));
    const retyped = fields.filter(({ name, type }) => {
        const declared = columns.get(name)?.type;
        return declared !== undefined && declared !== type;
    });
    if (missing.length > 0) {
        problems.push({
            title,
            what: `fields of topic "${topic?.name}" are not columns: ${missing.join(", ")}`,
            why: "Their values would be dropped in silence.",
            wayOut: "add the columns, or take the fields out of the contract.",
        });
    }
    if (invented.length > 0) {
        problems.push({
            title,
            what: `columns are no fields of topic "${topic?.name}": ${invented.join(", ")}`,
            why: "They would hold their default in every row.",
            wayOut: "correct the names, or say that the table computes them.",
        });
    }
    for (const { name, type } of retyped) {
        problems.push({
            title,
            what: `column ${name} is ${columns.get(name)?.type}, the field is ${type}`,
            why: "Values that do not convert would become the default.",
            wayOut: "declare both by the same contract.",
        });
    }
    return problems;
}

/** ` (did you mean "raw-events"?)` for a name that differs only in case or separators. */
function alike(name: string, known: readonly string[]): string {
    const form = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]/g, "");
    const found = known.find((candidate) => form(candidate) === form(name));
    return found === undefined ? "" : ` (did you mean "${found}"?)`;
}
