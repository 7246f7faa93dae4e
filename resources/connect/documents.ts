/** A connector's configuration: key → value. Connect keeps every value as text, so `50` and `"50"` are the same. */
export type ConnectorConfig = Readonly<Record<string, string | number | boolean>>;

/** What a connector is to do. Paused keeps its tasks, stopped gives up what they hold; both keep the position. */
export type ConnectorState = "running" | "paused" | "stopped";

/** The position of a connector in one partition of what it reads, in the connector's own words. */
export interface ConnectorOffset {
    /** Such as `{ server: "shop" }` for Debezium, `{ kafka_topic: "t", kafka_partition: 0 }` for every sink. */
    readonly partition: Readonly<Record<string, unknown>>;
    /** Where to go on. @default the position in this partition is forgotten */
    readonly offset?: Readonly<Record<string, unknown>>;
}

/** A move of a connector's position. */
export interface ConnectorOffsets {
    /** Forget the whole position. Any text, such as a date: another text resets once more. */
    readonly reset?: string;
    /** Go on elsewhere in these partitions; others stay where they are. */
    readonly alter?: readonly ConnectorOffset[];
}

/** What is done with a connector's position when it is deleted. */
export interface OnDelete {
    /** `keep`: a connector of the same name goes on there. `drop`: it begins anew. @default "keep" */
    readonly offsets?: "keep" | "drop";
}
