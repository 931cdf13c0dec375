import { asEpoch, type Epoch, type Ownership, type ShardRecord } from '@munova/contracts';
import type { Mutant } from './mutants.js';

/** Epochs that count down begin here. */
const FIRST_EPOCH = 1_000;

const turned = (epoch: Epoch): Epoch => asEpoch(FIRST_EPOCH - epoch);
const turnedRecord = (record: ShardRecord): ShardRecord => ({ ...record, epoch: turned(record.epoch) });

export const mutatedOwnership = (ownership: Ownership, mutant: Mutant | null): Ownership =>
  mutant === 'epoch-goes-back'
    ? {
        shards: async () => (await ownership.shards()).map(turnedRecord),
        claim: async (seen, owner) => {
          const epoch = await ownership.claim(turnedRecord(seen), owner);
          return epoch === null ? null : turned(epoch);
        },
        release: (shard, owner, epoch) => ownership.release(shard, owner, turned(epoch)),
      }
    : ownership;
