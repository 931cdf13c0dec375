/** A shop at work: buyers and sellers in inquiries and groups, on the sample products of `munova seed`. */
import { openRawLink } from './raw-link.js';
import { openStompitLink } from './stompit-link.js';
import { openStompjsLink } from './stompjs-link.js';
import type { LinkTarget, OpenLink } from './link.js';
import { Persona } from './persona.js';
import { type Claims, tokenFor } from './product.js';
import type { SeededRandom } from './random.js';
import type { Recorder } from './recorder.js';
import { rest, restData } from './rest.js';
import { until } from './wait.js';

export interface ShopSize {
  readonly buyers: number;
  /** Agents; each carries the `shop` of a seller of the sample products. */
  readonly sellers: number;
  readonly groups: number;
  readonly groupsPerBuyer: number;
}

export interface ShopOptions {
  readonly size: ShopSize;
  readonly random: SeededRandom;
  readonly secret: string;
  readonly http: () => string;
  readonly target: () => LinkTarget;
  readonly recorder: Recorder;
}

export interface Shop {
  readonly personas: readonly Persona[];
  /** Who talks where. */
  readonly places: readonly { readonly persona: Persona; readonly room: string }[];
  readonly rooms: readonly string[];
  readonly groups: readonly string[];
  readonly adminToken: string;
  /** Closes the group, or opens it again; nothing where the server is away. */
  toggle(group: string): Promise<void>;
}

interface ProductView {
  readonly productId: string;
  readonly sellerId: string;
}
interface RoomView {
  readonly roomId: string;
  readonly sellerId: string | null;
}

const CONNECT_ALL_MS = 30_000;
const LINKS: readonly OpenLink[] = [openStompjsLink, openStompitLink, openRawLink];

/** Opens the rooms, seats everybody, connects everybody with a mix of clients. */
export const openShop = async (options: ShopOptions): Promise<Shop> => {
  const { size, secret, http, random, target, recorder } = options;
  const token = (claims: Claims): string => tokenFor(secret, claims);
  const adminToken = token({ sub: 'test-admin', role: 'admin' });
  const call = <T>(as: string, method: string, path: string, body?: unknown): Promise<T> =>
    restData<T>(http(), method, path, { token: as, body });
  const { items: products } = await call<{ items: ProductView[] }>(adminToken, 'GET', '/api/products?limit=100');
  const shops = [...new Set(products.map(({ sellerId }) => sellerId))];
  const rooms = new Set<string>();
  const places: { persona: Persona; room: string }[] = [];
  let made = 0;
  const persona = (claims: Claims): Persona => {
    const open = LINKS[made % LINKS.length] ?? openRawLink;
    made += 1;
    return new Persona({ user: claims.sub, token: token(claims), open, target, recorder });
  };
  const seat = (who: Persona, room: string): void => {
    rooms.add(room);
    who.follow(room);
    places.push({ persona: who, room });
  };

  const sellers = Array.from({ length: size.sellers }, (_, i) => {
    const shop = shops[i % shops.length] ?? '';
    return { shop, persona: persona({ sub: `agent-${String(i)}`, name: `상담원 ${String(i)}`, role: 'seller', shop }) };
  });
  const groups: string[] = [];
  for (let i = 0; i < size.groups; i += 1) {
    const owner = token({ sub: `buyer-${String(i % size.buyers)}`, name: `구매자 ${String(i % size.buyers)}` });
    const body = { chatName: `모임 ${String(i)} 🥾`, maxParticipants: 50, productCategoryId: [] };
    groups.push((await call<RoomView>(owner, 'POST', '/api/chat/group', body)).roomId);
  }
  const personas = sellers.map((seller) => seller.persona);
  for (let i = 0; i < size.buyers; i += 1) {
    const claims = { sub: `buyer-${String(i)}`, name: `구매자 ${String(i)}` };
    const buyer = persona(claims);
    personas.push(buyer);
    const { productId } = random.pick(products);
    const inquiry = await call<RoomView>(token(claims), 'POST', `/api/chat/one-to-one/${productId}`);
    seat(buyer, inquiry.roomId);
    for (const seller of sellers) if (seller.shop === inquiry.sellerId) seat(seller.persona, inquiry.roomId);
    for (let g = 0; g < size.groupsPerBuyer; g += 1) {
      const group = groups[(i + g * 7) % groups.length] ?? '';
      await call(token(claims), 'POST', `/api/chat/group/${group}`);
      seat(buyer, group);
    }
  }
  for (const who of personas) who.start();
  await until('everybody is connected', CONNECT_ALL_MS, () => personas.every(({ connected }) => connected));
  return { personas, places, rooms: [...rooms], groups, adminToken, toggle: toggler(http, adminToken) };
};

const toggler = (http: () => string, token: string): Shop['toggle'] => {
  const closed = new Set<string>();
  return async (group) => {
    const verb = closed.has(group) ? 'open' : 'close';
    try {
      await rest(http(), 'PATCH', `/api/chat/group/${verb}/${group}`, { token });
    } catch {
      // Killed meanwhile: whether it happened is not known, and the other way round is asked for next.
    }
    if (verb === 'open') closed.delete(group);
    else closed.add(group);
  };
};

const WORDS = [
  '안녕하세요',
  '사이즈',
  '재입고',
  '문의',
  '👟',
  '👍🏽',
  '240mm',
  'Thank you!',
  '"따옴표"',
  '<b>굵게</b>',
  '\\n',
  'é',
  '가격:89,000원',
];

/** Korean with emoji, newlines, quotes, colons and backslashes. */
export const chatter = (random: SeededRandom): string =>
  Array.from({ length: random.between(1, 6) }, () => random.pick(WORDS)).join(random.chance(0.3) ? '\n' : ' ');
