import type { StompVersion } from './frame.js';
import { CR, LF, NUL } from './octets.js';

/**
 * Whether the headers of such a frame are escaped. STOMP 1.1 and 1.2 leave CONNECT and CONNECTED
 * alone, to stay compatible with 1.0; STOMP is CONNECT by another name.
 */
export const isEscaped = (version: StompVersion, command: string): boolean =>
  version !== '1.0' && command !== 'CONNECT' && command !== 'STOMP' && command !== 'CONNECTED';

const ESCAPED_CHARACTER: Readonly<Record<string, string>> = { '\\': '\\', n: '\n', c: ':', r: '\r' };

/** @returns the character meant by a backslash and `letter`, or undefined where the version knows none. */
const meaningOf = (letter: string, version: StompVersion): string | undefined =>
  letter === 'r' && version !== '1.2' ? undefined : ESCAPED_CHARACTER[letter];

/**
 * Undoes the escaping of one header name or value, in a version that has escaping.
 * @returns null at the first sequence that the version does not define; both versions call that fatal.
 */
export const unescapeHeader = (text: string, version: StompVersion): string | null => {
  let at = text.indexOf('\\');
  if (at < 0) return text;
  let out = '';
  let from = 0;
  for (; at >= 0; at = text.indexOf('\\', from)) {
    const meaning = meaningOf(text.charAt(at + 1), version);
    if (meaning === undefined) return null;
    out += text.slice(from, at) + meaning;
    from = at + 2;
  }
  return out + text.slice(from);
};

const NEEDS_CARE = /[\\:\r\n\0]/;
const COLON = 0x3a;
const BACKSLASH = 0x5c;

/** @returns what stands on the wire for a character, or undefined where it stands for itself. */
const wireFormOf = (code: number, version: StompVersion, escaped: boolean): string | undefined => {
  switch (code) {
    case NUL:
      return ' ';
    case LF:
      return escaped ? '\\n' : ' ';
    case CR:
      return escaped && version === '1.2' ? '\\r' : ' ';
    case COLON:
      return escaped ? '\\c' : undefined;
    case BACKSLASH:
      return escaped ? '\\\\' : undefined;
    default:
      return undefined;
  }
};

/**
 * Makes a header name or value fit for the wire. A character that would break the frame and that
 * the version cannot express (line ends in 1.0 and in CONNECTED, the carriage return in 1.1, NUL
 * anywhere) becomes a space: one header can never turn into two, and a server does not fail over a
 * line feed in somebody's name. No id is changed by it, since no id's alphabet has such characters
 * and what a session itself named in its version comes back in the same version.
 */
export const escapeHeader = (text: string, version: StompVersion, escaped: boolean): string => {
  if (!NEEDS_CARE.test(text)) return text;
  let out = '';
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    const wire = wireFormOf(text.charCodeAt(i), version, escaped);
    if (wire === undefined) continue;
    out += text.slice(from, i) + wire;
    from = i + 1;
  }
  return out + text.slice(from);
};
