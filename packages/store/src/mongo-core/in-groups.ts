/** Asks for each item, at most `size` at a time; the answers in the order of the items. */
export const inGroups = async <T, R>(
  items: readonly T[],
  size: number,
  ask: (item: T) => Promise<R>,
): Promise<readonly R[]> => {
  const answers: R[] = [];
  for (let i = 0; i < items.length; i += size) {
    answers.push(...(await Promise.all(items.slice(i, i + size).map(ask))));
  }
  return answers;
};
