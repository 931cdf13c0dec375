/** Someone whom nothing that a test does to others may disturb. */
import { fresh } from '@munova/contracts/testing';
import { expect } from 'vitest';
import type { EdgeFixture } from './edge-fixture.js';
import type { TestClient } from './test-client.js';

/** The bystander's room, which others may use as well. */
export const BYSTANDERS_ROOM = 'room-of-others';

/** @returns the bystander, connected and subscribed to BYSTANDERS_ROOM as `r` */
export const joinBystander = async (fixture: EdgeFixture): Promise<TestClient> => {
  const bystander = await fixture.user('bystander');
  await bystander.subscribe('r', `/rooms/${BYSTANDERS_ROOM}`);
  return bystander;
};

export const expectUndisturbed = async (bystander: TestClient): Promise<void> => {
  await bystander.say(BYSTANDERS_ROOM, 'still here', fresh('check-'));
  expect(bystander.closed).toBe(null);
};
