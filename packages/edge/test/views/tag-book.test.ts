import { describe, expect, it } from 'vitest';
import { asTagId, ChatError, TAG_REFRESH_MS } from '@munova/contracts';
import type { Tag, Tags } from '@munova/contracts';
import { ManualRuntime, tagOf } from '@munova/contracts/testing';
import { TagBook } from '../../src/views/tag-book.js';
import { TestLog } from '../rest/harness.js';

const boots = tagOf(asTagId('boots'));
const loafers = tagOf(asTagId('loafers'));

/** A store whose reads end when the test says so. */
class SlowTags implements Pick<Tags, 'all'> {
  readonly reads: { resolve(tags: readonly Tag[]): void; reject(error: Error): void }[] = [];
  all(): Promise<readonly Tag[]> {
    return new Promise((resolve, reject) => this.reads.push({ resolve, reject }));
  }
  put(): Promise<void> {
    return Promise.reject(new Error('not here'));
  }
}

const started = async () => {
  const runtime = new ManualRuntime();
  const [tags, log] = [new SlowTags(), new TestLog()];
  const book = new TagBook(tags, runtime, log);
  const starting = book.start();
  tags.reads[0]?.resolve([boots]);
  await starting;
  return { runtime, tags, log, book };
};

describe('[H31] the tags that rooms are rendered with', () => {
  it('are there from the start, in the order asked for', async () => {
    const { book, tags } = await started();
    expect(book.resolve([boots.id])).toEqual([boots]);
    expect(book.resolve([])).toEqual([]);
    expect(tags.reads).toHaveLength(1);
    book.close();
  });

  it('are read again every minute, until closed', async () => {
    const { book, tags, runtime } = await started();
    await runtime.advance(TAG_REFRESH_MS);
    expect(tags.reads).toHaveLength(2);
    tags.reads[1]?.resolve([{ ...boots, nameEn: 'Boots' }]);
    await runtime.settle();
    expect(book.resolve([boots.id])).toEqual([{ ...boots, nameEn: 'Boots' }]);
    book.close();
    await runtime.advance(10 * TAG_REFRESH_MS);
    expect(tags.reads).toHaveLength(2);
    expect(runtime.pendingTimers).toBe(0);
  });

  it('are read again at once for an id not known yet, by one read however many ask', async () => {
    const { book, tags, runtime } = await started();
    for (let i = 0; i < 5; i += 1) expect(book.resolve([loafers.id, boots.id])).toEqual([boots]);
    expect(tags.reads).toHaveLength(2);
    tags.reads[1]?.resolve([boots, loafers]);
    await runtime.settle();
    expect(book.resolve([loafers.id, boots.id])).toEqual([loafers, boots]);
    book.close();
  });

  it('stay as they were when a read fails', async () => {
    const { book, tags, log, runtime } = await started();
    book.resolve([loafers.id]);
    tags.reads[1]?.reject(new ChatError('unavailable'));
    await runtime.settle();
    expect(book.resolve([boots.id])).toEqual([boots]);
    expect(log.lines.map((line) => line.level)).toEqual(['warn']);
    expect(runtime.faults).toEqual([]);
    book.close();
  });

  it('are never set back by an earlier read that ends later', async () => {
    const { book, tags } = await started();
    const [earlier, later] = [book.reload(), book.reload()];
    tags.reads[2]?.resolve([boots, loafers]);
    await later;
    tags.reads[1]?.resolve([boots]);
    await earlier;
    expect(book.resolve([loafers.id])).toEqual([loafers]);
    book.close();
  });
});
