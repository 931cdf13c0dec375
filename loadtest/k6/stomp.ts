/**
 * STOMP 1.2 as far as the load scripts need it: frames to and from the text of WebSocket messages. A body holds no NUL,
 * which the chat refuses anyway, so that a frame ends at the first one.
 */
export interface Frame {
  readonly command: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\r': '\\r', '\n': '\\n', ':': '\\c' };
const UNESCAPES: Readonly<Record<string, string>> = { '\\\\': '\\', '\\r': '\r', '\\n': '\n', '\\c': ':' };

/** CONNECT and CONNECTED escape nothing. */
const escapes = (command: string): boolean => !command.startsWith('CONNECT');
const escape = (text: string): string => text.replace(/[\\\r\n:]/g, (character) => ESCAPES[character] ?? character);
const unescape = (text: string): string => text.replace(/\\[\\rnc]/g, (pair) => UNESCAPES[pair] ?? pair);

export const encode = (command: string, headers: Readonly<Record<string, string>>, body = ''): string => {
  const write = escapes(command) ? escape : (text: string): string => text;
  const lines = Object.entries(headers).map(([name, value]) => `${write(name)}:${write(value)}\n`);
  return `${command}\n${lines.join('')}\n${body}\0`;
};

/** The frames of one WebSocket message; line ends between them are heart-beats. The first of a repeated header counts. */
export const decode = (text: string): Frame[] =>
  text
    .split('\0')
    .map((part) => part.replace(/^[\r\n]+/, ''))
    .filter((part) => part !== '')
    .map(decodeOne);

const decodeOne = (text: string): Frame => {
  const end = /\r?\n\r?\n/.exec(text);
  const head = end === null ? text : text.slice(0, end.index);
  const [command = '', ...lines] = head.split(/\r?\n/);
  const read = escapes(command) ? unescape : (part: string): string => part;
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = read(line.slice(0, colon));
    headers[name] ??= read(line.slice(colon + 1));
  }
  return { command, headers, body: end === null ? '' : text.slice(end.index + end[0].length) };
};
