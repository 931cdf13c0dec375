/** How reports show figures. */
import { cpus, release, totalmem } from 'node:os';

export const whole = (value: number): string => Math.round(value).toLocaleString('en');
export const micros = (value: number): string => `${whole(value)} µs`;
export const ms = (value: number): string => `${value.toFixed(1)} ms`;
export const kib = (bytes: number): string => `${(bytes / 1_024).toFixed(1)} KiB`;
export const times = (ratio: number): string => `${ratio.toFixed(2)} ×`;
/** Rounded down, so that only all of it is 100 %. */
export const percent = (share: number): string => `${String(Math.floor(share * 1_000) / 10)} %`;

/** Of the report. */
export const today = (): string => new Date().toISOString().slice(0, 10);

export const machine = (): string => {
  const [cpu] = cpus();
  const memory = `${String(Math.round(totalmem() / 2 ** 30))} GiB`;
  return `Node ${process.version}, Linux ${release()}, ${String(cpus().length)} × ${cpu?.model ?? 'CPU'}, ${memory}`;
};
