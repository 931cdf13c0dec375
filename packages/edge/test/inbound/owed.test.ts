import { MAX_QUEUED_SENDS_PER_SESSION, OWED_PATIENCE_MS } from '@munova/contracts';
import type { ClientMessageId, SessionId } from '@munova/contracts';
import { beforeEach, describe, expect, it } from 'vitest';
import { cmidsOf, commandsOf, DispatcherBench, later, logged, ROOM, SESSION } from './fake-shard.js';
import type { Outcomes } from './fake-shard.js';

describe('ids that were answered `later`', () => {
  let bench: DispatcherBench;
  let busy: boolean;
  beforeEach(() => {
    bench = new DispatcherBench();
    busy = true;
    let seq = 0;
    bench.shard.onAppend = (batch) => {
      bench.runtime.timers.after(1, () => {
        for (const frame of commandsOf(batch)) bench.reply(frame, busy ? later(700) : logged(++seq), batch.session!);
      });
      return 'accepted';
    };
  });

  const send = async (cmids: readonly string[], options = {}, session = SESSION): Promise<Outcomes['of']> => {
    const outcomes = bench.submit(cmids, options, session);
    await bench.runtime.advance(10);
    return outcomes.of;
  };
  const appended = (): string[][] => bench.shard.batches.map(cmidsOf);

  it('[E28] are accepted again in the order of their first SENDs, and nothing before them', async () => {
    await send(['m1', 'm2']);
    busy = false;
    expect(await send(['m3', 'm2'])).toEqual({ m3: 'later busy', m2: 'later busy' });
    expect(appended()).toEqual([['m1', 'm2']]);
    expect(await send(['m1', 'm2', 'm4', 'm3'])).toEqual({
      m1: 'logged 1',
      m2: 'logged 2',
      m4: 'later busy',
      m3: 'logged 3',
    });
    expect(await send(['m4', 'm5'])).toEqual({ m4: 'logged 4', m5: 'logged 5' });
  });

  it('[E28] keep their places when they are answered `later` again', async () => {
    await send(['m1', 'm2', 'm3']);
    await send(['m1', 'm2']);
    await send(['m4']);
    busy = false;
    expect(await send(['m3', 'm4'])).toEqual({ m3: 'later busy', m4: 'later busy' });
    expect(await send(['m1', 'm2', 'm3', 'm4'])).toEqual({
      m1: 'logged 1',
      m2: 'logged 2',
      m3: 'logged 3',
      m4: 'logged 4',
    });
  });

  it('[E28] concern no other session and no other room', async () => {
    await send(['m1']);
    busy = false;
    expect(await send(['m2'], {}, 's2' as SessionId)).toEqual({ m2: 'logged 1' });
  });

  it('[E28] are owed no more once they have another outcome', async () => {
    const answer = bench.shard.onAppend;
    bench.shard.onAppend = () => 'accepted';
    await send(['m1', 'm2']);
    const [m1, m2] = commandsOf(bench.shard.batches[0]);
    bench.reply(m2!, later());
    // A copy of m1 has to wait behind m2, while m1 itself is under way.
    expect(await send(['m1'])).toEqual({ m1: 'later busy' });
    bench.reply(m1!, { status: 'refused', code: 'CHAT_02' });
    bench.shard.onAppend = answer;
    busy = false;
    expect(await send(['m2', 'm3'])).toEqual({ m2: 'logged 1', m3: 'logged 2' });
    expect(bench.dispatcher.pending).toBe(0);
  });

  it('[E29] let the others go on when they do not come again, and then never come back', async () => {
    await send(['m1', 'm2']);
    busy = false;
    await bench.runtime.advance(OWED_PATIENCE_MS - 100);
    expect(await send(['m3'])).toEqual({ m3: 'later busy' });
    await bench.runtime.advance(100);
    // m2 comes in time, for nobody went before it; m1 gave way.
    expect(await send(['m2', 'm3', 'm4'])).toEqual({ m2: 'logged 1', m3: 'logged 2', m4: 'logged 3' });
    expect(await send(['m1'])).toEqual({ m1: '! outcome-unknown' });
    bench.dispatcher.endSession(SESSION);
    expect(await send(['m1'], {}, 's2' as SessionId)).toEqual({ m1: 'logged 4' });
  });

  it('[E29] are waited for from the last one that came in its turn', async () => {
    await send(['m1', 'm2']);
    busy = false;
    await bench.runtime.advance(OWED_PATIENCE_MS - 100);
    await send(['m1']);
    await bench.runtime.advance(OWED_PATIENCE_MS - 100);
    expect(await send(['m3'])).toEqual({ m3: 'later busy' });
  });

  it('[E29] are not waited for where the client did not choose the id', async () => {
    await send(['made-1', 'made-2'], { comesBack: false });
    busy = false;
    expect(await send(['made-3'], { comesBack: false })).toEqual({ 'made-3': 'logged 1' });
    expect(await send(['made-2'])).toEqual({ 'made-2': '! outcome-unknown' });
  });

  it('[E29] and those refused before they were submitted may come until others went before them', async () => {
    busy = false;
    const putOff = (cmid: string): void => bench.dispatcher.putOff(SESSION, ROOM, cmid as ClientMessageId);
    for (const cmid of ['m1', 'm2', 'm3']) putOff(cmid);
    expect(await send(['m1', 'm2'])).toEqual({ m1: 'logged 1', m2: 'logged 2' });
    expect(await send(['m4'])).toEqual({ m4: 'logged 3' });
    expect(() => putOff('m3')).toThrow(expect.objectContaining({ code: 'outcome-unknown' }));
    expect(await send(['m3'])).toEqual({ m3: '! outcome-unknown' });
  });

  it('[I10] [E29] end the session when there are too many, over all its rooms', async () => {
    const ids = (prefix: string, count: number): string[] =>
      Array.from({ length: count }, (_, i) => `${prefix}${String(i)}`);
    await send(['m0']);
    for (const cmid of ids('r', MAX_QUEUED_SENDS_PER_SESSION - 1)) {
      bench.dispatcher.putOff(SESSION, `room-${cmid}` as typeof ROOM, cmid as ClientMessageId);
    }
    expect(await send(['m0'])).toEqual({ m0: 'later busy' });
    expect(await send(['m1'])).toEqual({ m1: '! outcome-unknown' });
    bench.dispatcher.endSession(SESSION);
    expect(await send(['m1'], {}, 's2' as SessionId)).toEqual({ m1: 'later busy' });
  });
});
