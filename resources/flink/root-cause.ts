/** An exception of Flink's in a few words. */
const LONGEST = 500;

/**
 * What a person needs of a Java stack trace: the deepest cause, in the fullest words that one of those around it has
 * for it (with the position in the statement, say).
 */
export function rootCause(trace: string): string {
    const messages = causesOf(trace)
        .map(messageOf)
        .filter((message) => message !== "");
    const deepest = messages.at(-1);
    if (deepest === undefined) return firstLine(trace);
    const core = deepest.replace(/^[\w$]+(?:Exception|Error): /, "");
    const fullest = core.length < 8 ? deepest : (messages.find((message) => message.includes(core)) ?? deepest);
    return fullest.length > LONGEST ? `${fullest.slice(0, LONGEST - 1)}…` : fullest;
}

/** True when a trace says that a job cannot take over the state that it was to start from. */
export function isIncompatibleState(trace: string): boolean {
    return /Cannot map checkpoint\/savepoint state|StateMigrationException|Failed to rollback to checkpoint\/savepoint|must not be incompatible with the old/.test(
        trace,
    );
}

/** True when a trace says that there is nothing at the place that a job was to start from. */
export function isMissingState(trace: string): boolean {
    return /Cannot find (checkpoint or savepoint|meta data) file|File \S+ does not exist/.test(trace);
}

/** True when a trace says that there are too few slots. */
export function isWithoutSlots(trace: string): boolean {
    return /NoResourceAvailableException/.test(trace);
}

/** The exceptions of a trace, outermost first, each without the places where it was thrown. */
function causesOf(trace: string): string[] {
    const lines = trace
        .split("\n")
        .filter(
            (line) =>
                !/^\s+at |^\s+\.\.\. \d+ (more|common)|on server side[:>]/.test(line) &&
                line !== "Internal server error.",
        );
    const causes: string[] = [];
    for (const line of lines) {
        if (line.startsWith("Caused by: ")) causes.push(line.slice("Caused by: ".length));
        else if (causes.length === 0) causes.push(line);
        else causes[causes.length - 1] += `\n${line}`;
    }
    return causes;
}

/** `a.b.OuterException: c.InnerException: words` → `InnerException: words`, on one line; empty without words. */
function messageOf(cause: string): string {
    const text = cause.replace(/\s*Was expecting (one of)?:?[\s\S]*$/, "");
    const flat = text.replace(/\s+/g, " ").trim();
    const found = /^((?:[\w$]+\.)*[\w$]+(?:Exception|Error|Throwable): )+/.exec(flat);
    if (found === null) return /^(?:[\w$]+\.)+[\w$]+$/.test(flat) ? "" : flat;
    const name = /([\w$]+): $/.exec(found[0])?.[1] ?? "";
    const words = flat.slice(found[0].length);
    if (words === "") return "";
    // Of a refused statement the words say all; elsewhere the name of the exception says the most.
    return /^(ValidationException|SqlParserException|TableException|FlinkException|RuntimeException)$/.test(name)
        ? words
        : `${name}: ${words}`;
}

function firstLine(text: string): string {
    return (text.split("\n")[0] ?? "").slice(0, LONGEST);
}
