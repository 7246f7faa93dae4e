/**
 * Kafka's murmur2 of a key. kafkajs has the same function on big integers, which takes longer than making an event.
 */
export function murmur2(key: Uint8Array): number {
    const M = 0x5bd1e995;
    let hash = 0x9747b28c ^ key.length;
    const whole = key.length - (key.length % 4);
    const byte = (index: number): number => key[index] ?? 0;
    for (let index = 0; index < whole; index += 4) {
        let word = byte(index) | (byte(index + 1) << 8) | (byte(index + 2) << 16) | (byte(index + 3) << 24);
        word = Math.imul(word, M);
        word = Math.imul(word ^ (word >>> 24), M);
        hash = Math.imul(hash, M) ^ word;
    }
    const rest = key.length % 4;
    if (rest === 3) hash ^= byte(whole + 2) << 16;
    if (rest >= 2) hash ^= byte(whole + 1) << 8;
    if (rest >= 1) hash = Math.imul(hash ^ byte(whole), M);
    hash = Math.imul(hash ^ (hash >>> 13), M);
    return hash ^ (hash >>> 15);
}

/**
 * The partition of a key, as Java clients, Kafka Connect and Flink choose it: a table that is keyed by the same column
 * finds all rows of a key in one partition, whoever wrote them.
 */
export function partitionOf(key: string, partitions: number): number {
    return (murmur2(Buffer.from(key)) & 0x7fff_ffff) % partitions;
}
