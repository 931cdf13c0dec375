import { afterAll, beforeAll, describe } from 'vitest';
import type { Store } from '../ports/store.js';

/** Where one store keeps what it keeps; shares nothing with any other place. */
export interface StorePlace {
  /** Opens the store. Called again once the store that it gave before is closed. */
  open(): Promise<Store>;
  /** Called once, after the last store was closed. */
  remove(): Promise<void>;
}

/** What a contract suite needs to know of an adapter. */
export interface StoreFactory {
  /** Whether opening a place again finds what was there when it was closed. */
  readonly durable: boolean;
  makePlace(): Promise<StorePlace>;
}

/** The store of one `describe` block, under the name that its tests use. */
export interface StoreUnderTest {
  /** The store as it is now: another one after `reopen`. */
  readonly store: Store;
  reopen(): Promise<void>;
}

/**
 * One place for all tests of the block, which keep apart by their own ids (see `fixtures.ts`): an
 * adapter over a server takes a second to make a place, and a test a few milliseconds.
 */
export const describeWithStore = (
  title: string,
  factory: StoreFactory,
  tests: (subject: StoreUnderTest) => void,
): void => {
  describe(title, () => {
    let place: StorePlace | undefined;
    let store: Store | undefined;
    const opened = (): Store => {
      if (store === undefined) throw new Error('the store is not open');
      return store;
    };
    beforeAll(async () => {
      place = await factory.makePlace();
      store = await place.open();
    });
    afterAll(async () => {
      await store?.close();
      await place?.remove();
    });
    tests({
      get store() {
        return opened();
      },
      reopen: async () => {
        await opened().close();
        store = await place?.open();
      },
    });
  });
};
