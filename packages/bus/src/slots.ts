/** Where Redis Cluster keeps a key: CRC-16/XMODEM of its hash tag, modulo 16,384 (redis.io, "Key distribution model"). */

const SLOTS = 16_384;

const crc16 = (bytes: Uint8Array): number => {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc & 0x8000) === 0 ? crc << 1 : (crc << 1) ^ 0x1021;
    crc &= 0xffff;
  }
  return crc;
};

/** What stands between the first `{` and the next `}`, unless that is nothing; else the whole key. */
const hashTag = (key: string): string => {
  const open = key.indexOf('{');
  const close = key.indexOf('}', open + 1);
  return open >= 0 && close > open + 1 ? key.slice(open + 1, close) : key;
};

/** The slot of a key or a sharded channel, 0 to 16,383. */
export const slotOf = (key: string): number => crc16(Buffer.from(hashTag(key))) % SLOTS;
