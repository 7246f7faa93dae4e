import { encodeRecords } from "./records";
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
 * Messages as kafkajs 2.2.4 sends them with less work. It sorts messages into partitions by `reduce`, copying a growing
 * array for each (tulios/kafkajs #1576), and encodes each record by `map`, in two buffers and big integers of its own: 4
 * of the 20 µs that an event costs. Both get a short cut here that gives the same bytes. When kafkajs does something
 * else with the messages than what is known of it, they are an array like any other.
 */
export function prepared({ partition, messages }: PartitionRequest): Message[] {
    const map = (callback: (message: Message, index: number, all: Message[]) => unknown): unknown[] => {
        const [first] = messages;
        if (first === undefined) return [];
        const wanted = callback(first, 0, messages);
        return isOurs(wanted, first) ? encodeRecords(messages) : Array.prototype.map.call(messages, callback);
    };
    return Object.defineProperties(messages, {
        reduce: { value: () => ({ [partition]: messages }) },
        map: { value: map },
    });
}

/** Whether kafkajs makes the record of a message that we would make. */
function isOurs(wanted: unknown, message: Message): boolean {
    if (typeof wanted !== "object" || wanted === null || !("buffer" in wanted)) return false;
    const [ours] = encodeRecords([message]);
    return Buffer.isBuffer(wanted.buffer) && ours !== undefined && wanted.buffer.equals(ours.buffer);
}
