import type { Message } from "./source";

/**
 * Most bytes of messages in a request for one partition. Brokers take 1,048,588 bytes of a batch by default
 * (`max.message.bytes`), and a record has a few bytes beside key and value.
 */
export const REQUEST_BYTES = 1_040_000;

const RECORD_OVERHEAD = 32;

/** Messages of one partition, in their order, small enough for one request. */
export interface PartitionRequest {
    readonly partition: number;
    readonly messages: Message[];
}

/**
 * Divides messages into requests: lists of requests by partition. Those of one list have to go one after the other;
 * lists can go side by side. A message that is too large by itself is a request of its own, and the broker's to refuse.
 */
export function requestsOf(messages: readonly Message[], most: number = REQUEST_BYTES): PartitionRequest[][] {
    const lists = new Map<number, { requests: PartitionRequest[]; current: Message[]; bytes: number }>();
    for (const message of messages) {
        const bytes = RECORD_OVERHEAD + (message.key?.length ?? 0) + Buffer.byteLength(message.value);
        const list = lists.get(message.partition);
        if (list !== undefined && list.bytes + bytes <= most) {
            list.current.push(message);
            list.bytes += bytes;
            continue;
        }
        const current = [message];
        const request = { partition: message.partition, messages: current };
        if (list === undefined) lists.set(message.partition, { requests: [request], current, bytes });
        else {
            list.requests.push(request);
            list.current = current;
            list.bytes = bytes;
        }
    }
    return [...lists.values()].map(({ requests }) => requests);
}

/**
 * Tells kafkajs that all messages are for one partition. Version 2.2.4 sorts them by `reduce`, copying a growing array
 * for each message (tulios/kafkajs #1576): a thousand messages cost milliseconds, ten thousand a tenth of a second. Were
 * it to sort in another way, it would ask the producer's partitioner, which says the same.
 */
export function sorted({ partition, messages }: PartitionRequest): Message[] {
    return Object.defineProperty(messages, "reduce", { value: () => ({ [partition]: messages }) });
}
