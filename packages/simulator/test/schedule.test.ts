import { describe, expect, it } from 'vitest';
import { SimProcess } from '../src/process.js';
import { SimRandom } from '../src/random.js';
import { Schedule } from '../src/schedule.js';

const world = () => {
  const seen: string[] = [];
  const schedule = new Schedule(() => undefined);
  const process = new SimProcess('p', schedule, new SimRandom(1), (_p, task) => seen.push(`fault in ${task}`));
  const say = (what: string) => (): void => void seen.push(`${String(schedule.now)} ${what}`);
  return { seen, schedule, process, say };
};

describe('simulated time', () => {
  it('[V1] runs events by their time, and equals in the order they were set', async () => {
    const { seen, schedule, say } = world();
    for (const [at, name] of [
      [5, 'b'],
      [1, 'a'],
      [5, 'c'],
      [9, 'd'],
    ] as const)
      schedule.after(at, name, say(name));
    schedule.after(5, 'x', say('x')).cancel();
    await schedule.run(8);
    expect(seen).toEqual(['1 a', '5 b', '5 c']);
    expect(schedule.now).toBe(8);
  });

  it('[V1] lets every promise reaction run before the next event', async () => {
    const { seen, schedule, say } = world();
    schedule.after(1, 'chain', () => {
      let chain = Promise.resolve();
      for (let i = 0; i < 50; i += 1) chain = chain.then(() => undefined);
      void chain.then(say('end of the chain'));
    });
    schedule.after(1, 'next', say('next event'));
    await schedule.run(2);
    expect(seen).toEqual(['1 end of the chain', '1 next event']);
  });

  it('[V3] a killed process runs nothing more and hears nothing, and what it had sent arrives', async () => {
    const { seen, schedule, process, say } = world();
    process.timers.after(5, say('timer'));
    process.spawn.defer(say('turn'));
    const act = async (): Promise<void> => say('arrived')();
    process.travel({ name: 'call', there: 3, back: 3, act }).then(say('answered'), say('failed'));
    process.kill();
    await schedule.run(20);
    expect(seen).toEqual(['3 arrived']);
  });

  it('[V3] a stopped process catches up in order when it goes on', async () => {
    const { seen, schedule, process, say } = world();
    process.timers.after(2, say('first'));
    process.timers.after(3, say('second'));
    process.timers.after(4, say('never')).cancel();
    process.stop(10);
    await schedule.run(20);
    expect(seen).toEqual(['10 first', '10 second']);
  });

  it('[V3] background work that fails is reported', async () => {
    const { seen, schedule, process } = world();
    process.spawn.background('work', () => Promise.reject(new Error('no')));
    await schedule.run(1);
    expect(seen).toEqual(['fault in work']);
  });
});
