/** How the page writes numbers, money and times: English, with the viewer's own time zone. */

const COUNT = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const DECIMAL = new Intl.NumberFormat("en", { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const EURO = new Intl.NumberFormat("en", { style: "currency", currency: "EUR" });
const EURO_SHORT = new Intl.NumberFormat("en", {
    style: "currency",
    currency: "EUR",
    notation: "compact",
    maximumFractionDigits: 1,
});
const COUNT_SHORT = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
const PERCENT = new Intl.NumberFormat("en", { style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 });

/** What stands where there is nothing to say. */
export const NOTHING = "–";

/** `12,345` */
export function count(value: number): string {
    return COUNT.format(value);
}

/** `12.3K`, for axes. */
export function shortCount(value: number): string {
    return COUNT_SHORT.format(value);
}

/** `3.5` */
export function decimal(value: number): string {
    return DECIMAL.format(value);
}

/** `€1,234.56` */
export function money(cents: number): string {
    return EURO.format(cents / 100);
}

/** `€1.2K`, for axes. */
export function shortMoney(cents: number): string {
    return EURO_SHORT.format(cents / 100);
}

/** `12.3%`; a dash where there is nothing that it could be a part of. */
export function percent(part: number, whole: number): string {
    return whole === 0 ? NOTHING : PERCENT.format(part / whole);
}

/** `850 ms`, `1.4 s`, `45 s`, `3 min`, `2 h 5 min`, `4 d` */
export function duration(millis: number): string {
    const value = Math.max(0, millis);
    if (value < 1_000) return `${Math.round(value)} ms`;
    if (value < 9_950) return `${DECIMAL.format(value / 1_000)} s`;
    const seconds = Math.round(value / 1_000);
    if (seconds < 120) return `${seconds} s`;
    const minutes = Math.floor(seconds / 60);
    if (minutes < 60) return `${minutes} min`;
    const hours = Math.floor(minutes / 60);
    if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
    return `${Math.floor(hours / 24)} d`;
}

/** Width of a bucket in words: `minute`, `10 minutes`, `hour`. */
export function bucketName(millis: number): string {
    const minutes = millis / 60_000;
    if (minutes === 1) return "minute";
    if (minutes < 60) return `${minutes} minutes`;
    return minutes === 60 ? "hour" : `${minutes / 60} hours`;
}

/** `21 Nov 2026, 14:03` */
export function dateTime(epochMillis: number): string {
    return new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" }).format(epochMillis);
}

/** `14:03:27` */
export function clockTime(epochMillis: number): string {
    return new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" }).format(epochMillis);
}

/** What a `datetime-local` field takes, in the viewer's time zone. */
export function fieldTime(epochMillis: number): string {
    const at = new Date(epochMillis);
    const two = (value: number) => String(value).padStart(2, "0");
    return (
        `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}` +
        `T${two(at.getHours())}:${two(at.getMinutes())}`
    );
}
