import { asUserId } from '@munova/contracts';
import type { Entry } from '@munova/contracts';
import { messages } from '@munova/contracts/testing';
import { describe, expect, it } from 'vitest';
import { Reader, ROOM } from './hub-bench.js';

describe('a subscription', () => {
  const [one, two, three] = messages(ROOM, 1, 3);

  it('[I5] takes the entry behind its cursor and no other', () => {
    const reader = new Reader();
    reader.subscription.start(1, 1);
    for (const entry of [one!, three!, two!, two!, one!]) reader.subscription.take(entry);
    expect(reader.seqs).toEqual([2]);
    reader.subscription.take(three!);
    expect(reader.seqs).toEqual([2, 3]);
  });

  it.each(['client', 'client-individual'] as const)(
    '[D8] [D9] knows what it passed over from what it issued (%s)',
    (ack) => {
      const { subscription } = new Reader({ kind: 'topic', ack });
      subscription.start(0, 0);
      const departure = { ...two!, kind: 'left', data: { userId: asUserId('bob') } } as Entry;
      for (const entry of [one!, departure, three!]) subscription.take(entry);
      expect([1, 2, 3, 1].map((seq) => subscription.acknowledge(seq))).toEqual([true, false, true, true]);
    },
  );

  it('[I5] takes nothing before it starts, after it ends, or without room', () => {
    const reader = new Reader();
    reader.subscription.take(one!);
    reader.subscription.start(0, 0);
    reader.hasRoom = false;
    reader.subscription.take(one!);
    reader.hasRoom = true;
    reader.subscription.take(one!);
    reader.subscription.end();
    reader.subscription.start(1, 1);
    reader.subscription.take(two!);
    expect(reader.seqs).toEqual([1]);
  });
});
