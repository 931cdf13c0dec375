import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { check, type CheckId } from '../checker/check.js';
import { gather } from '../checker/facts.js';
import { type HistoryLine, type LoggedEntry, parseLine } from '../checker/history.js';

const ROOM = 'r1';
/** As built: it is a program of its own. */
const PROGRAM = fileURLToPath(new URL('../dist/checker/main.js', import.meta.url));

const entry = (
  seq: number,
  senderId: string,
  clientMessageId: string,
  more: Partial<LoggedEntry> = {},
): LoggedEntry => ({
  roomId: ROOM,
  seq,
  n: seq - 1,
  kind: 'message',
  senderId,
  clientMessageId,
  content: `text of ${clientMessageId}`,
  data: null,
  createdAt: `2026-01-01T00:00:00.${String(seq).padStart(3, '0')}Z`,
  ...more,
});

const created = entry(1, 'owner', 'c0', { kind: 'created', content: null, n: 0, data: { maxParticipants: 3 } });
const LOG: readonly LoggedEntry[] = [
  created,
  entry(2, 'a', 'm1'),
  entry(3, 'b', 'm1'),
  entry(4, 'a', 'm2'),
  entry(5, 'a', 'm3'),
];

const send = (session: string, user: string, cmid: string): HistoryLine => ({
  e: 'send',
  session,
  user,
  room: ROOM,
  cmid,
  content: `text of ${cmid}`,
});
const receipt = (session: string, user: string, cmid: string, seq: number): HistoryLine => ({
  e: 'receipt',
  session,
  user,
  room: ROOM,
  cmid,
  seq,
});
const refused = (
  session: string,
  user: string,
  cmid: string,
  code: string,
  retry: 'never' | 'later' = 'never',
): HistoryLine => ({
  e: 'refused',
  session,
  user,
  room: ROOM,
  cmid,
  code,
  retry,
});
const delivered = (session: string, of: LoggedEntry): HistoryLine => ({ e: 'delivered', session, sub: 's', entry: of });
const history = (log: readonly LoggedEntry[]): HistoryLine[] => [
  ...log.map((of): HistoryLine => ({ e: 'history', entry: of })),
  { e: 'head', room: ROOM, head: log.length },
];

/** Two senders, a repeat on a second session after a lost receipt, a refusal, and a subscriber from the start. */
const events: readonly HistoryLine[] = [
  { e: 'subscribed', session: 'B1', sub: 's', room: ROOM, after: 0, head: 1 },
  delivered('B1', created),
  send('A1', 'a', 'm1'),
  send('B1', 'b', 'm1'),
  delivered('B1', entry(2, 'a', 'm1')),
  delivered('B1', entry(3, 'b', 'm1')),
  receipt('B1', 'b', 'm1', 3),
  send('A2', 'a', 'm1'),
  receipt('A2', 'a', 'm1', 2),
  send('A2', 'a', 'm2'),
  send('A2', 'a', 'm3'),
  receipt('A2', 'a', 'm2', 4),
  receipt('A2', 'a', 'm3', 5),
  delivered('B1', entry(4, 'a', 'm2')),
  delivered('B1', entry(5, 'a', 'm3')),
  send('X1', 'x', 'm9'),
  refused('X1', 'x', 'm9', 'CHAT_03'),
  { e: 'live', session: 'B1', sub: 's', room: ROOM },
];

const verdict = (lines: readonly HistoryLine[]): readonly CheckId[] => [
  ...new Set(check(gather(lines)).violations.map(({ id }) => id)),
];
/** The log with one entry replaced. */
const withEntry = (at: number, changed: LoggedEntry): LoggedEntry[] => LOG.map((of) => (of.seq === at ? changed : of));
const without = (match: (line: HistoryLine) => boolean): HistoryLine[] => events.filter((line) => !match(line));

describe('[C1] the checker', () => {
  it('[C1] finds nothing wrong with a history in which everything held', () => {
    const result = check(gather([...events, ...history(LOG)]));
    expect(result.violations).toEqual([]);
    expect(result).toMatchObject({ rooms: 1, messages: 5, receipts: 4, refusals: 1, subscriptions: 1, deliveries: 5 });
  });

  const planted: readonly (readonly [string, CheckId, readonly HistoryLine[]])[] = [
    [
      'a hole in the log',
      'I1',
      [
        ...without((l) => l.e === 'delivered' || l.e === 'live' || l.e === 'subscribed'),
        ...history(LOG.filter(({ seq }) => seq !== 3)),
      ],
    ],
    [
      'a history that ends before the head',
      'I1',
      [...events, ...history(LOG).slice(0, -1), { e: 'head', room: ROOM, head: 6 }],
    ],
    [
      'a message that was changed after delivery',
      'I2',
      [...events, ...history(LOG)].map((l) =>
        l.e === 'delivered' && l.entry.seq === 4 ? delivered('B1', entry(4, 'a', 'm2', { content: 'other' })) : l,
      ),
    ],
    [
      'an entry that was moved after delivery',
      'I2',
      [...events, ...history(LOG)].map((l) =>
        l.e === 'delivered' && l.entry.seq === 2 ? delivered('B1', entry(2, 'b', 'm1')) : l,
      ),
    ],
    ['one id twice in the log', 'I3', [...events, ...history([...LOG, entry(6, 'a', 'm3')])]],
    [
      'a receipted message that is not there',
      'I4',
      [...without((l) => l.e === 'live' || (l.e === 'delivered' && l.entry.seq === 5)), ...history(LOG.slice(0, 4))],
    ],
    [
      'a receipt with the seq of another message',
      'I4',
      [...events.map((l) => (l.e === 'receipt' && l.cmid === 'm3' ? receipt('A2', 'a', 'm3', 3) : l)), ...history(LOG)],
    ],
    [
      'a logged message with content nobody sent',
      'I4',
      [...events, ...history(withEntry(5, entry(5, 'a', 'm3', { content: 'forged' })))],
    ],
    ['a message that nobody sent', 'I4', [...events, ...history([...LOG, entry(6, 'ghost', 'g1')])]],
    ['a delivery left out', 'I5', [...without((l) => l.e === 'delivered' && l.entry.seq === 3), ...history(LOG)]],
    ['a delivery repeated', 'I5', [...events, delivered('B1', entry(5, 'a', 'm3')), ...history(LOG)]],
    ['a delivery of what is not in the log', 'I5', [...events, delivered('B1', entry(6, 'a', 'm4')), ...history(LOG)]],
    [
      'a live subscriber that never reached the head',
      'I5',
      [...without((l) => l.e === 'delivered' && l.entry.seq === 5), ...history(LOG)],
    ],
    [
      'two SENDs of a session that changed places',
      'I6',
      [
        ...without((l) => l.e !== 'send'),
        ...history([created, entry(2, 'a', 'm1'), entry(3, 'b', 'm1'), entry(4, 'a', 'm3'), entry(5, 'a', 'm2')]),
      ],
    ],
    [
      'a SEND after a receipt that stands before it',
      'I8',
      [
        send('A1', 'a', 'm1'),
        receipt('A1', 'a', 'm1', 3),
        send('B1', 'b', 'm1'),
        ...history([created, entry(2, 'b', 'm1'), entry(3, 'a', 'm1')]),
      ],
    ],
    [
      'too many members',
      'I9',
      history([
        created,
        ...['p', 'q', 'r', 's'].map((id, i) =>
          entry(2 + i, id, `j${id}`, { kind: 'joined', content: null, n: 0, data: { userId: id } }),
        ),
      ]),
    ],
    [
      'a refused message that took effect',
      'I12',
      [
        ...events.map((l) => (l.e === 'receipt' && l.cmid === 'm3' ? refused('A2', 'a', 'm3', 'CHAT_02') : l)),
        ...history(LOG),
      ],
    ],
    ['a message refused after its receipt', 'I12', [...events, refused('A2', 'a', 'm3', 'CHAT_02'), ...history(LOG)]],
    ['two different receipts of one id', 'I12', [...events, receipt('A2', 'a', 'm3', 4), ...history(LOG)]],
    ['two different refusals of one id', 'I12', [...events, refused('X1', 'x', 'm9', 'CHAT_02'), ...history(LOG)]],
    [
      'a conflict where only one body was sent',
      'I12',
      [...events, refused('A2', 'a', 'm3', 'cmid-conflict'), ...history(LOG)],
    ],
    ['a receipt for what was never sent', 'C1', [...events, receipt('A2', 'a', 'm7', 5), ...history(LOG)]],
    ['a count of messages that is off', 'C2', [...events, ...history(withEntry(5, entry(5, 'a', 'm3', { n: 5 })))]],
    [
      'a clock that goes back',
      'C2',
      [...events, ...history(withEntry(5, entry(5, 'a', 'm3', { createdAt: '2025-12-31T00:00:00.000Z' })))],
    ],
  ];
  it.each(planted)('[C2] finds %s and calls it %s', (_name, id, lines) => {
    expect(verdict(lines)).toContain(id);
  });

  it('[C1] allows a `later` refusal before success, a conflict between two bodies, and a redacted body', () => {
    const redacted = withEntry(5, entry(5, 'a', 'm3', { content: null, redacted: true }));
    const other: HistoryLine = { e: 'send', session: 'A2', user: 'a', room: ROOM, cmid: 'm2', content: 'other text' };
    const lines = [
      ...events,
      refused('A2', 'a', 'm3', 'busy', 'later'),
      other,
      refused('A2', 'a', 'm2', 'cmid-conflict'),
      ...history(redacted),
    ];
    expect(verdict(lines)).toEqual([]);
  });

  it('[C3] reads a hundred times the lines by holding on to a hundred times the facts, not more', () => {
    const rooms = 100;
    const many = Array.from({ length: rooms }, (_, i) =>
      [...events, ...history(LOG)].map(
        (line) =>
          JSON.parse(
            JSON.stringify(line)
              .replaceAll('"r1"', `"r${String(i)}"`)
              .replaceAll(/"(A1|A2|B1|X1)"/g, `"$1-${String(i)}"`),
          ) as HistoryLine,
      ),
    ).flat();
    const result = check(gather(many));
    expect(result.violations).toEqual([]);
    expect(result).toMatchObject({ rooms, messages: 5 * rooms, deliveries: 5 * rooms });
  });

  it('[C1, C2] says so by its exit code, and names what was broken and where', () => {
    const run = (lines: readonly (HistoryLine | string)[]) => {
      const input = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n');
      const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, '-'], { input, encoding: 'utf8' });
      return { status, stdout, stderr };
    };
    expect(run([...events, ...history(LOG)])).toMatchObject({ status: 0, stderr: '' });
    const broken = run([...events, ...history([...LOG, entry(6, 'a', 'm3')])]);
    expect(broken.status).toBe(1);
    expect(broken.stdout).toMatch(/^I3 +broken 1 times$/m);
    expect(broken.stdout).toMatch(/^I3 in r1: message a\/m3 stands at 5 and at 6$/m);
    expect(run([...events, 'nonsense'])).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/line 19/) as string,
    });
  });

  it.each([
    '{"e":"nonsense"}',
    '{"e":"send","session":"s"}',
    '{"e":"delivered","session":"a","sub":"b","entry":{}}',
    'null',
    '[',
    '{"e":"head","room":"r","head":"7"}',
  ])('[C1] refuses the line %s', (text) => {
    expect(() => parseLine(text)).toThrow();
  });
});
