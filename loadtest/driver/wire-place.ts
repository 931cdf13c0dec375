/** A room, its owner and the owner's connection: where a SEND is tried. */
import type { Headers } from './link.js';
import type { RawFrame } from './raw-link.js';
import type { WireClient } from './wire-client.js';
import { subscribe, type WireShop } from './wire-shop.js';

export interface Place {
  readonly user: string;
  readonly room: string;
  readonly client: WireClient;
}

/** Somebody who owns a room, hears refusals, and follows the room on subscription `s`. */
export const openPlace = async (shop: WireShop): Promise<Place> => {
  const user = shop.fresh('u');
  const room = await shop.group(user);
  const client = await shop.person({ sub: user, name: '민지 👟' });
  await subscribe(client, room);
  return { user, room, client };
};

/** A SEND with this body as it stands. */
export const sendRaw = ({ client, room }: Place, body: string, headers: Headers = {}): Promise<RawFrame> =>
  client.ask('SEND', { destination: `/rooms/${room}/messages`, ...headers }, body);

/** What was delivered so far, once there are `count`. */
export const heard = async ({ client }: Place, count: number): Promise<(string | null)[]> =>
  (await client.bodiesOf('s', count)).map(({ content }) => content);
