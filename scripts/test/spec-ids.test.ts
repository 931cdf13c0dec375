import { describe, expect, it } from 'vitest';
import { compareSpec, readSpec, readTests } from '../lib/spec-ids.mjs';

const check = (markdown: string, source: string) => {
  const spec = readSpec(markdown);
  return [...spec.findings, ...compareSpec(spec.ids, readTests('a.test.ts', source))];
};

const SPEC = '# Rules\n\n| id | rule |\n| --- | --- |\n| I3 | once |\n| S2 | twice |\n';

describe('rules', () => {
  it('[X7] are the rows of the tables that begin with an id', () => {
    expect([...readSpec(SPEC).ids]).toEqual(['I3', 'S2']);
  });

  it('[X7] are defined once and say something', () => {
    expect(readSpec('| I3 | once |\n| I3 | again |\n| S2 | |').findings).toEqual([
      'SPEC.md:2: I3 is defined twice',
      'SPEC.md:3: S2 says nothing',
    ]);
  });

  it('[X7] that no test cites are a violation', () => {
    expect(check(SPEC, "it('[I3] holds', () => {});")).toEqual(['SPEC.md: no test cites S2']);
  });

  it('[X7] that every test cites, and no other, are none', () => {
    expect(check(SPEC, "it('[I3, S2] holds', () => {});")).toEqual([]);
  });
});

describe('tests', () => {
  it('[X7] that cite no rule are a violation', () => {
    expect(check('| I3 | x |', "it('[I3] a', f);\nit('b', f);\ntest('I3 c', f);")).toEqual([
      'a.test.ts:2: cites no rule: b',
      'a.test.ts:3: cites no rule: I3 c',
    ]);
  });

  it('[X7] that cite an unknown rule are a violation, also beside a known one', () => {
    expect(check('| I3 | x |', "it('[I3, I4] a', f);")).toEqual([
      'a.test.ts:1: cites I4, which SPEC.md does not have: [I3, I4] a',
    ]);
  });

  it('[X7] may cite by a describe around them, at any depth', () => {
    const source = "describe('[I3] log', () => { describe('when empty', () => { it('a', f); }); });\nit('b', f);";
    expect(check('| I3 | x |', source)).toEqual(['a.test.ts:2: cites no rule: b']);
  });

  it.each([
    ['it.each(rows)("[I3] %s", f);'],
    ['it.each`a|b`("[I3] $a", f);'],
    ['it.for(rows)("[I3] %s", f);'],
    ['it.prop([fc.nat()])("[I3] any number", f);'],
    ['test.concurrent("[I3] at once", f);'],
    ['it(`[I3] ${name} holds`, f);'],
    ['it("[I3] " + name, f);'],
    ['describe.each(rows)("[I3] %s", () => { it("a", f); });'],
    ['for (const x of xs) { it(`${x} [I3]`, f); }'],
    ['export const suite = () => { it("[I3] a", f); };'],
  ])('[X7] are found however they are written: %s', (source) => {
    const tests = readTests('a.test.ts', source);
    expect(tests).toHaveLength(1);
    expect(tests[0]?.ids).toEqual(['I3']);
  });

  it.each(['it.skip', 'it.only', 'it.todo', 'it.fails', 'it.skipIf(slow)', 'describe.skip'])(
    '[X8] that do not run with the rest are a violation: %s',
    (callee) => {
      const [test] = readTests('a.test.ts', `${callee}("[I3] a", () => { it("b", f); });`);
      expect(test?.problem).toBe(/skipIf|skip|only|todo|fails/.exec(callee)?.[0]);
    },
  );
});
