import { beginHistory, checkInboxes, closeHistory, isAtRest, judge, LIVENESS_BOUND_MS } from './judge.js';
import { AnswerCheck, PromptCheck, RedactionCheck } from './judge-readers.js';
import type { Plan } from './plan.js';
import type { Counts } from './tally.js';
import { Trace } from './trace.js';
import { World, type Trouble } from './world.js';

export interface RunResult {
  readonly plan: Plan;
  /** Equal for equal runs: of every event and everything that was seen, in order. */
  readonly hash: string;
  readonly troubles: readonly Trouble[];
  readonly tally: Counts;
  readonly events: number;
  /** Simulated ms from the last fault until everything was at rest. */
  readonly settledMs: number;
  readonly messages: number;
  readonly deliveries: number;
  /** The end of the run for a person. */
  readonly timeline: readonly string[];
}

const GLANCE_MS = 100; // simulated ms between two glances at the inboxes
const LOOK_MS = 1_000; // simulated ms between two looks at whether all is at rest

/** A whole run: a pure function of its plan, which is one of its seed. */
export const runPlan = async (plan: Plan): Promise<RunResult> => {
  const trace = new Trace();
  const world = new World(plan, trace);
  const answers = new AnswerCheck(world);
  const prompt = new PromptCheck(world);
  const redactions = new RedactionCheck(world);
  trace.onLine = (line) => {
    void answers.hear(line);
    void redactions.hear(line);
  };
  const former = { messages: 0, deliveries: 0 };
  world.onRestore = {
    begins: async () => {
      const seen = await closeHistory(world, trace);
      former.messages += seen.messages;
      former.deliveries += seen.deliveries;
    },
    done: async () => {
      redactions.forget();
      await beginHistory(world, trace);
    },
  };
  world.start();
  while (world.schedule.now < plan.durationMs) {
    await world.schedule.run(Math.min(world.schedule.now + GLANCE_MS, plan.durationMs));
    world.troubles.push(...checkInboxes(world));
    await prompt.look();
  }
  world.calm();
  const calmAt = world.schedule.now;
  do await world.schedule.run(world.schedule.now + LOOK_MS);
  while (!(await isAtRest(world)) && world.schedule.now - calmAt < LIVENESS_BOUND_MS);
  const settledMs = world.schedule.now - calmAt;
  const { troubles, seen } = await judge(world, trace);
  return {
    plan,
    hash: trace.digest(),
    troubles,
    tally: world.tally,
    events: trace.events,
    settledMs,
    messages: former.messages + seen.messages,
    deliveries: former.deliveries + seen.deliveries,
    timeline: trace.tail(),
  };
};
