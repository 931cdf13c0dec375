import { asUserId } from '@munova/contracts';
import type { Demo } from '@munova/edge';
import { BUYERS, SELLERS } from './seed/shoes.js';
import { signToken } from './tokens.js';

const DEMO_TOKEN_TTL_MS = 12 * 3_600_000;

/** The people of the sample shop, signed in with this secret. */
export const demoOf = (secret: string): Demo => {
  const people = [...BUYERS, ...SELLERS];
  return {
    people: people.map(({ sub, name, role }) => ({ sub: asUserId(sub), name, role, shop: null })),
    mint: (sub) => {
      const person = people.find((candidate) => candidate.sub === sub);
      if (person === undefined) throw new Error(`${sub} is nobody of the demo`);
      return signToken(
        secret,
        { sub: person.sub, name: person.name, role: person.role, shop: undefined },
        DEMO_TOKEN_TTL_MS,
      );
    },
  };
};
