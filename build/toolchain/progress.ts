/** Says in one line what is under way; called as often as something is new, at least every second in long steps. */
export type Report = (line: string) => void;

/** "0.4 s", "12 s", "3 min 5 s" */
export function durationText(milliseconds: number): string {
    const seconds = milliseconds / 1000;
    if (seconds < 10) return `${seconds.toFixed(1)} s`;
    if (seconds < 120) return `${Math.round(seconds)} s`;
    const whole = Math.round(seconds);
    return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** What a long step says while it runs. @param typicalSeconds how long it takes on a machine of two cores. */
export function progressLine(doing: string, milliseconds: number, typicalSeconds: number | undefined): string {
    const typical = typicalSeconds === undefined || typicalSeconds < 10 ? undefined : roughly(typicalSeconds);
    if (milliseconds < 1_000) return typical === undefined ? doing : `${doing} (about ${typical})`;
    return `${doing}: ${durationText(milliseconds)}${typical === undefined ? "" : ` of about ${typical}`}`;
}

function roughly(seconds: number): string {
    return seconds < 90 ? `${Math.round(seconds / 5) * 5} s` : `${Math.round(seconds / 60)} min`;
}
