/** What many runs showed, for programs that read JUnit's XML. */
import { JUDGED } from './judge.js';
import { storyOf, type Told } from './report.js';
import type { ManyResult } from './run-many.js';

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** XML 1.0 has no place for most control characters and for lone surrogates. */
const NO_XML = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu;

const xml = (text: string): string => text.replace(NO_XML, '\u{FFFD}').replace(/[&<>"]/g, (c) => ENTITIES[c] ?? c);

const testcase = (suite: string, name: string, inside: string): string =>
  `    <testcase classname="${suite}" name="${xml(name)}"${inside === '' ? '/>' : `>${inside}</testcase>`}`;

const invariant = (id: string, many: ManyResult, told: Told): string => {
  const broken = many.failed.filter(({ troubles }) => troubles.some((trouble) => trouble.id === id));
  const [first] = broken;
  if (first === undefined) return testcase('invariants', id, '');
  const message = `broken in ${String(broken.length)} runs, first by seed ${String(first.plan.seed)}`;
  return testcase('invariants', id, `<failure message="${xml(message)}">${xml(storyOf(first, told))}</failure>`);
};

const situation = ([name, count]: readonly [string, number], { runs }: ManyResult): string => {
  const unmet = `<skipped message="not met in ${String(runs)} runs"/>`;
  return testcase('met', name, count === 0 ? unmet : '');
};

const suite = (name: string, cases: readonly string[]): string => {
  const count = (tag: string): string => String(cases.filter((text) => text.includes(`<${tag} `)).length);
  const counts = `tests="${String(cases.length)}" failures="${count('failure')}" skipped="${count('skipped')}"`;
  return [`  <testsuite name="${name}" ${counts} errors="0">`, ...cases, '  </testsuite>'].join('\n');
};

export const junitOf = (many: ManyResult, told: Told): string =>
  [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<testsuites>',
    suite(
      'invariants',
      JUDGED.map((id) => invariant(id, many, told)),
    ),
    suite(
      'met',
      [...many.tally.coverage].map((met) => situation(met, many)),
    ),
    '</testsuites>',
    '',
  ].join('\n');
