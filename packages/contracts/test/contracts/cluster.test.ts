import { describe } from 'vitest';
import { MemoryMembership, MemoryOwnership } from '../../src/memory/index.js';
import { describeMembership, describeOwnership } from '../../src/testing/index.js';

const SHARDS = 4;

describe('the cluster in memory', () => {
  const membership = new MemoryMembership();
  const ownership = new MemoryOwnership(SHARDS);
  describeMembership(() => membership);
  describeOwnership(() => ownership, SHARDS);
});
