import { asProductId, asRoomId } from '@munova/contracts';
import { describe, expect, it } from 'vitest';
import { evolve } from '../../src/core/evolve.js';
import { agent, ask, commandOf, found, GROUP, INQUIRY, jisoo, minji, say, seller } from './people.js';
import { Table } from './table.js';

describe('an inquiry', () => {
  it('[R6] is created, then joined by its buyer and its seller', () => {
    const table = new Table(INQUIRY, ask(minji));
    expect(table.told()).toEqual([
      'created {"type":"ONE_ON_ONE","name":"[첼시부츠] 문의 - 민지님","productId":"p-1","buyerId":"minji","sellerId":"shoe-shop"}',
      'joined {"userId":"minji","name":"민지","memberType":"MEMBER"}',
      'joined {"userId":"shoe-shop","name":"shoe-shop","memberType":"MEMBER"}',
    ]);
    expect(table.record).toMatchObject({
      type: 'ONE_ON_ONE',
      status: 'OPENED',
      ownerId: null,
      buyerId: 'minji',
      sellerId: 'shoe-shop',
      maxParticipants: null,
      memberCount: 2,
      stateSeq: 3,
      n: 0,
      lastMessage: null,
      lastMessageSeq: 0,
      lastMessageTime: null,
    });
  });

  it('[R6] has a name of at most 100 code points, whatever the product is called', () => {
    const body = { productId: asProductId('p'), productName: '👟'.repeat(300), sellerId: seller.id };
    const table = new Table(INQUIRY, commandOf('create-inquiry', INQUIRY, minji, body));
    expect([...table.record.name]).toHaveLength(100);
    expect(table.record.name).toMatch(/^\[(👟)+\] 문의 - 민지님$/u);
  });

  it('[R6] [R20] is refused with CHAT_11 on the own product, of an agent of the shop too', () => {
    expect(new Table(INQUIRY).outcome(ask(seller))).toBe('CHAT_11');
    expect(new Table(INQUIRY).outcome(ask(agent))).toBe('CHAT_11');
  });

  it('[R7] stays as it is when its buyer asks again', () => {
    const table = new Table(INQUIRY, ask());
    expect(table.outcome(ask())).toBe('noop');
    expect(table.head).toBe(3);
  });

  it('[R7] is opened again when its buyer asks again after it was closed', () => {
    const table = new Table(INQUIRY, ask(), commandOf('close', INQUIRY, seller, {}));
    expect(table.outcome(ask())).toBe('opened');
    expect(table.record.status).toBe('OPENED');
  });

  it('[R7] [R9] is nobody else’s to ask for', () => {
    const table = new Table(INQUIRY, ask(minji));
    expect(table.outcome(ask(jisoo))).toBe('CHAT_01');
  });
});

describe('a group', () => {
  it('[R8] is created, then joined by its owner', () => {
    const table = new Table(GROUP, found(minji, 3, '  부츠 모임 '));
    expect(table.told()).toEqual([
      'created {"type":"GROUP","name":"부츠 모임","ownerId":"minji","maxParticipants":3,"tags":["M_BOOTS"]}',
      'joined {"userId":"minji","name":"민지","memberType":"OWNER"}',
    ]);
    expect(table.record).toMatchObject({ type: 'GROUP', ownerId: 'minji', memberCount: 1, maxParticipants: 3 });
  });

  it('[R8] is refused with CHAT_09 when its name is taken', () => {
    const table = new Table(GROUP);
    expect(table.outcome(found(), { nameTaken: true })).toBe('CHAT_09');
    expect(table.state.status).toBe('absent');
  });

  it('[R8] that is there stays as it is, so that a copy whose outcome is not at hand runs into it in the store', () => {
    const table = new Table(GROUP, found());
    expect(table.outcome(found())).toBe('noop');
    expect(table.outcome(found(jisoo))).toBe('CHAT_01');
    expect(table.head).toBe(2);
  });

  it('[R8] [R9] that was abandoned never comes to be', () => {
    const table = new Table(GROUP);
    const [created] = table.consider(found()).documents;
    if (created?.kind !== 'created') throw new Error('no creation');
    table.state = evolve(table.state, { ...created, kind: 'abandoned', data: null });
    const outcomes = [found(), say(GROUP, minji)].map((c) => table.outcome(c));
    expect(outcomes).toEqual(['CHAT_01', 'CHAT_01']);
    expect(table.lastNeeds?.reserveName).toBeNull();
  });
});

it('[R4] the entries of one command stand together, the first with its id and as its outcome', () => {
  const table = new Table(INQUIRY);
  const command = ask();
  const { documents, outcome } = table.run(command);
  expect(documents.map((d) => d.cmid)).toEqual([command.cmid, `${command.cmid}~1`, `${command.cmid}~2`]);
  expect(table.entries.map((e) => e.seq)).toEqual([1, 2, 3]);
  expect(outcome).toEqual({ status: 'logged', seq: 1, kind: 'created' });
  const more = table.run(say(INQUIRY, minji));
  expect(more.outcome).toEqual({ status: 'logged', seq: 4, kind: 'message' });
});

it('[R9] whatever is commanded in a room that is not there is CHAT_01', () => {
  const nowhere = asRoomId('r-nowhere');
  const commands = [
    commandOf('join', nowhere, minji, {}),
    commandOf('leave', nowhere, minji, {}),
    commandOf('kick', nowhere, minji, { userId: jisoo.id }),
    commandOf('unkick', nowhere, minji, { userId: jisoo.id }),
    commandOf('close', nowhere, minji, {}),
    commandOf('open', nowhere, minji, {}),
    commandOf('update', nowhere, minji, { name: 'x', maxParticipants: 3 }),
    say(nowhere, minji),
    commandOf('redact', nowhere, minji, { targetSeq: 1 as never }),
  ];
  const table = new Table(nowhere);
  for (const command of commands) expect(table.outcome(command), command.kind).toBe('CHAT_01');
});
