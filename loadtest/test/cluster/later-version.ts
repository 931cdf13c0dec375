/**
 * Loaded before an actor node (`--import`): it reads envelopes of the version after this one, which here look as this
 * one's do, and says so to the others. What it writes is of this version.
 */
interface Patches {
  readonly installPatches: (
    name: string,
    patches: readonly { readonly file: string; readonly find: string; readonly replace: string }[],
  ) => void;
}

// By its address: nothing here knows the simulator, whose way to patch what is loaded this is.
const PATCHES = new URL('../../../packages/simulator/dist/patches.js', import.meta.url).href;
const { installPatches } = (await import(PATCHES)) as Patches;

installPatches('later-version', [
  {
    file: 'packages/contracts/dist/wire/batch.js',
    find: 'decodeVersioned(text, WIRE_VERSION, ',
    replace: 'decodeVersioned(text, WIRE_VERSION + 1, ',
  },
  {
    file: 'packages/munova/dist/cluster/cluster-process.js',
    find: 'to: WIRE_VERSION }',
    replace: 'to: WIRE_VERSION + 1 }',
  },
]);
