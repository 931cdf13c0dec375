/** Known ways to be wrong, switched on in the world around the product and never in it. */
export const MUTANTS = {
  'duplicate-as-success': 'the store answers a conflict as if it had written',
  'blind-append': 'the store appends at whatever the head is, not at the seq it was given',
  'ids-not-unique': 'the store takes a second entry of the same (room, sender, client-message-id)',
  'no-look-up': 'the store finds no outcome by id',
  'early-answer': 'the store answers an append before it is durable, and may lose it then',
  'refusals-forgotten': 'the store does not keep refusals and no-ops',
  'stale-reads': 'reads of the log never see its last entry',
  'no-heads': 'what the edge asks the store for heads is answered with nothing',
  'frames-reversed': 'the stream gives the frames of a batch in the opposite order',
  'epoch-goes-back': 'a restarted node gets a smaller epoch',
  'projection-lost': 'what is projected is not kept',
  'fan-out-reordered': 'the fan-out changes the order within a shard',
} as const;
export type Mutant = keyof typeof MUTANTS;

/** What the product promises to bear, though its port forbids it: the log alone is the authority. */
export const BORNE: ReadonlySet<Mutant> = new Set(['fan-out-reordered']);

export const isMutant = (name: string): name is Mutant => Object.hasOwn(MUTANTS, name);
