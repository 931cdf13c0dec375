const WORD_BYTES = 4;

/**
 * Takes a client's mask off `bytes[from…to)`, in place and four bytes at a time (RFC 6455, 5.3).
 * @param mask its four bytes, the first one highest
 * @param phase how many bytes of the payload came before `from`
 */
export const unmask = (bytes: Uint8Array, from: number, to: number, mask: number, phase: number): void => {
  if (mask === 0) return;
  const turn = (phase % WORD_BYTES) * 8;
  const turned = turn === 0 ? mask : (mask << turn) | (mask >>> (32 - turn));
  const view = new DataView(bytes.buffer, bytes.byteOffset + from, to - from);
  const words = view.byteLength - (view.byteLength % WORD_BYTES);
  for (let at = 0; at < words; at += WORD_BYTES) view.setInt32(at, view.getInt32(at) ^ turned);
  for (let at = words; at < view.byteLength; at++) {
    view.setUint8(at, view.getUint8(at) ^ (turned >>> (24 - 8 * (at - words))));
  }
};
