/** FNV-1a over ASCII, finished with MurmurHash3's fmix32, since FNV alone leaves the low bits of short texts poorly mixed. */
export const hash32 = (text: string): number => fmix32(fnv1a32(text));

const fnv1a32 = (text: string): number => {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h;
};

const fmix32 = (hash: number): number => {
  let h = hash;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
};
