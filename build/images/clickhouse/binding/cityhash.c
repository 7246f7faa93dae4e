/* CityHash128 of version 1.0.2, with which ClickHouse marks its compressed blocks. Later versions of CityHash differ. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static const uint64_t K0 = 0xc3a5c85c97cb3127, K1 = 0xb492b66fbe98f273, K2 = 0x9ae16a3b2f90404f,
                      K3 = 0xc949d7c7509e6557, MULTIPLIER = 0x9ddfea08eb382d69;

struct pair {
    uint64_t low, high;
};

static uint64_t word(const uint8_t *at)
{
    uint64_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

static uint64_t turned(uint64_t value, unsigned by)
{
    return value >> by | value << (64 - by);
}

static uint64_t mixed(uint64_t value)
{
    return value ^ value >> 47;
}

static uint64_t joined(uint64_t one, uint64_t other)
{
    uint64_t first = mixed((one ^ other) * MULTIPLIER);
    return mixed((other ^ first) * MULTIPLIER) * MULTIPLIER;
}

static uint64_t hash_up_to_16(const uint8_t *at, size_t length)
{
    if (length > 8) {
        uint64_t end = word(at + length - 8);
        return joined(word(at), turned(end + length, (unsigned)length)) ^ end;
    }
    if (length >= 4) {
        uint32_t start, end;
        memcpy(&start, at, 4);
        memcpy(&end, at + length - 4, 4);
        return joined(length + ((uint64_t)start << 3), end);
    }
    if (length > 0) {
        uint32_t y = at[0] + ((uint32_t)at[length >> 1] << 8);
        uint32_t z = (uint32_t)length + ((uint32_t)at[length - 1] << 2);
        return mixed(y * K2 ^ z * K3) * K2;
    }
    return K2;
}

/* Two words from 32 bytes and two more words. */
static struct pair hash_32(const uint8_t *at, uint64_t a, uint64_t b)
{
    a += word(at);
    b = turned(b + a + word(at + 24), 21);
    uint64_t first = a;
    a += word(at + 8) + word(at + 16);
    return (struct pair){a + word(at + 24), b + turned(a, 44) + first};
}

static struct pair hash_short(const uint8_t *at, size_t length, uint64_t a, uint64_t b)
{
    uint64_t c, d;
    if (length <= 16) {
        a = mixed(a * K1) * K1;
        c = b * K1 + hash_up_to_16(at, length);
        d = mixed(a + (length >= 8 ? word(at) : c));
    } else {
        c = joined(word(at + length - 8) + K1, a);
        d = joined(b + length, c + word(at + length - 16));
        a += d;
        for (size_t done = 0; done + 16 < length; done += 16) {
            a = (a ^ mixed(word(at + done) * K1) * K1) * K1;
            b ^= a;
            c = (c ^ mixed(word(at + done + 8) * K1) * K1) * K1;
            d ^= c;
        }
    }
    a = joined(a, c);
    b = joined(d, b);
    return (struct pair){a ^ b, joined(b, a)};
}

static struct pair hash_long(const uint8_t *at, size_t length, uint64_t x, uint64_t y)
{
    uint64_t z = length * K1;
    struct pair v, w;
    v.low = turned(y ^ K1, 49) * K1 + word(at);
    v.high = turned(v.low, 42) * K1 + word(at + 8);
    w.low = turned(y + z, 35) * K1 + x;
    w.high = turned(x + word(at + 88), 53) * K1;
    /* Blocks of 64 bytes, always two of them. */
    for (size_t blocks = length / 128 * 2; blocks > 0; blocks--, at += 64) {
        x = turned(x + y + v.low + word(at + 16), 37) * K1 ^ w.high;
        y = turned(y + v.high + word(at + 48), 42) * K1 ^ v.low;
        z = turned(z ^ w.low, 33);
        v = hash_32(at, v.high * K1, x + w.low);
        w = hash_32(at + 32, z + w.high, y);
        uint64_t kept = z;
        z = x;
        x = kept;
    }
    length %= 128;
    y += turned(w.low, 37) * K0 + z;
    x += turned(v.low + z, 49) * K0;
    /* The rest, from its end; this may read again what was read before. */
    for (size_t done = 0; done < length;) {
        done += 32;
        const uint8_t *part = at + length - done;
        y = turned(y - x, 42) * K0 + v.high;
        w.low += word(part + 16);
        x = turned(x, 49) * K0 + w.low;
        w.low += v.low;
        v = hash_32(part, v.low, v.high);
    }
    x = joined(x, v.low);
    y = joined(y, w.low);
    return (struct pair){joined(x + v.high, w.high) + y, joined(x + w.high, y + v.high)};
}

void cityhash128(const uint8_t *at, size_t length, uint8_t result[16])
{
    uint64_t a = K0, b = K1;
    size_t taken = 0;
    if (length >= 16) {
        a = word(at) ^ K3;
        b = word(at + 8);
        taken = 16;
    } else if (length >= 8) {
        a = word(at) ^ length * K0;
        b = word(at + length - 8) ^ K1;
        taken = length;
    }
    at += taken;
    length -= taken;
    struct pair hash = length < 128 ? hash_short(at, length, a, b) : hash_long(at, length, a, b);
    memcpy(result, &hash.low, 8);
    memcpy(result + 8, &hash.high, 8);
}
