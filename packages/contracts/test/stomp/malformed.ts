import type { ErrorCode } from '@munova/contracts';
import type { DecoderLimits, StompVersion } from '../../src/stomp/index.js';

export interface Malformed {
  /** Rule of SPEC.md, and what is wrong. */
  readonly title: string;
  /** One character a byte. */
  readonly bytes: string;
  readonly version?: StompVersion;
  readonly limits?: Partial<DecoderLimits>;
  readonly code: ErrorCode;
  /** Part of the error's text. */
  readonly reason: string;
  /** Frames delivered before the error. */
  readonly before?: number;
}

const lineEnd = 'carriage return that ends no line';
const upperCase = 'upper-case letters';
const escapes = 'escape sequence';
const digits = 'content-length is not a decimal number';
const utf8 = 'not valid UTF-8';

/** Every way to be wrong that the decoder tells apart. */
export const MALFORMED: readonly Malformed[] = [
  { title: '[F4] HTTP on the STOMP port', bytes: 'GET / HTTP/1.1\r\n', code: 'protocol-error', reason: upperCase },
  { title: '[F4] TLS on the STOMP port', bytes: '\x16\x03\x01\x02\x00', code: 'protocol-error', reason: upperCase },
  { title: '[F4] a lower-case command', bytes: 'send\n', code: 'protocol-error', reason: upperCase },
  { title: '[F4] a command with a space behind', bytes: 'SEND \n', code: 'protocol-error', reason: upperCase },
  { title: '[F4] a NUL in the command', bytes: 'SE\0ND\n', code: 'protocol-error', reason: upperCase },
  { title: '[F4] a command without end', bytes: 'A'.repeat(33), code: 'protocol-error', reason: 'exceeds 32 letters' },
  { title: '[F3] a NUL between frames', bytes: 'A\n\n\0\0', code: 'protocol-error', reason: upperCase, before: 1 },
  { title: '[F3] a body behind its frame', bytes: 'A\n\n\0 x', code: 'protocol-error', reason: upperCase, before: 1 },
  { title: '[F3] a lone CR between frames', bytes: '\r\rA\n\n\0', code: 'protocol-error', reason: lineEnd },
  { title: '[F3] a CR before a command', bytes: 'A\n\n\0\rA', code: 'protocol-error', reason: lineEnd, before: 1 },
  { title: '[F1] a CR inside the command line', bytes: 'SE\rND\n', code: 'protocol-error', reason: lineEnd },
  { title: '[F1] a CR inside a value', bytes: 'A\nk:a\rb\n\n\0', code: 'protocol-error', reason: lineEnd },
  {
    title: '[F1] a CR inside a value, 1.1',
    bytes: 'A\nk:a\rb\n',
    version: '1.1',
    code: 'protocol-error',
    reason: lineEnd,
  },
  { title: '[F1] two CRs before an LF', bytes: 'A\nk:a\r\r\n', code: 'protocol-error', reason: lineEnd },
  {
    title: '[F8] a NUL where the blank line is missing',
    bytes: 'A\nk:v\n\0',
    code: 'protocol-error',
    reason: 'a NUL before',
  },
  { title: '[F8] a NUL right behind the command', bytes: 'A\n\0', code: 'protocol-error', reason: 'a NUL before' },
  { title: '[F8] a NUL inside a value', bytes: 'A\nk:v\0w\n', code: 'protocol-error', reason: 'a NUL before' },
  {
    title: '[F8] a line without a colon',
    bytes: 'A\nk:v\nrubbish\n\n',
    code: 'protocol-error',
    reason: 'line 2 has no colon',
  },
  {
    title: '[F8] the last line has none',
    bytes: 'A\nrubbish\nk:v\n\n',
    code: 'protocol-error',
    reason: 'line 1 has no colon',
  },
  { title: '[F8] a line without a name', bytes: 'A\n:v\n\n', code: 'protocol-error', reason: 'line 1 has no name' },
  {
    title: '[F8] a name of spaces only, 1.0',
    bytes: 'A\n  :v\n\n',
    version: '1.0',
    code: 'protocol-error',
    reason: 'no name',
  },
  { title: '[F8] a lone continuation byte', bytes: 'A\nk:\x80\n\n', code: 'protocol-error', reason: utf8 },
  { title: '[F8] an overlong slash', bytes: 'A\nk:\xc0\xaf\n\n', code: 'protocol-error', reason: utf8 },
  { title: '[F8] an encoded lone surrogate', bytes: 'A\nk:\xed\xa0\x80\n\n', code: 'protocol-error', reason: utf8 },
  {
    title: '[F8] half a character before the line end',
    bytes: 'A\nk:\xec\x95\nl:v\n\n',
    code: 'protocol-error',
    reason: utf8,
  },
  { title: '[F8] a broken name', bytes: 'A\n\xff:v\n\n', code: 'protocol-error', reason: utf8 },
  { title: '[F6] \\t in 1.2', bytes: 'A\nk:a\\tb\n\n', version: '1.2', code: 'protocol-error', reason: escapes },
  { title: '[F6] \\r in 1.1', bytes: 'A\nk:a\\rb\n\n', version: '1.1', code: 'protocol-error', reason: escapes },
  { title: '[F6] an upper-case \\N', bytes: 'A\nk:a\\Nb\n\n', version: '1.2', code: 'protocol-error', reason: escapes },
  {
    title: '[F6] an undefined escape in a name',
    bytes: 'A\nk\\x:v\n\n',
    version: '1.1',
    code: 'protocol-error',
    reason: escapes,
  },
  {
    title: '[F6] a backslash at the end',
    bytes: 'A\nk:a\\\n\n',
    version: '1.2',
    code: 'protocol-error',
    reason: escapes,
  },
  {
    title: '[F6] a backslash before CRLF',
    bytes: 'A\nk:a\\\r\n\r\n',
    version: '1.2',
    code: 'protocol-error',
    reason: escapes,
  },
  { title: '[F9] a negative length', bytes: 'A\ncontent-length:-1\n\n', code: 'protocol-error', reason: digits },
  { title: '[F9] a signed length', bytes: 'A\ncontent-length:+1\n\n', code: 'protocol-error', reason: digits },
  { title: '[F9] a hexadecimal length', bytes: 'A\ncontent-length:0x1\n\n', code: 'protocol-error', reason: digits },
  { title: '[F9] an exponent', bytes: 'A\ncontent-length:1e1\n\n', code: 'protocol-error', reason: digits },
  { title: '[F9] a fraction', bytes: 'A\ncontent-length:1.0\n\n', code: 'protocol-error', reason: digits },
  { title: '[F9] no digits', bytes: 'A\ncontent-length:\n\n', code: 'protocol-error', reason: digits },
  { title: '[F9] a word', bytes: 'A\ncontent-length:NaN\n\n', code: 'protocol-error', reason: digits },
  {
    title: '[F9] padding in 1.2',
    bytes: 'A\ncontent-length: 1\n\n',
    version: '1.2',
    code: 'protocol-error',
    reason: digits,
  },
  {
    title: '[F9] the first of two lengths is the wrong one',
    bytes: 'A\ncontent-length:1\ncontent-length:2\n\nab\0',
    code: 'protocol-error',
    reason: 'no NUL behind',
  },
  {
    title: '[F9] a body longer than announced',
    bytes: 'A\ncontent-length:2\n\nabc\0',
    code: 'protocol-error',
    reason: 'no NUL behind',
  },
  {
    title: '[F9] a body shorter than announced',
    bytes: 'A\ncontent-length:4\n\nabc\0\n',
    code: 'protocol-error',
    reason: 'no NUL behind',
  },
  {
    title: '[F10] an announced body over the limit',
    bytes: 'A\ncontent-length:65537\n\n',
    code: 'too-large',
    reason: 'body exceeds 65536',
  },
  {
    title: '[F10] a length beyond all numbers',
    bytes: `A\ncontent-length:${'9'.repeat(400)}\n\n`,
    code: 'too-large',
    reason: 'body exceeds',
  },
  {
    title: '[F10] a body without end',
    bytes: `A\n\n${'x'.repeat(65537)}`,
    code: 'too-large',
    reason: 'body exceeds 65536',
  },
  {
    title: '[F10] a body whose NUL is one byte late',
    bytes: 'A\n\nabcde\0',
    limits: { maxBodyBytes: 4 },
    code: 'too-large',
    reason: 'body exceeds 4',
  },
  {
    title: '[F10] one header too many',
    bytes: `A\n${'k:v\n'.repeat(65)}`,
    code: 'too-large',
    reason: 'more than 64 headers',
  },
  {
    title: '[F10] headers without end',
    bytes: `A\nk:${'v'.repeat(16 * 1024)}`,
    code: 'too-large',
    reason: 'headers exceed 16384',
  },
  {
    title: '[F10] a blank line one byte late',
    bytes: 'A\nk:vv\n\n\0',
    limits: { maxHeaderBytes: 7 },
    code: 'too-large',
    reason: 'headers exceed 7',
  },
  {
    title: '[F11] a bad frame behind two good ones',
    bytes: 'A\n\n\0B\n\nx\0\nc\n',
    code: 'protocol-error',
    reason: upperCase,
    before: 2,
  },
];
