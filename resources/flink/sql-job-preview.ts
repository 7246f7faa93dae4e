import type { Problem } from "../errors";
import { inSqlSession, isRefused, type SqlSession } from "./gateway";
import { canonicalJob, sessionConfiguration } from "./job-options";
import { insertsOf } from "./job-rules";
import type { SqlJobInputs } from "./sql-job-state";
import { staysInSession } from "./statements";
import { type FlinkSession, traceOf } from "./wire";

/** The first plan that a gateway makes takes it five seconds. */
const STATEMENT_SECONDS = 60;

/**
 * What the gateway refuses of a declaration, found in a session that is thrown away: the setup is carried out, and each
 * INSERT explained, which starts nothing. Nothing is asked when a statement of the setup would outlive the session.
 */
export async function refusedStatements(session: FlinkSession, inputs: SqlJobInputs): Promise<Problem[]> {
    const job = canonicalJob(inputs);
    if (job.setup.some((statement, index) => !staysInSession(statement, job.setup.slice(0, index)))) return [];
    return inSqlSession(session, sessionConfiguration(inputs.name, job, undefined), async (sql) => {
        for (const [index, statement] of job.setup.entries()) {
            const problem = await refusal(sql, `setup[${index}]`, statement);
            // What follows would be refused for want of it.
            if (problem !== undefined) return [(await refusedConfiguration(sql)) ?? problem];
        }
        const paths = insertsOf({ statement: inputs.statement }).map(({ property }) => property);
        const problems: Problem[] = [];
        for (const [index, insert] of job.inserts.entries()) {
            const problem = await refusal(sql, paths[index] ?? "statement", `EXPLAIN ${insert}`);
            if (problem !== undefined) problems.push(problem);
        }
        const configuration = problems.length === 0 ? undefined : await refusedConfiguration(sql);
        return configuration === undefined ? problems : [configuration];
    });
}

/** A wrong option makes the gateway refuse every statement, whatever it says: also one that cannot be wrong. */
function refusedConfiguration(sql: SqlSession): Promise<Problem | undefined> {
    return refusal(sql, "configuration", "SHOW CURRENT CATALOG");
}

async function refusal(sql: SqlSession, property: string, statement: string): Promise<Problem | undefined> {
    try {
        await sql.run(statement, STATEMENT_SECONDS);
        return undefined;
    } catch (error) {
        if (!isRefused(error)) throw error;
        const what = "the SQL gateway refuses it";
        // A value that an option does not understand fails whatever is asked first.
        const [why, key] = /Could not parse value .*? for key '([^']+)'/.exec(traceOf(error)) ?? [];
        if (why !== undefined && key !== undefined) {
            return { property: `configuration[${JSON.stringify(key)}]`, what, why };
        }
        return { property, what, why: (error as Error).message };
    }
}
