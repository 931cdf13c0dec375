import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { secretOf, tokenFor } from '../../driver/product.js';
import { rest, restData } from '../../driver/rest.js';
import { scratchFolder, startProduct } from './run.js';

interface RoomView {
  readonly roomId: string;
  readonly memberCount: number;
  readonly members: readonly unknown[];
}

const startShop = async (): Promise<{ http: string; secret: string }> => {
  const dataDir = join(scratchFolder(), 'data');
  const product = await startProduct({ dataDir, args: ['--demo'] });
  return { http: product.ready.http, secret: secretOf(dataDir) };
};
const times = <T>(count: number, make: (i: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, i) => make(i)));

describe('[I9] races of creation', () => {
  it('[I9] 50 parallel inquiries of one buyer about one product make one room', { timeout: 60_000 }, async () => {
    const { http, secret } = await startShop();
    const token = tokenFor(secret, { sub: 'racer' });
    const answers = await times(50, (i) =>
      rest<RoomView>(http, 'POST', '/api/chat/one-to-one/shoe-101', { token, idempotencyKey: `try-${String(i)}` }),
    );
    expect(new Set(answers.map(({ data }) => data.roomId)).size).toBe(1);
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(49);
    const mine = await restData<unknown[]>(http, 'GET', '/api/chat/one-to-one', { token });
    expect(mine).toHaveLength(1);
  });

  it('[I9] 50 joins into a room of 10 seat exactly 9 beside its owner', { timeout: 60_000 }, async () => {
    const { http, secret } = await startShop();
    const owner = tokenFor(secret, { sub: 'owner' });
    const body = { chatName: '열 자리', maxParticipants: 10, productCategoryId: [] };
    const { roomId } = await restData<RoomView>(http, 'POST', '/api/chat/group', { token: owner, body });
    const answers = await times(50, (i) =>
      rest(http, 'POST', `/api/chat/group/${roomId}`, { token: tokenFor(secret, { sub: `joiner-${String(i)}` }) }),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(9);
    expect(answers.filter(({ code }) => code === 'CHAT_06')).toHaveLength(41);
    const room = await restData<RoomView>(http, 'GET', `/api/chat/group/${roomId}`, { token: owner });
    expect(room.memberCount).toBe(10);
    expect(room.members).toHaveLength(10);
  });

  it('[I9] 20 creations of one group name make one', { timeout: 60_000 }, async () => {
    const { http, secret } = await startShop();
    const body = { chatName: '하나뿐인 모임', maxParticipants: 5, productCategoryId: [] };
    const answers = await times(20, (i) =>
      rest(http, 'POST', '/api/chat/group', { token: tokenFor(secret, { sub: `founder-${String(i)}` }), body }),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ code }) => code === 'CHAT_09')).toHaveLength(19);
    const token = tokenFor(secret, { sub: 'looker' });
    const path = `/api/chat/group/search?keyword=${encodeURIComponent('하나뿐인')}`;
    expect(await restData<unknown[]>(http, 'GET', path, { token })).toHaveLength(1);
  });
});
