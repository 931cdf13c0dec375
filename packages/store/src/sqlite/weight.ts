import type { GroupCommit } from '@munova/contracts';

/** What a request counts for in bounds that are told in documents: an append its documents, all else one. */
export const weightOf = (op: string, args: readonly unknown[]): number =>
  op === 'append' ? (args[0] as GroupCommit).documents.length : 1;
