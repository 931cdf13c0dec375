import type { GroupCommit, ReadMove } from '@munova/contracts';

/** What a request counts for in bounds that are told in documents: an append its documents, read marks each, all else one. */
export const weightOf = (op: string, args: readonly unknown[]): number => {
  if (op === 'append') return (args[0] as GroupCommit).documents.length;
  return op === 'advanceMarks' ? (args[0] as readonly ReadMove[]).length : 1;
};
