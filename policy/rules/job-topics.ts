import { outsideLiterals, statementsOf } from "../../resources/flink/statements";
import { known, list, type Props } from "../declared-resource";

/** Topics of a job. */
export interface JobTopics {
    readonly reads: readonly string[];
    readonly writes: readonly string[];
}

/** Topics that a Flink job's own tables stand for, as far as its statements are known. */
export function jobTopics({ setup, statement }: Props): JobTopics {
    const text = (value: unknown): string[] => statementsOf(known(value) ?? "");
    const inserts = (Array.isArray(statement) ? statement : [statement]).flatMap(text);
    const written = new Set(
        inserts.flatMap((insert) => /^INSERT\s+INTO\s+([\w.`]+)/i.exec(insert)?.[1] ?? []).map(plainName),
    );
    const tables = list(setup)
        .flatMap(text)
        .flatMap((create) => tableWithTopics(create) ?? []);
    const of = (isWritten: boolean): string[] => [
        ...new Set(tables.filter(({ table }) => written.has(table) === isWritten).flatMap(({ topics }) => topics)),
    ];
    return { reads: of(false), writes: of(true) };
}

function tableWithTopics(create: string): { table: string; topics: string[] } | undefined {
    const [, name] =
        /^CREATE\s+(?:TEMPORARY\s+)?TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?([\w.`]+)/i.exec(outsideLiterals(create)) ?? [];
    const option = (key: string): string | undefined =>
        new RegExp(`'${key.replace(".", "\\.")}'\\s*=\\s*'([^']+)'`).exec(create)?.[1];
    const topics = option("topic");
    if (name === undefined || topics === undefined || !/^(upsert-)?kafka$/.test(option("connector") ?? ""))
        return undefined;
    return { table: plainName(name), topics: topics.split(";").map((topic) => topic.trim()) };
}

function plainName(name: string): string {
    return name.replaceAll("`", "");
}
