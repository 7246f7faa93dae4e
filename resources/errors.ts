/** The parts of an error that a person can act on. */
export interface Trouble {
    /** What cannot be done, in one line: `upsertConfig.mode cannot change from FULL to PARTIAL`. */
    readonly what: string;
    /** Why: the server's rule, or its own words. */
    readonly why?: string;
    /** What to do instead. */
    readonly wayOut?: string;
    /** What the attempt left behind. @default "Nothing was changed." */
    readonly left?: string;
}

/** One refusal of `check`, at the property it is about. */
export interface Problem extends Trouble {
    /** Path in the user's own words: `table.upsertConfig.mode`. */
    readonly property: string;
}

/** `PinotTable "events": what`, then why, way out and what was left behind, each on its own indented line. */
export function troubleText(kind: string, name: string, trouble: Trouble): string {
    return [`${kind} "${name}": ${trouble.what}`, ...detailLines(trouble)].join("\n");
}

/** An Error in the form of {@link troubleText}. A plain Error: subclasses do not survive serialization. */
export function trouble(kind: string, name: string, parts: Trouble): Error {
    return new Error(troubleText(kind, name, parts));
}

/** The failures of a `check`, all at once. */
export function checkFailures(
    kind: string,
    name: string,
    problems: readonly Problem[],
): { property: string; reason: string }[] {
    return problems.map((problem) => ({
        property: problem.property,
        reason: troubleText(kind, name, problem),
    }));
}

/**
 * Makes an error say that the object exists, though it does not work (yet): Pulumi then records it, and the next run
 * goes on instead of colliding with it.
 */
export function partially(error: unknown, id: string, properties: object): Error {
    const message = error instanceof Error ? error.message : String(error);
    return Object.assign(new Error(message), { id, properties, reasons: [message] });
}

function detailLines({ why, wayOut, left }: Trouble): string[] {
    return [
        ...(why === undefined ? [] : [`  ${why}`]),
        ...(wayOut === undefined ? [] : [`  Way out: ${wayOut}`]),
        `  ${left ?? "Nothing was changed."}`,
    ];
}
