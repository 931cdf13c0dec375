import { expect, it, vi } from 'vitest';
import { asEdgeId, type EdgeId, type ShardId } from '../ids.js';
import type { FanOutListener } from '../ports/inbox.js';
import {
  FIRST_EPOCH,
  listen,
  packedListener,
  readAll,
  remove,
  request,
  requests,
  type BusUnderTest,
} from './bus-under-test.js';
import { fresh } from './fixtures.js';

const freshEdge = (): EdgeId => asEdgeId(fresh('edge-'));

export const describeFanOut = (subject: BusUnderTest): void => {
  describeDelivery(subject);
  describeHeartbeats(subject);
  describeWhispers(subject);

  it('[A46] what is heard comes after the commit: what it removed is gone by then', async () => {
    const { bus, freshShard } = subject;
    const [shard, edge] = [freshShard(), freshEdge()];
    await bus.inbox.append(shard, requests(1));
    const left: Promise<number>[] = [];
    const hear = (): unknown => left.push(readAll(bus, shard).then((entries) => entries.length));
    await bus.fanOut.subscribe(edge, packedListener(hear));
    const [entry] = await readAll(bus, shard);
    await bus.stream.commit({
      shard,
      epoch: FIRST_EPOCH,
      publish: [{ edge, packed: 'done' }],
      remove: [entry?.entryId ?? ''],
    });
    await vi.waitFor(() => expect(left).toHaveLength(1));
    expect(await Promise.all(left)).toEqual([0]);
  });
};

const describeHeartbeats = (subject: BusUnderTest): void => {
  it('[A53] a heartbeat reaches every edge that listens, unchanged, and no ended subscription', async () => {
    const { bus, freshShard } = subject;
    const shard = freshShard();
    const heard: string[] = [];
    const hear = (name: string): FanOutListener => ({
      ...packedListener(() => undefined),
      onHeartbeat: (text) => heard.push(`${name} ${text}`),
    });
    const here = await bus.fanOut.subscribe(freshEdge(), hear('here'));
    const there = await bus.fanOut.subscribe(freshEdge(), hear('there'));
    await bus.stream.beat(shard, '{"두근":1}');
    await vi.waitFor(() => expect(heard.toSorted()).toEqual(['here {"두근":1}', 'there {"두근":1}']));
    await there.end();
    await here.renew();
    await bus.stream.beat(shard, 'again');
    await vi.waitFor(() => expect(heard).toContain('here again'));
    expect(heard).not.toContain('there again');
    await here.end();
  });

  it('[A54] the lag of a shard counts the batches that wait in it and their bytes', async () => {
    const { bus, freshShard } = subject;
    const [shard, idle] = [freshShard(), freshShard()];
    const appended = [request('신발'), request('xy')];
    await bus.inbox.append(shard, appended);
    const lag = await bus.stream.lag([shard, idle]);
    expect([...lag]).toEqual([
      [shard, { entries: 2, bytes: 8 }],
      [idle, { entries: 0, bytes: 0 }],
    ]);
    await remove(bus, shard, await readAll(bus, shard));
    expect((await bus.stream.lag([shard])).get(shard)).toEqual({ entries: 0, bytes: 0 });
  });
};

const describeWhispers = (subject: BusUnderTest): void => {
  const hear = (onEphemeral: FanOutListener['onEphemeral']): FanOutListener => ({
    ...packedListener(() => undefined),
    onEphemeral,
  });

  it('[D30] a whisper of an edge or an owner reaches every edge that listens, unchanged, the edge that said it too', async () => {
    const { bus, freshShard } = subject;
    const [heard, shards] = [[] as string[], [freshShard(), freshShard()]];
    const here = await bus.fanOut.subscribe(
      freshEdge(),
      hear((text) => heard.push(`here ${text}`)),
    );
    const there = await bus.fanOut.subscribe(
      freshEdge(),
      hear((text) => heard.push(`there ${text}`)),
    );
    await Promise.all(shards.map((shard) => bus.fanOut.whisper(shard, `입력 중 ${String(shard)}`)));
    await Promise.all(shards.map((shard) => bus.stream.whisper(shard, `알림 ${String(shard)}`)));
    const said = shards.flatMap((shard) => [`입력 중 ${String(shard)}`, `알림 ${String(shard)}`]);
    const expected = said.flatMap((text) => [`here ${text}`, `there ${text}`]);
    await vi.waitFor(() => expect(heard.toSorted()).toEqual(expected.toSorted()));
    await there.end();
    await here.renew();
    await bus.fanOut.whisper(shards[0] ?? freshShard(), 'again');
    await vi.waitFor(() => expect(heard).toContain('here again'));
    expect(heard).not.toContain('there again');
    await here.end();
  });

  it('[D30] nobody is called from inside a whisper', async () => {
    const { bus, freshShard } = subject;
    const [shard, heard] = [freshShard(), [] as string[]];
    const ear = await bus.fanOut.subscribe(
      freshEdge(),
      hear((text) => heard.push(text)),
    );
    const saying = bus.fanOut.whisper(shard, 'now');
    expect(heard).toEqual([]);
    await saying;
    await vi.waitFor(() => expect(heard).toEqual(['now']));
    await ear.end();
  });
};

const describeDelivery = (subject: BusUnderTest): void => {
  const publish = (shard: ShardId, ...messages: readonly (readonly [EdgeId, string])[]) =>
    subject.bus.stream.commit({
      shard,
      epoch: FIRST_EPOCH,
      publish: messages.map(([edge, packed]) => ({ edge, packed })),
      remove: [],
    });

  it('[A46] an edge hears all that is for it, of each shard in order and unchanged', async () => {
    const { bus, freshShard } = subject;
    const [a, b, here, there] = [freshShard(), freshShard(), freshEdge(), freshEdge()];
    const [heardHere, heardThere] = [await listen(bus, here), await listen(bus, there)];
    const sent = Array.from({ length: 50 }, (_, i) => `안녕 👟 "\n" ${String(i)}`);
    await Promise.all(
      [a, b].map(async (shard) => {
        for (const text of sent) await publish(shard, [here, `${String(shard)}${text}`], [here, `${String(shard)}+`]);
      }),
    );
    await publish(a, [there, 'there']);
    await vi.waitFor(() => expect(heardHere).toHaveLength(4 * sent.length));
    for (const shard of [a, b]) {
      const ofShard = heardHere.filter((packed) => packed.startsWith(String(shard)));
      expect(ofShard).toEqual(sent.flatMap((text) => [`${String(shard)}${text}`, `${String(shard)}+`]));
    }
    await vi.waitFor(() => expect(heardThere).toEqual(['there']));
  });

  it('[A46] nobody is called from inside a commit', async () => {
    const { bus, freshShard } = subject;
    const edge = freshEdge();
    const seen = await listen(bus, edge);
    const committing = publish(freshShard(), [edge, 'one']);
    expect(seen).toEqual([]);
    await committing;
    await vi.waitFor(() => expect(seen).toEqual(['one']));
  });

  it('[A47] what nobody hears is dropped, and an ended subscription hears nothing more', async () => {
    const { bus, freshShard } = subject;
    const [shard, edge, marker] = [freshShard(), freshEdge(), freshEdge()];
    const seen: string[] = [];
    const markers = await listen(bus, marker);
    expect(await publish(shard, [edge, 'too early'])).toBe('committed');
    const subscription = await bus.fanOut.subscribe(
      edge,
      packedListener((packed) => seen.push(packed)),
    );
    await publish(shard, [edge, 'heard']);
    await vi.waitFor(() => expect(seen).toEqual(['heard']));
    await subscription.end();
    await subscription.end();
    await publish(shard, [edge, 'too late'], [marker, 'end']);
    await vi.waitFor(() => expect(markers).toEqual(['end']));
    expect(seen).toEqual(['heard']);
    const again = await listen(bus, edge);
    await publish(shard, [edge, 'once more']);
    await vi.waitFor(() => expect(again).toEqual(['once more']));
  });
};
