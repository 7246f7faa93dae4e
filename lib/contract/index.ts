export { type ColumnRole, type ColumnType, type ColumnUse, dimension, type Field, key, metric, time } from "./field";
export {
    type FlinkTopic,
    flinkJsonColumns,
    flinkJsonValue,
    flinkLiteral,
    flinkUpsertTable,
} from "./flink-ddl";
export { messagesOf } from "./messages";
export { type PinotIndexes, type PinotSchemaDocument, pinotIndexes, pinotSchema } from "./pinot-schema";
export { problemsOf } from "./problems";
export { type Column, type RowOf, type Table, type TableOptions, table, union } from "./table";
