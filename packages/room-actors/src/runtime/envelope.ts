import {
  WireFormatError,
  type CommandKind,
  decodeBatch,
  type InboxBatch,
  type InboxFrame,
  type SessionId,
} from '@munova/contracts';

export type ReadableBatch = InboxBatch & { readonly session: SessionId };

/** Frames that nobody answers come without a session. */
const NO_SESSION = '' as SessionId;

/**
 * Decodes a batch and checks what delivering it relies on, so that a malformed one is recognised before any of it
 * was delivered. @throws {WireVersionError} newer than readable. @throws {WireFormatError} not a batch.
 */
export const openBatch = (text: string): ReadableBatch => {
  const batch = decodeBatch(text);
  for (const frame of batch.frames) check(batch, frame);
  return { ...batch, session: batch.session ?? NO_SESSION };
};

const check = (batch: InboxBatch, frame: Partial<InboxFrame>): void => {
  if (!isWhole(frame)) throw new WireFormatError('a frame is not of a known shape');
  if ((frame.frame === 'command' || frame.frame === 'watch') && typeof batch.session !== 'string') {
    throw new WireFormatError(`a ${frame.frame} without a session`);
  }
};

const isWhole = (frame: Partial<InboxFrame>): boolean => {
  switch (frame.frame) {
    case 'command': {
      const command: unknown = frame.command;
      return (
        isObject(command) &&
        isKind(command['kind']) &&
        isText(command['room']) &&
        isText(command['cmid']) &&
        isActor(command['actor']) &&
        isObject(command['body'])
      );
    }
    case 'watch':
      return isText(frame.room) && isActor(frame.actor);
    case 'announce':
    case 'unwatch':
      return Array.isArray(frame.rooms);
    default:
      return false;
  }
};

const isText = (value: unknown): boolean => typeof value === 'string';
const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
const isActor = (value: unknown): boolean => isObject(value) && isText(value['id']);

const KINDS: Readonly<Record<CommandKind, true>> = {
  'create-inquiry': true,
  'create-group': true,
  join: true,
  leave: true,
  kick: true,
  unkick: true,
  close: true,
  open: true,
  update: true,
  message: true,
  redact: true,
};
const isKind = (value: unknown): boolean => typeof value === 'string' && Object.hasOwn(KINDS, value);
