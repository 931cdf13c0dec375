/**
 * A mutant: text of a built module replaced while it is loaded. Invariants:
 * 1. Nothing on disk is changed; the hooks act in the thread that installed them.
 * 2. What is to be replaced stands in its module exactly once, and every module named is loaded: a mutant
 *    that the code has outgrown is an error and never a silent survivor.
 */
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import type { Plan } from './plan.js';

export interface Patch {
  /** From the root of the repository; a built module: `packages/<package>/dist/….js`. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

/** One known way to be wrong. */
export interface MutantSpec {
  readonly name: string;
  readonly what: string;
  /** At least one of these invariants is broken. None: it is borne, and no invariant may break. */
  readonly breaks: readonly string[];
  /** What built modules say instead: the product's, or those of the servers that the world fakes. */
  readonly patches: readonly Patch[];
  /** What its plans have in common, where the trouble would seldom come by itself. */
  readonly focus?: Partial<Omit<Plan, 'seed'>>;
}

export class OutdatedMutant extends Error {
  constructor(mutant: string, why: string) {
    super(`mutant ${mutant} is out of date: ${why}`);
    this.name = 'OutdatedMutant';
  }
}

const ROOT = new URL('../../../', import.meta.url);

const urlOf = ({ file }: Patch): string => new URL(file, ROOT).href;

/** @throws {OutdatedMutant} */
export const patched = (mutant: string, source: string, patches: readonly Patch[]): string =>
  patches.reduce((text, { file, find, replace }) => {
    const parts = text.split(find);
    if (parts.length !== 2) {
      throw new OutdatedMutant(mutant, `${file} holds ${String(parts.length - 1)} times, not once: ${find}`);
    }
    return parts.join(replace);
  }, source);

const byModule = (patches: readonly Patch[]): ReadonlyMap<string, readonly Patch[]> => Map.groupBy(patches, urlOf);

/** Whether the build that is there can be patched. @throws {OutdatedMutant} */
export const checkPatches = (mutant: string, patches: readonly Patch[]): void => {
  for (const [url, own] of byModule(patches)) {
    let source: string;
    try {
      source = readFileSync(new URL(url), 'utf8');
    } catch (cause) {
      throw new OutdatedMutant(mutant, `${own[0]?.file ?? url} cannot be read: ${(cause as Error).message}`);
    }
    patched(mutant, source, own);
  }
};

const textOf = (source: string | ArrayBuffer | NodeJS.TypedArray | undefined): string =>
  typeof source === 'string' ? source : new TextDecoder().decode(source);

/**
 * Patches what this thread imports from now on.
 * @param onPatched told of each module as it is loaded
 * @returns to be called once everything is imported. @throws {OutdatedMutant} for a module that was not.
 */
export const installPatches = (
  mutant: string,
  patches: readonly Patch[],
  onPatched: (file: string) => void = () => undefined,
): (() => void) => {
  const modules = byModule(patches);
  const loaded = new Set<string>();
  registerHooks({
    load: (url, context, nextLoad) => {
      const result = nextLoad(url, context);
      const own = modules.get(url);
      if (own === undefined) return result;
      loaded.add(url);
      onPatched(own[0]?.file ?? url);
      return { ...result, source: patched(mutant, textOf(result.source), own) };
    },
  });
  return () => {
    for (const [url, [first]] of modules) {
      if (!loaded.has(url)) throw new OutdatedMutant(mutant, `${first?.file ?? url} is not loaded`);
    }
  };
};
