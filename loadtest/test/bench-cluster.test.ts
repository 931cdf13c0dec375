import { describe, expect, it } from 'vitest';
import { meanBetween, parseSamples } from '../bench/cluster/metrics.js';
import { readOptions, UsageError } from '../bench/cluster/options.js';
import { latencyPlot, report } from '../bench/cluster/report.js';
import type { Round } from '../bench/cluster/round.js';
import { stagesOf } from '../bench/cluster/stages.js';
import { byTier, type Measured } from '../bench/cluster/stand.js';

const OPTIONS = readOptions(['--layouts', '1+1', '--users', '100', '--rooms', '20', '--rates', '50']);

const looks = (text: string) => [parseSamples([]), parseSamples([text])] as const;
const EDGE = `# HELP munova_append_seconds Time until a batch is in its shard
munova_append_seconds_bucket{le="0.001"} 9
munova_append_seconds_sum 0.02
munova_append_seconds_count 10
munova_answer_seconds_sum 0.3
munova_answer_seconds_count 10
munova_redis_seconds_sum{call="append",outcome="ok"} 0.005
munova_redis_seconds_count{call="append",outcome="ok"} 5
`;
const ACTORS = `munova_command_wait_seconds_sum 0.04
munova_command_wait_seconds_count 10
munova_commit_seconds_sum 0.03
munova_commit_seconds_count 2
munova_commit_documents_sum 10
munova_commit_documents_count 2
munova_publish_seconds_sum 0.01
munova_publish_seconds_count 5
`;

const load = (perSecond: number): Measured => ({
  sent: 100,
  perSecond,
  receiptMean: 40,
  receiptP50: 39,
  receiptP99: 3 * perSecond,
  deliveryP50: 38,
  deliveryP99: 41,
  receipted: 1,
  received: 0.9999,
  lateP99: 0,
  shares: byTier(() => 0.25),
  micros: byTier(() => 20),
  stages: stagesOf({ edges: looks(EDGE), actors: looks(ACTORS) }, 40),
});

const round = (perSecond: number): Round => ({
  layouts: [
    {
      layout: '1+1',
      paced: [{ rate: 50, ...load(50) }],
      saturated: load(perSecond),
      catchUps: [{ p50: 20, p99: 30, samples: 10 }],
    },
  ],
  bare: [{ inFlight: 1, documentsPerSecond: 2 * perSecond, p50: 20, p99: 40, mongodMicros: 70 }],
  bus: [
    { perBatch: 64, messagesPerSecond: 9, p50: 1, p99: 2, edgeMicros: 11, actorMicros: 13, redisMicros: perSecond },
  ],
});

describe('[K10] the benchmark of a cluster', () => {
  it('[K10] shows medians with the rounds beside them', () => {
    const text = report([round(900), round(1_200), round(1_000)], OPTIONS);
    expect(text).toContain('| durable sends a second, saturated | **1,000** | 900 · 1,200 · 1,000 | ≥ 6,000 |');
    expect(text).toContain('| 1+1 saturated, of the better of these | **0.50 ×** |');
    expect(text).toContain('| — together | **1,024 µs** |');
    expect(latencyPlot([round(900)])).toContain('1+1, p99');
  });

  it('[K10] calls only all of it 100 %', () => {
    expect(report([round(900)], OPTIONS)).toContain('| — received by all subscribers | **99.9 %** | 99.9 % | 100 % |');
  });

  it('[K10] the parts of a message’s time add up to that of its receipt', () => {
    const { clientAndSockets, append, appendCall, underWay, wait, insert, publish, documents } = load(1).stages;
    expect(clientAndSockets + append + underWay + wait + insert + publish).toBeCloseTo(40);
    expect([append, appendCall, wait, insert, publish, documents].map(Math.round)).toEqual([2, 1, 4, 15, 2, 5]);
  });

  it('[K10] a mean is that of what happened between two looks, of all processes', () => {
    const [before] = looks('x');
    const once = parseSamples([ACTORS]);
    const twice = parseSamples([ACTORS, ACTORS]);
    expect(meanBetween(before, once, 'munova_commit_documents')).toEqual({ count: 2, mean: 5 });
    expect(meanBetween(once, twice, 'munova_commit_documents')).toEqual({ count: 2, mean: 5 });
    expect(meanBetween(once, once, 'munova_commit_documents')).toEqual({ count: 0, mean: 0 });
  });

  it.each([
    [['--rounds', '0'], '--rounds was given "0"; allowed is 1 to 100'],
    [['--layouts', '1+0'], '--layouts was given "1+0"; allowed is such as 1+1,2+2'],
    [['--rates', '500,fast'], '--rates was given "fast"; allowed is 1 to 100000'],
  ])('[K10] names a wrong option: %s', (args, message) => {
    expect(() => readOptions(args)).toThrow(message);
    expect(() => readOptions(['--unknown', '1'])).toThrow(UsageError);
  });
});
