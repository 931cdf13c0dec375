export const stamp = () => Date.now(); // lint: no-restricted-globals
export const today = () => new Date(); // lint: no-restricted-globals
export const elapsed = () => performance.now(); // lint: no-restricted-globals
export const later = (work: () => void) => setTimeout(work, 1); // lint: no-restricted-globals
export const often = (work: () => void) => setInterval(work, 1); // lint: no-restricted-globals
export const soon = (work: () => void) => setImmediate(work); // lint: no-restricted-globals
export const next = (work: () => void) => queueMicrotask(work); // lint: no-restricted-globals
export const hidden = (work: () => void) => globalThis.setTimeout(work, 1); // lint: no-restricted-globals
export const dice = () => Math.random(); // lint: no-restricted-properties
export const deadline = () => AbortSignal.timeout(1); // lint: no-restricted-properties
export const id = () => crypto.randomUUID(); // lint: no-restricted-globals
export const machine = () => process.pid; // lint: no-restricted-globals
export const say = (word: string) => console.log(word); // lint: no-restricted-globals no-console
export const page = () => fetch('http://localhost'); // lint: no-restricted-globals
export const fine = (a: number, b: number) => Math.max(a, b);
