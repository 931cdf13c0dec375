import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bodyHashOf } from '../../src/body-hash.js';
import { outcomeKeyText } from '../../src/commands.js';
import { isClientMessageId, isRoomId, isUserId } from '../../src/ids.js';
import { anyCommand, anyContent, anyLog, anyRoomName, TEST_KEY } from '../../src/testing/index.js';

/** Tests rest on these; were they wrong, what passes would mean little. */
describe('arbitraries', () => {
  it('[I1] [I3] [I7] a log is one: no hole, no id twice, n, ts and epoch as they must be', () => {
    fc.assert(
      fc.property(anyLog, (log) => {
        expect(log.map((entry) => entry.seq)).toEqual(log.map((_, i) => i + 1));
        expect(log[0]?.kind).toBe('created');
        expect(new Set(log.map(outcomeKeyText)).size).toBe(log.length);
        expect(log.map((e) => e.n)).toEqual(
          log.map((_, i) => log.slice(0, i + 1).filter((e) => e.kind === 'message').length),
        );
        for (const [i, entry] of log.slice(1).entries()) {
          expect(entry.ts).toBeGreaterThanOrEqual(log[i]?.ts ?? 0);
          expect(entry.epoch).toBeGreaterThanOrEqual(log[i]?.epoch ?? 0);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('[F20] [F24] a command has ids of their alphabets and the hash of its body', () => {
    fc.assert(
      fc.property(anyCommand, (command) => {
        expect([isRoomId(command.room), isUserId(command.actor.id), isClientMessageId(command.cmid)]).not.toContain(
          false,
        );
        expect(command.bodyHash).toBe(bodyHashOf(TEST_KEY, command.kind, command.body));
      }),
      { numRuns: 100 },
    );
  });

  it('[S6] text is well-formed and survives encoding; names are in the form in which they are stored', () => {
    fc.assert(
      fc.property(anyContent, anyRoomName, (content, name) => {
        expect(content.isWellFormed() && !content.includes('\0') && content !== '').toBe(true);
        expect(Buffer.from(JSON.stringify(content)).toString()).toBe(JSON.stringify(content));
        expect(name).toBe(name.normalize('NFC').trim());
      }),
    );
  });
});
