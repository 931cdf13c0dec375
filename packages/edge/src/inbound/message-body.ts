/** What a SEND carries, checked as far as it can be without knowing the room. */
import { ChatError, MAX_CONTENT_CODE_POINTS, MESSAGE_TYPES } from '@munova/contracts';
import type { CommandBody, MessageType, UserId } from '@munova/contracts';
import type { StompFrame } from '@munova/contracts/stomp';
import type { BodyFormat } from './destinations.js';

export interface ContentRules {
  /** Hosts from which an IMAGE may come, lower case; none means any. */
  readonly imageHosts: readonly string[];
}

export type MessageBody = CommandBody['message'];

/**
 * `text/plain` is a TEXT; anything else is read as JSON: `{type, content}`, the predecessor's
 * `{senderId, messageType, content}`. The sender is the token's, so the predecessor's `senderId` may
 * be left out or be right.
 * @throws {ChatError} `bad-request` naming the field, `forbidden` for a forged `senderId`
 */
export const parseMessage = (
  frame: StompFrame,
  format: BodyFormat,
  sender: UserId,
  rules: ContentRules,
): MessageBody => {
  const text = frame.text();
  if (text === null) throw new ChatError('bad-request', 'The body is not valid UTF-8.');
  if (isPlainText(frame.header('content-type'))) return checked('TEXT', text, rules);
  const body = jsonObject(text);
  if (format === 'predecessor') checkSender(body['senderId'], sender);
  return checked(body[format === 'current' ? 'type' : 'messageType'], body['content'], rules);
};

/** @throws {ChatError} `bad-request` */
export const checked = (type: unknown, content: unknown, rules: ContentRules): MessageBody => {
  if (!isMessageType(type)) throw new ChatError('bad-request', 'type: TEXT or IMAGE is expected.');
  if (typeof content !== 'string') throw new ChatError('bad-request', 'content: a text is expected.');
  checkText(content);
  if (type === 'IMAGE') checkImage(content, rules);
  return { type, content };
};

const isMessageType = (type: unknown): type is MessageType => MESSAGE_TYPES.some((t) => t === type);

const isPlainText = (contentType: string | undefined): boolean =>
  contentType !== undefined && /^\s*text\/plain\s*(;|$)/i.test(contentType);

const jsonObject = (text: string): Record<string, unknown> => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ChatError('bad-request', 'The body is not JSON.');
  }
  if (typeof value !== 'object' || value === null) throw new ChatError('bad-request', 'The body is no JSON object.');
  return value as Record<string, unknown>;
};

/** The predecessor's ids were numbers, so its clients may write one. */
const checkSender = (claimed: unknown, sender: UserId): void => {
  if (claimed === undefined || claimed === null) return;
  const text = typeof claimed === 'number' ? String(claimed) : claimed;
  if (text !== sender) throw new ChatError('forbidden', 'senderId: you can send in your own name only.');
};

const checkText = (content: string): void => {
  const wanted = `content: 1 to ${String(MAX_CONTENT_CODE_POINTS)} characters are expected.`;
  // A code point is one or two UTF-16 units: most texts need no counting.
  if (content.length === 0 || content.length > 2 * MAX_CONTENT_CODE_POINTS) throw new ChatError('bad-request', wanted);
  if (content.length > MAX_CONTENT_CODE_POINTS && [...content].length > MAX_CONTENT_CODE_POINTS) {
    throw new ChatError('bad-request', wanted);
  }
  if (content.includes('\0')) throw new ChatError('bad-request', 'content: U+0000 is not allowed.');
  if (!content.isWellFormed()) throw new ChatError('bad-request', 'content: a lone surrogate is not allowed.');
};

const checkImage = (content: string, rules: ContentRules): void => {
  const url = URL.parse(content);
  if (url?.protocol !== 'https:') throw new ChatError('bad-request', 'content: an https URL is expected.');
  if (rules.imageHosts.length > 0 && !rules.imageHosts.includes(url.hostname)) {
    throw new ChatError('bad-request', 'content: images of this host are not allowed.');
  }
};
