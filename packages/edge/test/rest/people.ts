/** Users and rooms that several files of tests need. */
import { tokenOf } from './harness.js';
import type { Answered, CallOptions, Harness } from './harness.js';

export const minji = tokenOf('minji', 'buyer', { name: '민지' });
export const junho = tokenOf('junho', 'buyer', { name: '준호' });
export const sora = tokenOf('sora', 'buyer', { name: '소라' });
export const admin = tokenOf('root', 'admin');
export const seller = tokenOf('shop-1', 'seller', { name: '부츠상점' });
export const agent = tokenOf('hana', 'seller', { name: '하나', shop: 'shop-1' });
export const rival = tokenOf('shop-2', 'seller');

let made = 0;
export const freshName = (): string => `모임 ${String((made += 1))}`;
export const freshId = (prefix: string): string => `${prefix}-${String((made += 1))}`;

export const keyed = (key: string): CallOptions => ({ headers: { 'idempotency-key': key } });

export const roomIdOf = (answer: Answered): string => (answer.data as { roomId: string }).roomId;

export const makeGroup = async (api: Harness, body: object = {}, token = minji): Promise<string> => {
  const answer = await api.call('POST /api/chat/group', {
    token,
    body: { chatName: freshName(), maxParticipants: 10, ...body },
  });
  return roomIdOf(answer);
};

export const makeProduct = async (api: Harness, sellerId = 'shop-1'): Promise<string> => {
  const id = freshId('shoe');
  const body = { name: '첼시부츠', price: 129_000, imageUrl: null, sellerId };
  await api.call(`PUT /api/products/${id}`, { token: admin, body });
  return id;
};

export const makeInquiry = async (api: Harness, token = minji): Promise<string> =>
  roomIdOf(await api.call(`POST /api/chat/one-to-one/${await makeProduct(api)}`, { token }));

export const makeTags = async (api: Harness): Promise<void> => {
  for (const [id, parentId] of [
    ['w', null],
    ['w-boots', 'w'],
    ['w-loafers', 'w'],
    ['m', null],
    ['m-boots', 'm'],
    ['7', null],
  ] as const) {
    await api.call(`PUT /api/tags/${id}`, { token: admin, body: { code: id, nameKo: id, nameEn: id, parentId } });
  }
};

export const say = (api: Harness, room: string, content: string, token = minji): Promise<Answered> =>
  api.call(`POST /api/chat/messages/${room}`, { token, body: { type: 'TEXT', content } });
