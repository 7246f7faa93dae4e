/** Marks a secret in a deployment; an export carries its value beside the mark, the stored state its cipher text. */
const SECRET = "4dabf18193072939515e22adb298388d";

/** A stack's state without its secrets: what is left stands in clear wherever the state is kept. */
export function clearState(state: string): string {
    return JSON.stringify(JSON.parse(state), (_key, value) => (value?.[SECRET] === undefined ? value : "secret"));
}
