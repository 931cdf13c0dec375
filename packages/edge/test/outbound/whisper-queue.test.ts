import {
  asRoomId,
  asSessionId,
  asShardId,
  asUserId,
  ChatError,
  decodeEphemeral,
  WHISPERS_PER_SHARD,
} from '@munova/contracts';
import type { TypingWhisper } from '@munova/contracts';
import { ManualRuntime } from '@munova/contracts/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { WhisperQueue } from '../../src/outbound/whisper-queue.js';

const [SHARD, OTHER] = [asShardId(3), asShardId(4)];

const typing = (name: string): TypingWhisper => ({
  kind: 'typing',
  room: asRoomId('room-1'),
  userId: asUserId('minji'),
  name,
  session: asSessionId('s1'),
});

describe('what an edge whispers', () => {
  let runtime: ManualRuntime;
  let queue: WhisperQueue;
  /** Shard and names of each message. */
  let said: string[];
  let dropped: number;
  let faults: number;
  let calls: PromiseWithResolvers<void>[];
  beforeEach(() => {
    runtime = new ManualRuntime();
    [said, dropped, faults, calls] = [[], 0, 0, []];
    queue = new WhisperQueue({
      fanOut: {
        whisper: (_shard, text) => {
          const { shard, whispers } = decodeEphemeral(text);
          const names = whispers.map((whisper) => (whisper.kind === 'typing' ? whisper.name : whisper.kind));
          said.push(`${String(shard)} ${names.join(' ')}`);
          const call = Promise.withResolvers<void>();
          calls.push(call);
          return call.promise;
        },
      },
      spawn: runtime.spawn,
      onDropped: (whispers) => (dropped += whispers),
      onFault: () => faults++,
    });
  });

  it('[E65] is one message a turn and shard, one under way, and the next has all that came meanwhile', async () => {
    for (const name of ['a', 'b']) queue.say(SHARD, typing(name));
    queue.say(OTHER, typing('c'));
    await runtime.settle();
    for (const name of ['d', 'e']) queue.say(SHARD, typing(name));
    await runtime.settle();
    expect(said).toEqual(['3 a b', '4 c']);
    calls[0]?.resolve();
    await runtime.settle();
    expect(said).toEqual(['3 a b', '4 c', '3 d e']);
    calls[2]?.resolve();
    await runtime.settle();
    queue.say(SHARD, typing('f'));
    await runtime.settle();
    expect(said.at(-1)).toBe('3 f');
    expect([dropped, faults]).toEqual([0, 0]);
  });

  it('[E65] [E66] [I10] is dropped where too much waits or the fan-out does not take it, and never said again', async () => {
    queue.say(SHARD, typing('lost'));
    await runtime.settle();
    for (let i = 0; i < WHISPERS_PER_SHARD + 5; i++) queue.say(SHARD, typing(String(i)));
    expect(dropped).toBe(5);
    calls[0]?.reject(new ChatError('unavailable'));
    await runtime.settle();
    expect([dropped, faults, said.length]).toEqual([6, 1, 2]);
    calls[1]?.reject(new ChatError('unavailable'));
    await runtime.settle();
    expect([dropped, faults, said.length]).toEqual([6 + WHISPERS_PER_SHARD, 2, 2]);
  });
});
