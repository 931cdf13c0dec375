import { describeMembership, describeOwnership, describeStore } from '@munova/contracts/testing';
import { afterAll, beforeAll, describe } from 'vitest';
import { migrateMongo, type MongoStore } from '../../src/mongo/index.js';
import { START_MS, mongoFactory, useSharedSet } from './mongo-place.js';

const SHARDS = 4;

describe('over a real replica set', () => {
  const subject = useSharedSet();
  describeStore('mongo', mongoFactory(subject));

  describe('the cluster', () => {
    let store: MongoStore | undefined;
    const opened = (): MongoStore => {
      if (store === undefined) throw new Error('the store is not open');
      return store;
    };
    beforeAll(async () => {
      const place = subject.newPlace();
      await migrateMongo(place);
      store = await subject.open(place);
    }, START_MS);
    afterAll(() => store?.close());
    describeMembership(() => opened().membership);
    describeOwnership(() => opened().ownership(SHARDS), SHARDS);
  });
});
