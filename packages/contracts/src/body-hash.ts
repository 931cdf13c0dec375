import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import type { CommandBody, CommandKind } from './commands.js';
import type { ProductId, RoomId, UserId, ClientMessageId } from './ids.js';

/** The deployment's secret for body hashes and room ids; 32 bytes or more, made once, never changed. */
export type DeploymentKey = Uint8Array;

/** Making a key object costs several times the hash itself, and there is one key a process. */
const keyObjects = new WeakMap<DeploymentKey, KeyObject>();

const keyObjectOf = (key: DeploymentKey): KeyObject => {
  const known = keyObjects.get(key);
  if (known !== undefined) return known;
  const made = createSecretKey(key);
  keyObjects.set(key, made);
  return made;
};

const mac = (key: DeploymentKey, ...parts: readonly string[]): string =>
  // Each part's length stands before it, so that no two lists of parts give one text.
  createHmac('sha256', keyObjectOf(key))
    .update(parts.map((p) => `${String(p.length)}:${p}`).join(''))
    .digest('base64url')
    .slice(0, 22);

/** Equal for equal kind and body. Keyed, since a bare hash of a phone number is guessed in minutes. */
export const bodyHashOf = <K extends CommandKind>(key: DeploymentKey, kind: K, body: CommandBody[K]): string =>
  mac(key, 'body', kind, canonical(body));

/** Exactly one inquiry room per (product, buyer), and its id tells a stranger nothing. */
export const inquiryRoomId = (key: DeploymentKey, product: ProductId, buyer: UserId): RoomId =>
  `r${mac(key, 'inquiry', product, buyer)}` as RoomId;

/** A group's id follows from the command that made it, so that a retried creation is the same room. */
export const groupRoomId = (key: DeploymentKey, owner: UserId, cmid: ClientMessageId): RoomId =>
  `r${mac(key, 'group', owner, cmid)}` as RoomId;

/** Tells two keys apart and tells nothing of either. */
export const keyFingerprintOf = (key: DeploymentKey): string => mac(key, 'fingerprint');

const canonical = (body: object): string => JSON.stringify(Object.entries(body).sort(([a], [b]) => (a < b ? -1 : 1)));
