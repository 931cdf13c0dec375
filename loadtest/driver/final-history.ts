/** The rooms' histories as REST gives them, page by page, as the checker's lines. */
import type { LoggedEntry } from '../checker/history.js';
import type { Recorder } from './recorder.js';
import { restData } from './rest.js';

const PAGE = 200;

interface HistoryPage {
  readonly items: readonly LoggedEntry[];
  readonly head: number;
}

export const recordHistory = async (recorder: Recorder, base: string, token: string, room: string): Promise<number> => {
  let after = 0;
  for (;;) {
    const path = `/api/chat/messages/${room}?after=${String(after)}&limit=${String(PAGE)}`;
    const { items, head } = await restData<HistoryPage>(base, 'GET', path, { token });
    for (const entry of items) recorder.add({ e: 'history', entry });
    after = items.at(-1)?.seq ?? after;
    if (items.length < PAGE) {
      recorder.add({ e: 'head', room, head });
      return head;
    }
  }
};
