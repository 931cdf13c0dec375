/** How the texts of settings are read; undefined for what is not allowed. */
import { resolve } from 'node:path';
import { MIN_SECRET_BYTES } from '@munova/contracts';

/** Tokens that refill `perSecond`, at most `burst` of them. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

export const port = (text: string): number | undefined => {
  const value = Number(text);
  return /^\d{1,5}$/.test(text) && value <= 65_535 ? value : undefined;
};
export const integer =
  (min: number, max: number) =>
  (text: string): number | undefined => {
    const value = Number(text);
    return /^\d{1,12}$/.test(text) && value >= min && value <= max ? value : undefined;
  };
export const rate = (text: string): Rate | undefined => {
  const [, perSecond, burst] = /^(\d{1,9})\/(\d{1,9})$/.exec(text) ?? [];
  if (perSecond === undefined || burst === undefined || Number(perSecond) < 1 || Number(burst) < 1) return undefined;
  return { perSecond: Number(perSecond), burst: Number(burst) };
};
export const list = (text: string): readonly string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
export const oneOf =
  <T extends string>(...values: readonly T[]) =>
  (text: string): T | undefined =>
    values.find((value) => value === text);
/** `0` or `1`. */
export const flag = (text: string): boolean | undefined => ({ '0': false, '1': true })[text];
/** An absolute path. */
export const path = (text: string): string | undefined =>
  text === '' || text.includes('\0') ? undefined : resolve(text);
/** The text itself where it matches. */
export const matching =
  (pattern: RegExp) =>
  (text: string): string | undefined =>
    pattern.test(text) ? text : undefined;
/** A secret, or nothing. */
export const secret = (text: string): string | undefined =>
  text === '' || Buffer.byteLength(text) >= MIN_SECRET_BYTES ? text : undefined;
/** Base64url of at least so many bytes as a secret has, or nothing. */
export const key = (text: string): string | undefined =>
  text === '' || (/^[\w-]+$/.test(text) && Buffer.from(text, 'base64url').length >= MIN_SECRET_BYTES)
    ? text
    : undefined;
