/** A configuration as ClickHouse keeps it: names to texts, lists and further names. */
export interface ConfigTree {
    [name: string]: ConfigValue;
}
export type ConfigValue = string | ConfigTree | ConfigValue[];

/** Turns what a YAML parser gave into a tree of texts. */
export function configTree(parsed: unknown): ConfigTree {
    const value = configValue(parsed ?? {});
    if (typeof value === "string" || Array.isArray(value)) throw new Error("the file is not a mapping");
    return value;
}

function configValue(parsed: unknown): ConfigValue {
    if (Array.isArray(parsed)) return parsed.map(configValue);
    if (typeof parsed !== "object" || parsed === null) return scalar(parsed);
    return Object.fromEntries(Object.entries(parsed).map(([name, value]) => [name, configValue(value)]));
}

function scalar(value: unknown): string {
    if (value === true) return "1";
    if (value === false) return "0";
    return value === null || value === undefined ? "" : String(value);
}

/**
 * Lays one configuration over another, as ClickHouse does with the files of config.d and users.d: names merge, and
 * `"@replace": replace` or `"@remove": remove` in a mapping replaces or removes it.
 */
export function merged(under: ConfigTree, over: ConfigTree): ConfigTree {
    const result: ConfigTree = { ...under };
    for (const [name, value] of Object.entries(over)) {
        const below = result[name];
        if (!isTree(value)) result[name] = value;
        else if (value["@remove"] !== undefined) delete result[name];
        else result[name] = merged(isTree(below) && value["@replace"] === undefined ? below : {}, value);
    }
    delete result["@replace"];
    return result;
}

export function isTree(value: ConfigValue | undefined): value is ConfigTree {
    return typeof value === "object" && !Array.isArray(value);
}

/** The same in XML, the only form that the engine reads. */
export function xmlOf(root: string, tree: ConfigTree): string {
    return `${element(root, tree)}\n`;
}

function element(name: string, value: ConfigValue): string {
    if (!/^[A-Za-z_][\w.-]*$/.test(name)) throw new Error(`"${name}" cannot be the name of a setting`);
    if (Array.isArray(value)) return value.map((item) => element(name, item)).join("");
    const content = isTree(value)
        ? Object.entries(value)
              .map(([inner, part]) => element(inner, part))
              .join("")
        : value.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
    return `<${name}>${content}</${name}>`;
}
