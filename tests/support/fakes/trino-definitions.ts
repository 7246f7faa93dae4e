/** A table or view of a {@link FakeSchema}. */
export interface Relation {
    readonly kind: "table" | "view" | "materialized view";
    readonly properties?: Readonly<Record<string, string>>;
    readonly sql?: string;
    readonly security?: string;
    comment?: string;
}

/** A schema of a {@link FakeCatalog}. */
export interface FakeSchema {
    readonly properties: Readonly<Record<string, string>>;
    readonly relations: Map<string, Relation>;
}

/** A catalog of a fake Trino. */
export interface FakeCatalog {
    readonly connector: string;
    readonly properties: Readonly<Record<string, string>>;
    readonly schemas: Map<string, FakeSchema>;
    /** Its stored definition does not load. */
    broken?: boolean;
}

/** Properties that each connector of the fake knows. */
const CONNECTORS: Readonly<Record<string, readonly string[]>> = {
    memory: ["memory.max-data-per-node", "memory.splits-per-node"],
    jmx: ["jmx.dump-tables"],
    tpch: ["tpch.splits-per-node"],
    hive: ["hive.metastore", "hive.metastore.catalog.dir", "fs.native-local.enabled", "local.location"],
    iceberg: ["iceberg.catalog.type", "hive.metastore.catalog.dir", "fs.native-local.enabled", "local.location"],
    postgresql: ["connection-url", "connection-user", "connection-password"],
};

/** A name in quotes, for regular expressions. */
export const NAME = '"((?:[^"]|"")+)"';
/** A text in quotes, for regular expressions. */
export const TEXT = "'((?:[^']|'')*)'";

/** What Trino has against a catalog's definition, in its words; undefined when nothing. @param environment names of secrets. */
export function definitionTrouble(
    connector: string,
    properties: Readonly<Record<string, string>>,
    environment: readonly string[],
): string | undefined {
    const known = CONNECTORS[connector];
    if (known === undefined) {
        return `No factory for connector '${connector}'. Available factories: [${Object.keys(CONNECTORS).join(", ")}]`;
    }
    const named = Object.values(properties).flatMap((value) => /\$\{ENV:(\w+)\}/.exec(value)?.[1] ?? []);
    const missing = named.find((name) => !environment.includes(name));
    if (missing !== undefined) return `Environment variable is not set: ${missing}`;
    const wrong = Object.entries(properties).flatMap(([name, value]) => {
        if (!known.includes(name)) return [`Error: Configuration property '${name}' was not used`];
        if (!name.includes("max-data") || /^(\d+[a-z]*B|\$\{.*\})$/i.test(value)) return [];
        const setter = "public MemoryConfig MemoryConfig.setMaxDataPerNode(DataSize)";
        return [`Error: Invalid value '${value}' for type DataSize (property '${name}') in order to call [${setter}]`];
    });
    if (wrong.length === 0) return undefined;
    const errors = wrong.map((line, index) => `${index + 1}) ${line}`).join("\n\n");
    const rule = (text: string): string => `${"=".repeat(text.length)}\n${text}\n${"=".repeat(text.length)}\n`;
    const legend = `${rule("Full classname legend:")}MemoryConfig: "io.trino.plugin.memory.MemoryConfig"\n`;
    const count = `${wrong.length} error${wrong.length > 1 ? "s" : ""}`;
    return `Configuration errors:\n\n${errors}\n\n${count}\n\n${legend}${rule("End of classname legend:")}`;
}

/** A catalog as it is when it was made. */
export function catalogOf(connector: string, properties: Readonly<Record<string, string>>): FakeCatalog {
    const schemas = new Map<string, FakeSchema>();
    if (connector === "memory") schemas.set("default", { properties: {}, relations: new Map() });
    return { connector, properties, schemas };
}

/** What stands in a WITH. */
export function propertiesOf(list = ""): Record<string, string> {
    const found = [...list.matchAll(new RegExp(`${NAME} = (?:${TEXT}|(\\w+))`, "g"))];
    return Object.fromEntries(found.map(([, name, text, bare]) => [name, bare ?? text?.replaceAll("''", "'") ?? ""]));
}
