import { asTagId } from '@munova/contracts';
import type { Tag } from '@munova/contracts';

const WEARERS = [
  ['M', '남성', 'Men'],
  ['W', '여성', 'Women'],
  ['K', '아동', 'Kids'],
  ['U', '남여공용', 'Unisex'],
] as const;

const KINDS = [
  ['SNEAKERS', '스니커즈', 'Sneakers'],
  ['RUNNING', '운동화', 'Running shoes'],
  ['LOAFERS', '로퍼', 'Loafers'],
  ['BOOTS', '부츠', 'Boots'],
  ['SANDALS', '샌들', 'Sandals'],
  ['SLIPPERS', '슬리퍼', 'Slippers'],
  ['CHELSEA_BOOTS', '첼시부츠', 'Chelsea boots'],
  ['DRESS_SHOES', '구두', 'Dress shoes'],
] as const;

const wearerId = (wearer: number): string => String(wearer + 1);
const kindId = (wearer: number, kind: number): string => String(WEARERS.length + wearer * KINDS.length + kind + 1);

/** The predecessor's tags: four wearers, ids 1–4, and below each the same eight kinds, ids 5–36. */
export const TAG_TREE: readonly Tag[] = WEARERS.flatMap(([code, nameKo, nameEn], w) => [
  { id: asTagId(wearerId(w)), code, nameKo, nameEn, parentId: null },
  ...KINDS.map(([kind, kindKo, kindEn], k) => ({
    id: asTagId(kindId(w, k)),
    code: `${code}_${kind}`,
    nameKo: kindKo,
    nameEn: kindEn,
    parentId: asTagId(wearerId(w)),
  })),
]);
