import { VersionedMap, type Value } from './versioned-map.js';

/** Remembers at least the last `capacity` things put into it, and at most twice as many. Immutable. */
export interface Recent<K, V extends Value> {
  readonly capacity: number;
  /** Null while nothing was put in: most rooms in memory are quiet. */
  readonly young: VersionedMap<K, V> | null;
  readonly old: VersionedMap<K, V> | null;
}

export const nothingRecent = <K, V extends Value>(capacity: number): Recent<K, V> => ({
  capacity,
  young: null,
  old: null,
});

/** Two generations: once the young one is full it becomes the old one, and what was old is forgotten at once. */
export const remember = <K, V extends Value>(recent: Recent<K, V>, key: K, value: V): Recent<K, V> => {
  const { capacity, young, old } = recent;
  return young !== null && young.size < capacity
    ? { capacity, young: young.with(key, value), old }
    : { capacity, young: VersionedMap.empty<K, V>().with(key, value), old: young };
};

export const recall = <K, V extends Value>(recent: Recent<K, V>, key: K): V | undefined =>
  recent.young?.get(key) ?? recent.old?.get(key);
