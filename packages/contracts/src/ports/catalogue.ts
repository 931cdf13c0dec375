import type { ProductId, TagId, UserId } from '../ids.js';
import type { Page } from './directory.js';

export interface Product {
  readonly productId: ProductId;
  readonly name: string;
  /** In won, an integer, 0 or more. */
  readonly price: number;
  /** https; null when there is none. */
  readonly imageUrl: string | null;
  /** A user's id, or a shop's whose agents carry it as `shop` in their tokens. */
  readonly sellerId: UserId;
}

export interface Tag {
  readonly id: TagId;
  readonly code: string;
  readonly nameKo: string;
  readonly nameEn: string;
  /** Null for one of the first level; there are two. */
  readonly parentId: TagId | null;
}

export interface Products {
  get(id: ProductId): Promise<Product | null>;
  /** Creates or replaces. */
  put(product: Product): Promise<void>;
  /** By id; `keyword` as in `RoomQuery`. @throws {ChatError} `bad-request` for a bad cursor. */
  list(keyword: string, cursor: string | null, limit: number): Promise<Page<Product>>;
}

export interface Tags {
  /** All of them, by id. */
  all(): Promise<readonly Tag[]>;
  /** Creates or replaces. */
  put(tag: Tag): Promise<void>;
}

/** What the whole deployment agrees on. */
export interface ClusterRecord {
  readonly generation: string;
  readonly shards: number;
  /** Name of the frozen hash from room id to shard. */
  readonly hash: string;
  readonly schema: number;
}

export interface Deployment {
  /** Makes the record on an empty store; gives what is there otherwise. */
  clusterRecord(shards: number, hash: string): Promise<ClusterRecord>;
  /** The one there is; null where no record was made yet. */
  generation(): Promise<string | null>;
  /**
   * Another generation, with so many shards, of a deployment of which no process runs: what Redis and clients know of
   * the former one means nothing in it. No shard is owned in it, and whoever owns one next has a greater epoch than
   * any that stands in a log. @throws {ChatError} `unavailable`: done or not, and it may be asked for again.
   */
  beginGeneration(shards: number, hash: string): Promise<ClusterRecord>;
  /**
   * The fingerprint of the key that the data of this deployment was made with: `mine` from now on, where none is kept
   * yet. Asked for once there is a record; a new generation keeps it.
   */
  keyFingerprint(mine: string): Promise<string>;
  /** A number greater than every one it gave before, durable: the epoch of a process that owns all shards. */
  nextEpoch(): Promise<number>;
}
