import { PREVIEW_CODE_POINTS } from './limits.js';

/** The first `count` code points; never half of a surrogate pair. */
export const firstCodePoints = (text: string, count: number): string => {
  let end = 0;
  for (let taken = 0; taken < count && end < text.length; taken++) {
    end += (text.codePointAt(end) ?? 0) > 0xffff ? 2 : 1;
  }
  return text.slice(0, end);
};

/** What a room view shows of its newest message. */
export const previewOf = (content: string): string => firstCodePoints(content, PREVIEW_CODE_POINTS);

/** The form in which group names are stored and unique: NFC, trimmed. */
export const roomNameForm = (name: string): string => name.normalize('NFC').trim();
