/** Loads the sample shop through a running server's own interface; running it twice changes nothing. */
import { ApiClient } from '../api-client.js';
import { signToken } from '../tokens.js';
import {
  ADMIN,
  BUYERS,
  GROUPS,
  INQUIRIES,
  SELLERS,
  SHOES,
  type SampleLine,
  type SamplePerson,
  type SampleShoe,
} from './shoes.js';

const SEED_TOKEN_TTL_MS = 10 * 60_000;

export interface SeedSummary {
  readonly shoes: number;
  readonly groups: number;
  readonly inquiries: number;
  readonly messages: number;
}

interface RoomView {
  readonly roomId: string;
}
interface TagView {
  readonly id: string;
  readonly code: string;
}

/** Written behind everything else, so that it tells a shop that was loaded whole from one that was not. */
const LAST_SHOE = SHOES.at(-1);

/** True where the shop has no product yet, or loading the sample shop was interrupted. */
export const needsSeed = async (base: string, secret: string): Promise<boolean> => {
  const admin = clientOf(base, secret, ADMIN);
  const { items } = await admin.call<{ items: { productId: string }[] }>('GET', '/api/products?limit=100');
  const ids = new Set(items.map(({ productId }) => productId));
  const begun = ids.has(SHOES[0]?.id ?? '');
  return ids.size === 0 || (begun && !ids.has(LAST_SHOE?.id ?? ''));
};

export const seedShop = async (base: string, secret: string): Promise<SeedSummary> => {
  const people = new Map<string, ApiClient>(
    [...SELLERS, ...BUYERS].map((person) => [person.sub, clientOf(base, secret, person)]),
  );
  const as = (sub: string): ApiClient => {
    const client = people.get(sub);
    if (client === undefined) throw new Error(`the sample shop has nobody called ${sub}`);
    return client;
  };
  const admin = clientOf(base, secret, ADMIN);
  const stock = ({ id, name, price, seller }: SampleShoe): Promise<unknown> =>
    admin.call('PUT', `/api/products/${id}`, { body: { name, price, imageUrl: null, sellerId: seller } });
  for (const shoe of SHOES) if (shoe !== LAST_SHOE) await stock(shoe);
  const tags = await admin.call<TagView[]>('GET', '/api/tags');
  const tagId = new Map(tags.map((tag) => [tag.code, tag.id]));
  let messages = 0;
  for (const group of GROUPS) {
    const room = await as(group.owner).call<RoomView>('POST', '/api/chat/group', {
      idempotencyKey: group.key,
      body: {
        chatName: group.name,
        maxParticipants: group.maxParticipants,
        productCategoryId: group.tagCodes.map((code) => tagId.get(code)),
      },
    });
    for (const member of group.members) await as(member).call('POST', `/api/chat/group/${room.roomId}`);
    messages += await say(as, room.roomId, group.lines);
  }
  for (const inquiry of INQUIRIES) {
    const room = await as(inquiry.buyer).call<RoomView>('POST', `/api/chat/one-to-one/${inquiry.product}`);
    messages += await say(as, room.roomId, inquiry.lines);
  }
  if (LAST_SHOE !== undefined) await stock(LAST_SHOE);
  return { shoes: SHOES.length, groups: GROUPS.length, inquiries: INQUIRIES.length, messages };
};

const clientOf = (base: string, secret: string, person: SamplePerson): ApiClient =>
  new ApiClient(base, signToken(secret, { ...person, shop: undefined }, SEED_TOKEN_TTL_MS));

const say = async (as: (sub: string) => ApiClient, room: string, lines: readonly SampleLine[]): Promise<number> => {
  for (const [index, { by, text }] of lines.entries()) {
    await as(by).call('POST', `/api/chat/messages/${room}`, {
      idempotencyKey: `seed-${String(index + 1)}`,
      body: { type: 'TEXT', content: text },
    });
  }
  return lines.length;
};
