/**
 * Appends to `rooms` rooms at once, each from its head on, until it is killed or the store fails. The
 * message at seq n is `n`, a blank, and `padding` times 가. Prints `acked <room> <seq>` for each that
 * resolved, or `failed <room> <seq> <what is known then, as JSON>`.
 */
import { writeSync } from 'node:fs';
import { AppendError, asClientMessageId, asEpoch, asRoomId, asSeq, asUserId } from '@munova/contracts';
import type { RoomId } from '@munova/contracts';
import { openSqliteStore } from '@munova/store';

const [folder = '', rooms = '8', padding = '10'] = process.argv.slice(2);
const ignore = (): void => undefined;
const store = await openSqliteStore({ folder, log: { info: ignore, warn: ignore, error: ignore } });
// Written at once: what `process.stdout` still holds back would be lost with a process that is killed.
const say = (line: string): number => writeSync(1, `${line}\n`);

const append = async (room: RoomId, seq: number): Promise<void> => {
  const document = {
    kind: 'message',
    room,
    seq: asSeq(seq),
    sender: asUserId('minji'),
    senderName: '민지',
    senderRole: 'buyer',
    cmid: asClientMessageId(`m${String(seq)}`),
    type: 'TEXT',
    content: `${String(seq)} ${'가'.repeat(Number(padding))}`,
    redacted: false,
    data: null,
    bodyHash: 'hash',
    ts: seq,
    n: seq,
    epoch: asEpoch(1),
  } as const;
  await store.log.append({ documents: [document], intents: [] });
};

const appendUntilFailure = async (room: RoomId): Promise<void> => {
  const head = (await store.log.heads([room])).get(room)?.seq ?? 0;
  for (let seq = head + 1; ; seq++) {
    try {
      await append(room, seq);
      say(`acked ${room} ${String(seq)}`);
    } catch (error) {
      if (!(error instanceof AppendError)) throw error;
      const { reason, applied } = error;
      const readable = (await store.log.readAfter(room, asSeq(0), seq)).length;
      say(
        `failed ${room} ${String(seq)} ${JSON.stringify({ reason, applied, readable, healthy: await store.healthy() })}`,
      );
      return;
    }
  }
};

say('open');
await Promise.all(Array.from({ length: Number(rooms) }, (_, i) => appendUntilFailure(asRoomId(`room-${String(i)}`))));
await store.close();
