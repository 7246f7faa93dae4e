type Fields = Readonly<Record<string, string | number | boolean | undefined>>;

/** One JSON object a line. Neither statements nor rows nor credentials are ever among the fields. */
export class Log {
    /** @param write where lines go. @default standard output */
    constructor(
        private readonly level: "information" | "error" = "information",
        private readonly write: (line: string) => void = (line) => process.stdout.write(line),
    ) {}

    information(message: string, fields: Fields = {}): void {
        if (this.level === "information") this.line("information", message, fields);
    }

    error(message: string, fields: Fields = {}): void {
        this.line("error", message, fields);
    }

    private line(level: string, message: string, fields: Fields): void {
        this.write(`${JSON.stringify({ time: new Date().toISOString(), level, message, ...fields })}\n`);
    }
}
