const JSON_TYPE = "application/json; charset=UTF-8";
const TEXT_TYPE = "text/plain; charset=UTF-8";
const BINARY_TYPE = "application/octet-stream";

const TYPES: readonly (readonly [pattern: RegExp, type: string])[] = [
    [/^JSON\w*EachRow(WithProgress|WithNames|WithNamesAndTypes)?$/, "application/x-ndjson; charset=UTF-8"],
    [/^JSON/, JSON_TYPE],
    [/^CSVWithNames/, "text/csv; charset=UTF-8; header=present"],
    [/^CSV/, "text/csv; charset=UTF-8; header=absent"],
    [/^(TSV|TabSeparated)/, "text/tab-separated-values; charset=UTF-8"],
    [/^XML$/, "application/xml; charset=UTF-8"],
    [/^Markdown$/, "text/markdown; charset=UTF-8"],
    [/^(Native|RowBinary\w*|Parquet|ORC|Avro|Arrow\w*|Protobuf\w*|MsgPack|CapnProto|BSONEachRow|Npy)$/, BINARY_TYPE],
];

/** The media type of an output format, as the server names it. */
export function contentType(format: string): string {
    return TYPES.find(([pattern]) => pattern.test(format))?.[1] ?? TEXT_TYPE;
}
