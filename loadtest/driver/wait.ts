const POLL_MS = 20;

/** Waits for a condition. @throws naming it, when it does not hold within `limitMs` */
export const until = async (what: string, limitMs: number, holds: () => boolean | Promise<boolean>): Promise<void> => {
  const deadline = Date.now() + limitMs;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`${what}: not within ${String(limitMs)} ms`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
};
