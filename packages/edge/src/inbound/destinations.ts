import { ChatError, isRoomId } from '@munova/contracts';
import type { RoomId } from '@munova/contracts';
import type { StompFrame } from '@munova/contracts/stomp';
import { ERRORS_DESTINATION, INBOX_DESTINATION } from '../session/answers.js';

/** `current`: `/rooms/{id}/messages`. `predecessor`: `/mpub/chat.sendMessage/{id}`. */
export type BodyFormat = 'current' | 'predecessor';

export type SendTarget =
  | { readonly kind: 'message'; readonly room: RoomId; readonly format: BodyFormat }
  | { readonly kind: 'typing'; readonly room: RoomId }
  | { readonly kind: 'token' };

export type SubscribeTarget =
  | { readonly kind: 'room' | 'topic' | 'typing'; readonly room: RoomId }
  | { readonly kind: 'errors' }
  | { readonly kind: 'inbox' };

const ROOM_MESSAGES = /^\/rooms\/([^/]*)\/messages$/;
const ROOM_TYPING = /^\/rooms\/([^/]*)\/typing$/;
const PREDECESSOR_SEND = /^\/mpub\/chat\.sendMessage\/([^/]*)$/;
const ROOM = /^\/rooms\/([^/]*)$/;
const PREDECESSOR_TOPIC = /^\/msub\/topic\/([^/]*)$/;
const TOKEN_DESTINATION = '/user/session/token';

/** @throws {ChatError} `unknown-destination`, `CHAT_01` where the room cannot exist */
export const sendTarget = (destination: string | undefined): SendTarget => {
  if (destination === TOKEN_DESTINATION) return { kind: 'token' };
  const current = roomIn(ROOM_MESSAGES, destination);
  if (current !== null) return { kind: 'message', room: current, format: 'current' };
  const typing = roomIn(ROOM_TYPING, destination);
  if (typing !== null) return { kind: 'typing', room: typing };
  const old = roomIn(PREDECESSOR_SEND, destination);
  if (old !== null) return { kind: 'message', room: old, format: 'predecessor' };
  throw unknown('SEND', destination);
};

/** The room whose actor a SEND is for, where it is for one at all. */
export const roomOfSend = (frame: StompFrame): RoomId | null => {
  const destination = frame.header('destination') ?? '';
  const id = (ROOM_MESSAGES.exec(destination) ?? PREDECESSOR_SEND.exec(destination))?.[1];
  return id !== undefined && isRoomId(id) ? id : null;
};

/** @throws {ChatError} `unknown-destination`, `CHAT_01` where the room cannot exist */
export const subscribeTarget = (destination: string | undefined): SubscribeTarget => {
  if (destination === ERRORS_DESTINATION) return { kind: 'errors' };
  if (destination === INBOX_DESTINATION) return { kind: 'inbox' };
  const room = roomIn(ROOM, destination);
  if (room !== null) return { kind: 'room', room };
  const typing = roomIn(ROOM_TYPING, destination);
  if (typing !== null) return { kind: 'typing', room: typing };
  const topic = roomIn(PREDECESSOR_TOPIC, destination);
  if (topic !== null) return { kind: 'topic', room: topic };
  throw unknown('SUBSCRIBE', destination);
};

const roomIn = (pattern: RegExp, destination: string | undefined): RoomId | null => {
  const id = pattern.exec(destination ?? '')?.[1];
  if (id === undefined) return null;
  if (!isRoomId(id)) throw new ChatError('CHAT_01');
  return id;
};

const unknown = (command: string, destination: string | undefined): ChatError =>
  new ChatError(
    'unknown-destination',
    destination === undefined ? `${command} has no destination.` : `${command} does not know this destination.`,
  );
