import type { Problem } from "../errors";
import { UNKNOWN } from "../lifecycle";
import { KEYS_OF_ARGUMENTS, KEYS_OF_OURS } from "./job-options";
import { kindOf, placeholdersOf, type StatementKind, settingOf, statementsOf } from "./statements";

/** What a person declared, of which nothing is certain yet. */
export type Declared = Readonly<Record<string, unknown>>;

/** All that can be said about a job's declaration without a server. */
export function jobProblems(job: Declared): Problem[] {
    return [
        ...nameProblems(job.name),
        ...setupProblems(job),
        ...insertProblems(job),
        ...numberProblems(job),
        ...choiceProblems(job, "stateBackend", ["hashmap", "rocksdb"]),
        ...choiceProblems(job, "onIncompatibleState", ["fail", "restartFresh"]),
        ...restartProblems(job.restart),
        ...configurationProblems(job),
        ...secretProblems(job),
        ...startFromProblems(job.startFrom),
    ];
}

/** Path and text of each declared statement that is known: `statement` for a single one. */
export function insertsOf({ statement }: Declared): { property: string; sql: string }[] {
    const single = typeof statement === "string";
    const list: unknown[] = single ? [statement] : Array.isArray(statement) ? statement : [];
    return list.flatMap((sql, index) =>
        typeof sql === "string" && sql !== UNKNOWN
            ? [{ property: single ? "statement" : `statement[${index}]`, sql }]
            : [],
    );
}

function nameProblems(name: unknown): Problem[] {
    if (name === UNKNOWN) return [];
    if (typeof name !== "string" || name.trim() === "") {
        return [{ property: "name", what: "name is missing", why: "A job is known by its name on the cluster." }];
    }
    if (name === name.trim() && name.length <= 200) return [];
    const why = `It has ${name.length} characters, and at most 200 without spaces around them are one.`;
    return [{ property: "name", what: "name is no name of a job", why }];
}

function setupProblems({ setup, ...job }: Declared): Problem[] {
    if (setup === undefined || setup === UNKNOWN) return [];
    if (!Array.isArray(setup)) return [{ property: "setup", what: "setup is no list of statements" }];
    return setup.flatMap((sql, index) => {
        const property = `setup[${index}]`;
        const problem = singleStatement(property, sql, ["setup", "setting"], SETUP);
        if (problem !== undefined) return [problem];
        const key = sql === UNKNOWN ? undefined : settingOf(statementsOf(String(sql))[0] ?? "")?.key;
        return key === undefined ? [] : keyProblems(property, key, job);
    });
}

const SETUP = "setup takes CREATE, SET, USE, LOAD MODULE and ADD JAR; what the job writes belongs into statement.";
const INSERTS =
    "statement takes INSERT INTO, or a list of them, which become one STATEMENT SET; CREATE … AS SELECT is a CREATE in setup and an INSERT.";

function insertProblems(job: Declared): Problem[] {
    const { statement } = job;
    if (statement === UNKNOWN) return [];
    const isList = Array.isArray(statement);
    if (statement === undefined || (!isList && typeof statement !== "string") || (isList && statement.length === 0)) {
        return [{ property: "statement", what: "statement is missing", wayOut: INSERTS }];
    }
    const list: unknown[] = isList ? statement : [statement];
    return list.flatMap((sql, index) => {
        const problem = singleStatement(isList ? `statement[${index}]` : "statement", sql, ["insert"], INSERTS);
        return problem === undefined ? [] : [problem];
    });
}

function singleStatement(
    property: string,
    sql: unknown,
    kinds: readonly StatementKind[],
    wayOut: string,
): Problem | undefined {
    if (sql === UNKNOWN) return undefined;
    if (typeof sql !== "string") return { property, what: `${property} is no statement` };
    const [statement, ...more] = statementsOf(sql);
    if (statement === undefined) return { property, what: `${property} is empty` };
    if (more.length > 0) {
        return {
            property,
            what: `${property} holds ${more.length + 1} statements`,
            why: "The gateway takes one at a time.",
            wayOut: "make them elements of the list.",
        };
    }
    const words = statement.split(/\s+/).slice(0, 3).join(" ");
    return kinds.includes(kindOf(statement))
        ? undefined
        : { property, what: `"${words} …" does not belong here`, wayOut };
}

function numberProblems(job: Declared): Problem[] {
    const whole = [["parallelism", 1]] as const;
    const seconds = [
        ["checkpointSeconds", 0.01],
        ["stateTtlSeconds", 0],
        ["settleSeconds", 0],
    ] as const;
    return [
        ...whole.flatMap(([key, least]) => numberProblem(key, job[key], least, true)),
        ...seconds.flatMap(([key, least]) => numberProblem(key, job[key], least, false)),
    ];
}

function numberProblem(property: string, value: unknown, least: number, whole: boolean): Problem[] {
    if (value === undefined || value === UNKNOWN) return [];
    const given = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
    const fits =
        typeof given === "number" && given >= least && (whole ? Number.isInteger(given) : Number.isFinite(given));
    if (fits) return [];
    const kind = whole ? "a whole number" : "a number";
    return [{ property, what: `${property} is ${JSON.stringify(value)}, and has to be ${kind} of at least ${least}` }];
}

function choiceProblems(job: Declared, property: string, choices: readonly string[]): Problem[] {
    const value = job[property];
    if (value === undefined || value === UNKNOWN || choices.includes(String(value))) return [];
    const list = choices.map((choice) => `"${choice}"`).join(" or ");
    return [{ property, what: `${property} is ${JSON.stringify(value)}`, wayOut: `write ${list}.` }];
}

function restartProblems(restart: unknown): Problem[] {
    if (restart === undefined || restart === UNKNOWN) return [];
    if (restart === null || typeof restart !== "object") return [{ property: "restart", what: "restart is no policy" }];
    const { attempts, delaySeconds } = restart as Record<string, unknown>;
    if (attempts === undefined) return [{ property: "restart.attempts", what: "attempts is missing" }];
    return [
        ...numberProblem("restart.attempts", attempts, 0, true),
        ...numberProblem("restart.delaySeconds", delaySeconds, 0, false),
    ];
}

function configurationProblems({ configuration, ...job }: Declared): Problem[] {
    if (configuration === undefined || configuration === UNKNOWN) return [];
    if (configuration === null || typeof configuration !== "object" || Array.isArray(configuration)) {
        return [{ property: "configuration", what: "configuration is no map of Flink's own keys" }];
    }
    return Object.entries(configuration).flatMap(([key, value]) => {
        const property = `configuration[${JSON.stringify(key)}]`;
        if (value !== UNKNOWN && !["string", "number", "boolean"].includes(typeof value)) {
            return [{ property, what: `${key} is no text, number or boolean` }];
        }
        return keyProblems(property, key, job);
    });
}

function keyProblems(property: string, key: string, job: Declared): Problem[] {
    const ours = KEYS_OF_OURS[key];
    if (ours !== undefined)
        return [{ property, what: `${key} cannot be set here`, why: ours, wayOut: "leave it out." }];
    const argument = Object.keys(KEYS_OF_ARGUMENTS).find(
        (name) => job[name] !== undefined && KEYS_OF_ARGUMENTS[name]?.includes(key),
    );
    return argument === undefined
        ? []
        : [
              {
                  property,
                  what: `${key} is set twice`,
                  why: `The argument ${argument} sets it too.`,
                  wayOut: "leave one out.",
              },
          ];
}

function secretProblems(job: Declared): Problem[] {
    const { secrets, setup, configuration } = job;
    if (secrets === UNKNOWN) return [];
    if (secrets !== undefined && (secrets === null || typeof secrets !== "object" || Array.isArray(secrets))) {
        return [{ property: "secrets", what: "secrets is no map of names and texts" }];
    }
    const known = (secrets ?? {}) as Record<string, unknown>;
    const problems = Object.entries(known)
        .filter(([, value]) => value !== UNKNOWN && (typeof value !== "string" || value === ""))
        .map(([name]): Problem => ({ property: `secrets.${name}`, what: `secret ${name} is no text, or empty` }));
    const texts = [
        ...(Array.isArray(setup) ? setup.map((sql, index) => [`setup[${index}]`, sql]) : []),
        ...insertsOf(job).map(({ property, sql }) => [property, sql]),
        ...(configuration !== null && typeof configuration === "object"
            ? Object.entries(configuration).map(([key, value]) => [`configuration[${JSON.stringify(key)}]`, value])
            : []),
    ];
    for (const [property, text] of texts) {
        if (typeof text !== "string" || text === UNKNOWN) continue;
        for (const name of new Set(placeholdersOf(text).filter((one) => !(one in known)))) {
            problems.push({
                property: String(property),
                what: `\${${name}} stands for no secret`,
                wayOut: `add ${name} to secrets.`,
            });
        }
    }
    return problems;
}

function startFromProblems(startFrom: unknown): Problem[] {
    if (startFrom === undefined || startFrom === UNKNOWN) return [];
    if (typeof startFrom === "string" && /^([a-z0-9]+:)?\/\S+$/.test(startFrom)) return [];
    const wayOut = `write the path of a savepoint or checkpoint as the cluster sees it: "file:///var/lib/flink/savepoints/savepoint-…".`;
    return [{ property: "startFrom", what: `startFrom is ${JSON.stringify(startFrom)}, and no path`, wayOut }];
}
