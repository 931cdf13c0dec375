import { asSeq, asTagId } from '@munova/contracts';
import type { RoomRecord } from '@munova/contracts';
import { groupRecord } from '@munova/contracts/testing';
import { describe, expect, it } from 'vitest';
import type { SqliteStore } from '../src/index.js';
import { useBench } from './support/store-place.js';

const project = (store: SqliteStore, ...records: readonly RoomRecord[]): Promise<void> =>
  store.projection.project(
    records.map((record) => ({ record, members: [], redactions: [] })),
    [],
  );

const found = async (store: SqliteStore, keyword: string): Promise<readonly string[]> =>
  (await store.directory.list({ sort: 'name', limit: 100, keyword })).items.map((room) => room.name);

describe('the index of search terms', { timeout: 20_000 }, () => {
  const bench = useBench();

  it('[S18] a name that has all pairs of a keyword, but not the keyword, is not found', async () => {
    const store = await bench.open();
    await project(store, groupRecord({ name: '운동화 동화책' }), groupRecord({ name: '화운 운동 동화' }));
    expect(await found(store, '운동화')).toEqual(['운동화 동화책']);
    expect(await found(store, '동화')).toEqual(['운동화 동화책', '화운 운동 동화']);
  });

  it('[S18] a keyword of more terms than the index is asked for is still compared whole', async () => {
    const store = await bench.open();
    const long = '가나다라마바사아자차카타파하거너더러머버서어저처커터퍼허';
    await project(store, groupRecord({ name: `${long} 첫째` }), groupRecord({ name: `${long} 둘째` }));
    expect(await found(store, `${long} 둘`)).toEqual([`${long} 둘째`]);
  });

  it('[S12] [S18] [S19] a room that is renamed is found by its new name and no more by its old one', async () => {
    const store = await bench.open();
    const [boots, loafers] = [asTagId('8'), asTagId('7')];
    const record = groupRecord({ name: '부츠 모임', tags: [boots] });
    await project(store, record);
    await project(store, { ...record, name: '로퍼 모임', tags: [loafers], stateSeq: asSeq(record.stateSeq + 1) });
    expect(await found(store, '부츠')).toEqual([]);
    expect(await found(store, '로퍼')).toEqual(['로퍼 모임']);
    const tagged = async (tag: typeof boots): Promise<number> =>
      (await store.directory.list({ sort: 'name', limit: 100, tagIds: [tag] })).items.length;
    expect([await tagged(boots), await tagged(loafers)]).toEqual([0, 1]);
  });
});
