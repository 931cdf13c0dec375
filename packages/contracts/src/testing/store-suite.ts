import { describe, expect, it } from 'vitest';
import { asSeq } from '../ids.js';
import type { Store } from '../ports/store.js';
import { describeDeployment, describeProducts, describeTags } from './catalogue-suite.js';
import { describeRoomDirectory } from './directory-suite.js';
import {
  NOW,
  commitOf,
  fresh,
  freshProduct,
  freshRoom,
  freshTag,
  freshUser,
  messages,
  productOf,
  tagOf,
} from './fixtures.js';
import { describeProjection } from './projection-suite.js';
import { describeRoomLog } from './room-log-suite.js';
import type { StoreFactory } from './store-factory.js';
import { describeMemberships, describeReadMarks, describeRoomNames } from './user-state-suite.js';

/** Every suite of a store's ports, for an adapter that has them all. */
export const describeStore = (name: string, factory: StoreFactory): void => {
  describeRoomLog(name, factory);
  describeProjection(name, factory);
  describeRoomDirectory(name, factory);
  describeMemberships(name, factory);
  describeReadMarks(name, factory);
  describeRoomNames(name, factory);
  describeProducts(name, factory);
  describeTags(name, factory);
  describeDeployment(name, factory);
  describeClosing(name, factory);
};

const describeClosing = (name: string, factory: StoreFactory): void => {
  describe(`${name}: closing`, () => {
    it('[S31] an open store is healthy; a closed one is not, and everything it is asked is unavailable', async () => {
      const place = await factory.makePlace();
      const store = await place.open();
      expect(await store.healthy()).toBe(true);
      await store.close();
      expect(await store.healthy()).toBe(false);
      for (const [what, ask] of everyQuestion(store)) {
        await expect(ask(), what).rejects.toMatchObject({ name: 'ChatError', code: 'unavailable' });
      }
      await expect(store.log.append(commitOf(messages(freshRoom(), 1, 1)))).rejects.toMatchObject({
        name: 'AppendError',
        reason: 'unavailable',
        applied: 'no',
      });
      await place.remove();
    });

    it('[S31] closing finishes what was begun', async () => {
      const place = await factory.makePlace();
      const store = await place.open();
      const begun = store.log.append(commitOf(messages(freshRoom(), 1, 5)));
      await store.close();
      await expect(begun).resolves.toBeUndefined();
      await place.remove();
    });
  });
};

const everyQuestion = (store: Store): readonly (readonly [string, () => Promise<unknown>])[] => {
  const [room, user, seq] = [freshRoom(), freshUser(), asSeq(1)];
  return [
    ['log.barrier', () => store.log.barrier()],
    ['log.readAfter', () => store.log.readAfter(room, seq, 1)],
    ['log.readPage', () => store.log.readPage(room, { newest: true }, 1)],
    ['log.heads', () => store.log.heads([room])],
    ['log.findOutcomes', () => store.log.findOutcomes(messages(room, 1, 1), NOW)],
    ['projection.project', () => store.projection.project([], [fresh('intent-')])],
    ['projection.openIntents', () => store.projection.openIntents()],
    ['directory.get', () => store.directory.get(room)],
    ['directory.getMany', () => store.directory.getMany([room])],
    ['directory.list', () => store.directory.list({ sort: 'name', limit: 1 })],
    ['memberships.get', () => store.memberships.get(room, user)],
    ['memberships.getMany', () => store.memberships.getMany(room, [user])],
    ['memberships.members', () => store.memberships.members(room, null, 1)],
    ['memberships.countRooms', () => store.memberships.countRooms(user)],
    ['readMarks.advance', () => store.readMarks.advance([{ room, user, mark: { seq, n: 1 } }])],
    ['readMarks.get', () => store.readMarks.get(user, [room])],
    ['names.reserve', () => store.names.reserve(fresh('이름 '), room, NOW)],
    ['names.release', () => store.names.release(fresh('이름 '), room)],
    ['names.unsettled', () => store.names.unsettled(1)],
    ['products.get', () => store.products.get(freshProduct())],
    ['products.put', () => store.products.put(productOf())],
    ['products.list', () => store.products.list('', null, 1)],
    ['tags.all', () => store.tags.all()],
    ['tags.put', () => store.tags.put(tagOf(freshTag()))],
    ['deployment.clusterRecord', () => store.deployment.clusterRecord(1, 'hash')],
    ['deployment.keyFingerprint', () => store.deployment.keyFingerprint('key')],
    ['deployment.generation', () => store.deployment.generation()],
    ['deployment.beginGeneration', () => store.deployment.beginGeneration(1, 'hash')],
    ['deployment.nextEpoch', () => store.deployment.nextEpoch()],
  ];
};
