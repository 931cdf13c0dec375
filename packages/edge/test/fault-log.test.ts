import { FAULT_LOG_KINDS, FAULT_LOG_MS } from '@munova/contracts';
import { ManualRuntime } from '@munova/contracts/testing';
import { expect, it } from 'vitest';
import { FaultLog } from '../src/fault-log.js';

const place = () => {
  const runtime = new ManualRuntime();
  const told: string[] = [];
  const faults = new FaultLog(runtime.clock, (cause, untold) => told.push(`${(cause as Error).message} ${untold}`));
  return { runtime, told, add: (words: string) => faults.add(new Error(words)) };
};

it('[X20] a fault is told at once, and then with how often it came meanwhile', async () => {
  const { runtime, told, add } = place();
  for (let i = 0; i < 1_000; i += 1) add('append: not connected');
  await runtime.advance(FAULT_LOG_MS - 1);
  add('append: not connected');
  expect(told).toEqual(['append: not connected 0']);
  await runtime.advance(1);
  add('append: not connected');
  expect(told.slice(1)).toEqual(['append: not connected 1000']);
});

it('[X20] one fault does not hide another, and what is remembered of them is bounded', () => {
  const { told, add } = place();
  for (let i = 0; i < FAULT_LOG_KINDS; i += 1) add(`fault ${i}`);
  add('fault 0');
  expect(told).toHaveLength(FAULT_LOG_KINDS);
  add('one more');
  add('fault 0');
  expect(told.slice(FAULT_LOG_KINDS)).toEqual(['one more 0', 'fault 0 0']);
});
