import { AppendError, ChatError, asEdgeId, decodeEphemeral, type NoticeWhisper } from '@munova/contracts';
import { packedListener } from '@munova/contracts/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  GROUP,
  INQUIRY,
  ask,
  close,
  commandOf,
  found,
  haneul,
  jisoo,
  join,
  kick,
  leave,
  minji,
  say,
  seller,
} from '../core/people.js';
import type { SimEdge } from './edge.js';
import { Gate } from './faults.js';
import { World } from './world.js';

describe('notices to inboxes', () => {
  let world: World;
  let edge: SimEdge;
  /** One whisper each: events and whom they concern. */
  let heard: string[];
  /** Status of these members in the directory at the moment of a notice. */
  let shown: Promise<unknown>[];

  beforeEach(async () => {
    world = await World.started();
    edge = await world.edge();
    [heard, shown] = [[], []];
    await world.bus.subscribe(asEdgeId('ear'), {
      ...packedListener(() => undefined),
      onEphemeral: (text) => {
        const notices = decodeEphemeral(text).whispers.filter((whisper) => whisper.kind === 'notice');
        heard.push(notices.map(briefly).join('; '));
        for (const { room, users } of notices) {
          for (const user of users ?? []) shown.push(world.store.memberships.get(room, user));
        }
      },
    });
  });

  const briefly = ({ event, room, users }: NoticeWhisper): string => `${event} ${room} ${users?.join() ?? 'all'}`;
  const does = async (...commands: Parameters<SimEdge['send']>[1][number][]): Promise<void> => {
    for (const command of commands) {
      await edge.send(`s-${command.actor.id}`, [command]);
      await world.settle();
    }
  };

  it('[A90] tell those who come or go, and all when the room closes or opens', async () => {
    await does(ask(), commandOf('close', INQUIRY, seller, {}), commandOf('open', INQUIRY, seller, {}));
    await does(found(), join(jisoo), join(haneul), leave(jisoo), kick(minji, haneul), close(minji));
    await does(commandOf('unkick', GROUP, minji, { userId: haneul.id }), say(GROUP, minji), join(jisoo));
    expect(heard).toEqual([
      ...['created r-inquiry minji,shoe-shop', 'closed r-inquiry all', 'opened r-inquiry all'],
      ...['created r-group minji', 'joined r-group jisoo', 'joined r-group haneul', 'left r-group jisoo'],
      ...['kicked r-group haneul', 'closed r-group all'],
    ]);
  });

  it('[A91] come when the directory shows it already, also after a commit in doubt', async () => {
    const projections = new Gate();
    world.faults.call = async (call) => {
      if (call === 'project') await projections.pass();
    };
    await does(ask());
    expect([projections.waiting, heard]).toEqual([1, []]);
    projections.open();
    await world.settle();
    expect(await Promise.all(shown)).toEqual([
      expect.objectContaining({ user: 'minji', status: 'joined' }),
      expect.objectContaining({ user: 'shoe-shop', status: 'joined' }),
    ]);
    world.faults.none();
    world.faults.append = async (_commit, proceed) => {
      world.faults.none();
      await proceed();
      throw new AppendError('unavailable', 'unknown', null, 'the reply was lost');
    };
    await does(found());
    await world.pass(1_000);
    expect(heard).toEqual(['created r-inquiry minji,shoe-shop', 'created r-group minji']);
    expect(await shown.at(-1)).toMatchObject({ user: 'minji', status: 'joined' });
  });

  it('[A92] go once a stream commit, all together, and nobody waits for them', async () => {
    await does(found());
    heard.length = 0;
    const commits = new Gate();
    world.beforeStreamCommit = () => commits.pass();
    await does(join(jisoo), join(haneul), leave(haneul));
    expect([commits.waiting, heard]).toEqual([1, []]);
    commits.open();
    await world.settle();
    expect(heard).toEqual(['joined r-group jisoo', 'joined r-group haneul; left r-group haneul']);
    const whispers = new Gate();
    world.beforeWhisper = async () => {
      await whispers.pass();
      throw new ChatError('unavailable');
    };
    const [departure] = await edge.send('s', [leave(jisoo)]);
    await world.settle();
    expect(edge.replyTo(departure)?.outcome).toMatchObject({ status: 'logged', kind: 'left' });
    expect([whispers.waiting, await world.waiting(GROUP)]).toEqual([1, 0]);
    whispers.open();
    world.beforeWhisper = () => Promise.resolve();
    await world.pass(10_000);
    expect(heard).toHaveLength(2);
    expect(world.logged).toContain('notices to inboxes were lost');
    await does(join(haneul));
    expect(heard.slice(2)).toEqual(['joined r-group haneul']);
  });
});
