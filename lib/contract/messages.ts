import type { Column, Table } from "./table";

/** What stands in the messages of a topic that carries a contract's rows: their key, and the fields of their values. */
export function messagesOf({ messageKey, columns }: Table): {
    key?: string;
    fields: readonly Pick<Column, "name" | "type">[];
} {
    const fields = columns.map(({ name, type }) => ({ name, type }));
    return messageKey === undefined ? { fields } : { key: messageKey, fields };
}
