import { adoptionTrouble } from "../adoption";
import type { Problem } from "../errors";
import { hasUnknown, isProtected, UNKNOWN } from "../lifecycle";
import { ask, findTable, type Session, unrecognizedIn } from "./api";
import { lacksOf, type PinotCapabilities, readCapabilities } from "./capabilities";
import { nameWithType, rawTableName } from "./documents";
import { noteValidated } from "./remembered";
import { schemaToWire } from "./schema-rules";
import { previewSession, serverProblems } from "./session";
import { classifyTableChange, refusedChanges, type TableChange } from "./table-diff";
import { foreignDifferences, type TableInputs, type TableState, understand } from "./table-reconcile";
import { tableProblems } from "./table-rules";
import { unrecognizedProblems } from "./unrecognized";
import { fromWire, toWire } from "./wire";

/** What can be said of a table, and of its change, without asking the server. */
export function tableChecks(olds: Partial<TableState> | undefined, news: TableInputs): Problem[] {
    const { table, server, schema } = news;
    if ((table as unknown) === UNKNOWN) return serverProblems(server);
    if (table === null || typeof table !== "object") return [{ property: "table", what: "table is missing" }];
    const problems = [
        ...serverProblems(server),
        ...tableProblems(table, typeof schema === "object" && schema !== null ? schema : undefined),
    ];
    const old = olds?.table;
    if (old !== undefined) problems.push(...changeProblems(classifyTableChange(old, table), isProtected(olds)));
    return problems;
}

/** Refusals, and replacements that protection forbids. */
function changeProblems(changed: readonly TableChange[], protection: boolean): Problem[] {
    const problems = refusedChanges(changed).map(problemOf);
    const replacing = changed.filter((change) => change.class === "replace");
    if (!protection) return problems;
    return [
        ...problems,
        ...replacing.map((change) => ({
            ...problemOf(change),
            what: `${change.what} while deletionProtection is on`,
            wayOut: `${change.wayOut ?? ""} Or set deletionProtection: false, run up, then change it.`.trim(),
        })),
    ];
}

function problemOf({ path, what, why, wayOut }: TableChange): Problem {
    return {
        property: `table.${path}`,
        what,
        ...(why === undefined ? {} : { why }),
        ...(wayOut === undefined ? {} : { wayOut }),
    };
}

/**
 * What a controller says of a table.
 * @param isOurs whether this stack has created it.
 * @param wholeTable whether its schema is part of the same resource, and is judged with it. @default false
 */
export async function tableChecksOnServer(isOurs: boolean, news: TableInputs, wholeTable = false): Promise<Problem[]> {
    const { table } = news;
    if ((table as unknown) === UNKNOWN) return [];
    const session = previewSession(news.server, table);
    const can = await readCapabilities(session);
    const lacks = lacksOf(table, can).map(({ path, ...lack }) => ({ property: `table.${path}`, ...lack }));
    if (lacks.length > 0 || hasUnknown(table)) return lacks;
    const live = await findTable(session, rawTableName(table.tableName), table.tableType);
    if (live !== undefined) {
        const { normal } = await understand(session, table, can).catch(() => ({ normal: {} }));
        const differences = foreignDifferences(table, live, normal);
        const what = `table ${nameWithType(table)}`;
        const refusal = isOurs ? undefined : adoptionTrouble(news.onExists, what, differences, "table");
        // An unprotected table may be about to be replaced by itself; create decides then.
        if (refusal !== undefined && isProtected(news)) return [{ property: "onExists", ...refusal }];
        const refused = differences.length === 0 ? [] : refusedChanges(classifyTableChange(fromWire(live), table));
        if (refused.length > 0) return refused.map(problemOf);
    }
    return validationProblems(session, news, can, wholeTable);
}

/** The server's own validation: with the declared schema where there is one, otherwise with the stored one. */
async function validationProblems(
    session: Session,
    news: TableInputs,
    can: PinotCapabilities,
    wholeTable: boolean,
): Promise<Problem[]> {
    const { table, schema } = news;
    const wire = toWire(table, can);
    const withSchema = schema !== undefined && schema !== null && !hasUnknown(schema);
    const half = table.tableType.toLowerCase();
    const body = { tableName: rawTableName(table.tableName), schema: schema && schemaToWire(schema), [half]: wire };
    const answer = withSchema
        ? await ask(session, "POST", "/tableConfigs/validate", body, true)
        : await ask(session, "POST", "/tables/validate", wire, true);
    if (answer.status === 200) {
        const unrecognized = unrecognizedIn(answer);
        const problems = [
            ...unrecognizedProblems(unrecognized, "table", withSchema ? `/${half}` : ""),
            // The schema's own resource tells what is wrong with it, unless both are one.
            ...(wholeTable ? unrecognizedProblems(unrecognized, "schema", "/schema") : []),
        ];
        if (problems.length === 0) {
            noteValidated(session, table);
            if (wholeTable && withSchema) noteValidated(session, schema);
        }
        return problems;
    }
    // The stored schema may be about to be created or changed by the same deployment.
    const aboutSchema = !withSchema && /schema|column/i.test(answer.said);
    if (answer.status !== 400 || aboutSchema) return [];
    return [{ property: "table", what: "Pinot refuses the table", why: answer.said }];
}
