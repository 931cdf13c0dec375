/**
 * Identifiers. Each is a string or a number with a brand, so that a user id cannot be
 * passed where a room id is meant. The constructors check shape only.
 */
declare const brand: unique symbol;
type Brand<T, Name extends string> = T & { readonly [brand]: Name };

/** 1–128 of `A-Za-z0-9._:@-`; the `sub` of a token. */
export type UserId = Brand<string, 'UserId'>;
/** Opaque; made by the product (an HMAC), never by a client. */
export type RoomId = Brand<string, 'RoomId'>;
/** 1–64 of `A-Za-z0-9._:-`; made by the client so that a retry is harmless. */
export type ClientMessageId = Brand<string, 'ClientMessageId'>;
/** 1–128 of `A-Za-z0-9._:@-`; the storefront's own product id. */
export type ProductId = Brand<string, 'ProductId'>;
/** 1–64 of `A-Za-z0-9._:-`. */
export type TagId = Brand<string, 'TagId'>;
/** Place of an entry in its room's log, 1..n without holes. 0 stands for "before the first". */
export type Seq = Brand<number, 'Seq'>;
/** 0..N-1. */
export type ShardId = Brand<number, 'ShardId'>;
/** Ownership epoch of a shard; only ever grows. */
export type Epoch = Brand<number, 'Epoch'>;
/** One connection's life at one edge, or one REST request. */
export type SessionId = Brand<string, 'SessionId'>;
/** An edge process and its incarnation. */
export type EdgeId = Brand<string, 'EdgeId'>;
/** An actor process and its incarnation. */
export type NodeId = Brand<string, 'NodeId'>;
/** Changes when a backup is restored or the shard count changes; cursors of another one are void. */
export type Generation = Brand<string, 'Generation'>;
/** Names one batch that an edge appends, the same in every repeat of it. */
export type BatchId = Brand<string, 'BatchId'>;

const USER_ID = /^[A-Za-z0-9._:@-]{1,128}$/;
const CLIENT_MESSAGE_ID = /^[A-Za-z0-9._:-]{1,64}$/;
const ROOM_ID = /^[A-Za-z0-9._-]{1,64}$/;

export const isUserId = (s: string): s is UserId => USER_ID.test(s);
export const isProductId = (s: string): s is ProductId => USER_ID.test(s);
export const isClientMessageId = (s: string): s is ClientMessageId => CLIENT_MESSAGE_ID.test(s);
export const isTagId = (s: string): s is TagId => CLIENT_MESSAGE_ID.test(s);
export const isRoomId = (s: string): s is RoomId => ROOM_ID.test(s);
export const isSeq = (n: number): n is Seq => Number.isSafeInteger(n) && n >= 0;

/** Casts for places where the shape is already known: rows of our own store, literals in tests. */
export const asUserId = (s: string): UserId => s as UserId;
export const asRoomId = (s: string): RoomId => s as RoomId;
export const asClientMessageId = (s: string): ClientMessageId => s as ClientMessageId;
export const asProductId = (s: string): ProductId => s as ProductId;
export const asTagId = (s: string): TagId => s as TagId;
export const asSeq = (n: number): Seq => n as Seq;
export const asShardId = (n: number): ShardId => n as ShardId;
export const asEpoch = (n: number): Epoch => n as Epoch;
export const asSessionId = (s: string): SessionId => s as SessionId;
export const asEdgeId = (s: string): EdgeId => s as EdgeId;
export const asNodeId = (s: string): NodeId => s as NodeId;
export const asGeneration = (s: string): Generation => s as Generation;
export const asBatchId = (s: string): BatchId => s as BatchId;

/** A process under its name; `incarnation` is fresh and holds no dot. */
export const nodeIdOf = (name: string, incarnation: string): NodeId => `${name}.${incarnation}` as NodeId;
/** The name that all incarnations of a process share. */
export const nodeName = (node: NodeId): string => node.slice(0, node.lastIndexOf('.'));

export const FIRST_SEQ = 1 as Seq;
/** The position before the first entry. */
export const BEFORE_FIRST = 0 as Seq;
export const nextSeq = (s: Seq): Seq => (s + 1) as Seq;
