import { block, type DeclaredResource, known, list } from "../declared-resource";

/** Topics of a connector. */
export interface ConnectorTopics {
    /** That it writes. */
    readonly topics: readonly string[];
    /** That it reads. */
    readonly reads: readonly string[];
}

const DEBEZIUM = /^io\.debezium\.connector\./;

/**
 * Topics of a connector, as far as its configuration names them: those of a sink, and those of a Debezium source with the
 * tables that it captures. A router's pattern is followed where it is one that JavaScript reads the same way.
 */
export function connectorTopics(
    { props }: Pick<DeclaredResource, "props">,
    publications: readonly Pick<DeclaredResource, "props">[],
): ConnectorTopics {
    const config = block(props.config);
    const sinkTopics = known(config.topics);
    if (sinkTopics !== undefined) return { topics: [], reads: names(sinkTopics) };
    const prefix = known(config["topic.prefix"]);
    const ownNames = config["topic.naming.strategy"] !== undefined || config["topic.delimiter"] !== undefined;
    if (!DEBEZIUM.test(known(config["connector.class"]) ?? "") || prefix === undefined || ownNames) {
        return { topics: [], reads: [] };
    }
    const route = routing(config);
    const topics =
        route === undefined ? [] : captured(config, publications).map((table) => route(`${prefix}.${table}`));
    return { topics, reads: [] };
}

/** `schema.table` of all tables that are named one by one; none where patterns choose them. */
function captured(
    config: Readonly<Record<string, unknown>>,
    publications: readonly Pick<DeclaredResource, "props">[],
): string[] {
    const included = known(config["table.include.list"]);
    const publication = known(config["publication.name"]);
    const published = publications.find(({ props }) => publication !== undefined && props.publication === publication);
    const tables =
        included !== undefined
            ? names(included)
            : list(published?.props.tables)
                  .flatMap((table) => known(table) ?? [])
                  .map((table) => (table.includes(".") ? table : `public.${table}`));
    // A full stop stands between schema and table; anything else that a regular expression knows makes it a pattern.
    return tables.filter((table) => /^[\w-]+\.[\w-]+$/.test(table));
}

/** What the transforms make of a topic's name; undefined when that cannot be said. */
function routing(config: Readonly<Record<string, unknown>>): ((topic: string) => string) | undefined {
    const steps: ((topic: string) => string)[] = [];
    for (const name of names(known(config.transforms) ?? "")) {
        const setting = (key: string): string => known(config[`transforms.${name}.${key}`]) ?? "";
        const type = setting("type");
        if (/\.(ExtractNewRecordState|ReplaceField\$\w+|InsertField\$\w+|MaskField\$\w+|Cast\$\w+)$/.test(type))
            continue;
        if (!type.endsWith(".RegexRouter") || setting("predicate") !== "") return undefined;
        try {
            const pattern = new RegExp(`^(?:${setting("regex")})$`);
            steps.push((topic) => topic.replace(pattern, setting("replacement")));
        } catch {
            return undefined;
        }
    }
    return (topic) => steps.reduce((name, step) => step(name), topic);
}

function names(text: string): string[] {
    return text
        .split(",")
        .map((name) => name.trim())
        .filter((name) => name !== "");
}
