/** What several files expect of a connection, in their own words. */
import { expect } from 'vitest';
import type { RawFrame } from '../../driver/raw-link.js';
import type { Bystander } from '../../driver/wire-bystander.js';
import { refusalIn, type RefusalBody, type WireClient, type WireEnd } from '../../driver/wire-client.js';

/** What a connection said last, and how it closed. */
export interface Ending {
  readonly last: RawFrame | undefined;
  readonly end: WireEnd;
}

export const endOf = async (client: WireClient, limitMs?: number): Promise<Ending> => {
  const end = await client.end(limitMs);
  return { last: client.frames.at(-1), end };
};

/** @param close the WebSocket close code */
export const expectEnd = ({ last, end }: Ending, code: string, close: number): void => {
  expect(last).toMatchObject({ command: 'ERROR', headers: { code } });
  expect(end.code).toBe(close);
};

/** @param field must be named by the refusal's message */
export const expectRefusal = (frame: RawFrame, code: string, field?: string): RefusalBody => {
  const refusal = refusalIn(frame);
  expect(refusal.code, frame.body).toBe(code);
  if (field !== undefined) expect(refusal.message).toContain(field);
  return refusal;
};

/** Every word of the bystanders was receipted and heard, in order and without a gap. */
export const expectUnharmed = async (bystander: Bystander): Promise<void> => {
  await bystander.goesOn();
  const { receipted, heard } = await bystander.finish();
  expect(receipted).toEqual(receipted.map((_, i) => i + 4));
  expect(heard).toEqual(receipted);
};
