/**
 * Appends one message after the other to a room until that fails, then does what the actors do: a barrier,
 * and a look-up by id if that passed. Prints `failed <room> <seq> <what is known then, as JSON>` and kills itself.
 */
import { writeSync } from 'node:fs';
import { asRoomId, asSeq, outcomeKeyText } from '@munova/contracts';
import type { AppendError, Entry } from '@munova/contracts';
import { commitOf, messageEntry } from '@munova/contracts/testing';
import { openSqliteStore } from '@munova/store';

const [folder = ''] = process.argv.slice(2);
const ignore = (): void => undefined;
const { log } = await openSqliteStore({ folder, log: { info: ignore, warn: ignore, error: ignore } });
const room = asRoomId('room-0');

const failureOf = (document: Entry): Promise<AppendError | null> =>
  log.append(commitOf([document])).then(
    () => null,
    (error: unknown) => error as AppendError,
  );

// So many that one of them meets the failure, and no more: nobody may be there to stop it.
for (let seq = 1; seq <= 1_000; seq++) {
  const document = messageEntry({ room, seq: asSeq(seq) });
  const error = await failureOf(document);
  if (error === null) continue;
  const key = { room, sender: document.sender, cmid: document.cmid };
  const found = await log.barrier().then(
    async () => (await log.findOutcomes([key], 0)).has(outcomeKeyText(key)),
    () => 'undecided',
  );
  writeSync(1, `failed ${room} ${String(seq)} ${JSON.stringify({ applied: error.applied, found })}\n`);
  process.kill(process.pid, 'SIGKILL');
}
