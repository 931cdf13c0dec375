/** The Lua files, each with `held.lua` before its body, and the names by which Redis knows them. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { ScriptName } from '../commands.js';

export interface Script {
  readonly text: string;
  readonly sha1: string;
}

// The same place from `src/ioredis` and from `dist/ioredis`.
const textOf = (name: string): string =>
  readFileSync(new URL(`../../src/scripts/${name}.lua`, import.meta.url), 'utf8');

const load = (name: ScriptName): Script => {
  // The first line says with which flags the script runs, and must stay the first.
  const [, flags = '', body = ''] = /^(#!lua.*\n)([^]*)$/.exec(textOf(name)) ?? [];
  const text = flags + textOf('held') + body;
  return { text, sha1: createHash('sha1').update(text).digest('hex') };
};

export const SCRIPTS: Readonly<Record<ScriptName, Script>> = {
  append: load('append'),
  commit: load('commit'),
  lag: load('lag'),
};
