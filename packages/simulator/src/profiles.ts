/** Kinds of runs: what a seed plans, stretched or thinned out. */
import { planOf, type FaultKind, type Plan } from './plan.js';
import { SimRandom } from './random.js';

const FEW_FAULTS = 3; // kinds
const STRETCH = 4;

const entriesOf = ({ faults }: Plan): [FaultKind, number][] => Object.entries(faults) as [FaultKind, number][];

/** Some of the kinds, each seldom: what they leave behind is not covered up by the next blow. */
const thinned = (plan: Plan): Plan['faults'] => {
  const random = new SimRandom(plan.seed).stream('profile');
  const kinds = entriesOf(plan);
  while (kinds.length > FEW_FAULTS) kinds.splice(random.between(0, kinds.length - 1), 1);
  return Object.fromEntries(kinds.map(([kind, chance]) => [kind, Math.ceil(chance * 250) / 1_000]));
};

export const PROFILES = {
  quick: 'a third of the time and few people, for many seeds a minute',
  standard: 'as planned: 6 to 24 s, two fifths of the faults on average',
  long: 'four times as long, at a quarter of the pace',
  liveness: 'as long, with three kinds of faults at most, each seldom, before all must come to rest',
} as const;
export type Profile = keyof typeof PROFILES;

export const isProfile = (name: string): name is Profile => Object.hasOwn(PROFILES, name);

/** The same number of acts in more time: more of them would only be a queue that takes long to empty. */
const stretched = (plan: Plan): Plan => ({
  ...plan,
  durationMs: STRETCH * plan.durationMs,
  paceMs: STRETCH * plan.paceMs,
});

export const planFor = (profile: Profile, seed: number): Plan => {
  const plan = planOf(seed);
  switch (profile) {
    case 'quick':
      return {
        ...plan,
        durationMs: Math.ceil(plan.durationMs / 3),
        people: Math.min(plan.people, 4),
        edges: Math.min(plan.edges, 2),
      };
    case 'standard':
      return plan;
    case 'long':
      return stretched(plan);
    case 'liveness':
      return { ...stretched(plan), faults: thinned(plan) };
  }
};
