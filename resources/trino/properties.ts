import { below } from "../document";
import type { Problem } from "../errors";
import { hasUnknown, UNKNOWN } from "../lifecycle";
import { quotedName, quotedText } from "./api";
import { tokensOf } from "./sql-text";

/** A property's value: catalogs take it as text; schemas and views as what it is. */
export type PropertyValue = string | number | boolean;

/** `"location" = 's3://…', "partitioning" = ARRAY['day']`, for WITH. */
export function propertyList(properties: Readonly<Record<string, PropertyValue | readonly PropertyValue[]>>): string {
    return Object.entries(properties)
        .filter(([, value]) => value !== undefined && value !== null)
        .map(([name, value]) => `${quotedName(name)} = ${valueText(value)}`)
        .join(", ");
}

/** A value in the form in which `shown` gives it. */
export function shownValue(value: PropertyValue | readonly PropertyValue[]): string {
    if (!Array.isArray(value)) return String(value);
    return tokensOf(valueText(value))
        .map(({ text }) => text)
        .join(" ");
}

/** What can be said offline about properties of a schema or view. @param lists whether a list may be a value. */
export function propertiesProblems(properties: unknown, lists: boolean): Problem[] {
    if (properties === undefined || properties === UNKNOWN) return [];
    if (properties === null || typeof properties !== "object" || Array.isArray(properties)) {
        return [{ property: "properties", what: "properties is no object of names and values" }];
    }
    return Object.entries(properties).flatMap(([name, value]) => {
        const values = lists && Array.isArray(value) ? value : [value];
        if (hasUnknown(value) || values.every((one) => ["string", "number", "boolean"].includes(typeof one))) return [];
        const what = `${name} is neither text, number${lists ? ", boolean nor a list of them" : " nor boolean"}`;
        return [{ property: below("properties", name), what }];
    });
}

function valueText(value: PropertyValue | readonly PropertyValue[]): string {
    if (Array.isArray(value)) return `ARRAY[${value.map(valueText).join(", ")}]`;
    return typeof value === "string" ? quotedText(value) : String(value);
}
