/** A string literal. */
export function quoted(text: string): string {
    return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}

/** A quoted name. */
export function identifier(name: string): string {
    return `\`${name.replaceAll("\\", "\\\\").replaceAll("`", "\\`")}\``;
}

/** `USE`: the database of a session. */
export function useDatabase(name: string): string {
    return `USE ${identifier(name)}`;
}

/** `SET` of some settings, whose names were checked; each value as text, which the engine reads by the setting's type. */
export function setSettings(settings: ReadonlyMap<string, string>): string {
    return `SET ${[...settings].map(([name, value]) => `${name} = ${quoted(value)}`).join(", ")}`;
}

/** `SET` that brings settings back to what they were: rows of system.settings, as name, value, changed. */
export function resetSettings(rows: readonly (readonly [name: string, value: string, changed: number])[]): string {
    if (rows.length === 0) return "";
    return `SET ${rows.map(([name, value, changed]) => `${name} = ${changed ? quoted(value) : "DEFAULT"}`).join(", ")}`;
}
