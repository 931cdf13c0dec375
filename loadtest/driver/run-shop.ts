/** Lets a shop talk for a while, waits until it is quiet, reads everything back and asks the checker. */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { check, type Verdict } from '../checker/check.js';
import { Gatherer } from '../checker/facts.js';
import { parseLine } from '../checker/history.js';
import { recordHistory } from './final-history.js';
import type { Persona } from './persona.js';
import type { SeededRandom } from './random.js';
import type { Recorder } from './recorder.js';
import { restData } from './rest.js';
import { chatter, type Shop } from './shop.js';
import { until } from './wait.js';

export interface TalkOptions {
  readonly random: SeededRandom;
  readonly messages: number;
  /** Mean pause between two messages of the whole shop. */
  readonly pauseMs: number;
  /** Those who lose their connections, and how likely after a message. */
  readonly droppers: readonly Persona[];
  readonly dropChance: number;
  /** How likely after a message somebody sends an old one again. */
  readonly repeatChance: number;
  /** How likely after a message a group is closed, or opened again. */
  readonly closeChance: number;
}

const QUIET_MS = 60_000;

export const talk = async (shop: Shop, options: TalkOptions): Promise<void> => {
  const { random, messages, pauseMs, droppers } = options;
  for (let i = 0; i < messages; i += 1) {
    const { persona, room } = random.pick(shop.places);
    persona.say(room, chatter(random));
    if (droppers.length > 0 && random.chance(options.dropChance)) random.pick(droppers).drop();
    if (random.chance(options.repeatChance)) random.pick(shop.personas).repeat(random);
    if (random.chance(options.closeChance)) await shop.toggle(random.pick(shop.groups));
    if (random.chance(0.5)) await new Promise((resolve) => setTimeout(resolve, random.next() * 4 * pauseMs));
  }
};

/** Everything sent is settled, and every subscriber has every room's last entry. @param limitMs for both together */
export const quiet = async (shop: Shop, http: string, limitMs = QUIET_MS): Promise<void> => {
  const deadline = Date.now() + limitMs;
  const unsettled = (): string[] =>
    shop.personas
      .filter((p) => !p.connected || p.unsettled > 0)
      .map((p) => `${p.user} ${p.state} ${p.troubles.join(' ')}`);
  await until('everything is settled', limitMs, () => unsettled().length === 0).catch((error: unknown) => {
    throw new Error(`${(error as Error).message}: ${unsettled().slice(0, 5).join(', ')}`, { cause: error });
  });
  const heads = new Map<string, number>();
  for (const room of shop.rooms) {
    const { head } = await restData<{ head: number }>(http, 'GET', `/api/chat/messages/${room}?limit=1`, {
      token: shop.adminToken,
    });
    heads.set(room, head);
  }
  const behind = (): string[] =>
    shop.places
      .filter(({ persona, room }) => persona.cursor(room) < (heads.get(room) ?? 0))
      .map(({ persona, room }) => `${persona.user} in ${room}`);
  await until('every subscriber is at the head', deadline - Date.now(), () => behind().length === 0).catch(
    (error: unknown) => {
      throw new Error(`${(error as Error).message}: ${behind().slice(0, 5).join(', ')}`, { cause: error });
    },
  );
};

/** Ends the personas, records the histories, and judges. */
export const judge = async (shop: Shop, recorder: Recorder, http: string): Promise<Verdict> => {
  for (const persona of shop.personas) persona.finish();
  for (const room of shop.rooms) await recordHistory(recorder, http, shop.adminToken, room);
  await recorder.close();
  const gatherer = new Gatherer();
  for await (const line of createInterface({ input: createReadStream(recorder.file) })) gatherer.add(parseLine(line));
  return check(gatherer.facts());
};
