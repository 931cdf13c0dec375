/**
 * Rules and tests, brought together: which ids SPEC.md defines, which ids the titles of the tests cite.
 *
 * A test cites an id in brackets, `[I3]` or `[I3, S2]`, in its own title or in that of a `describe` around it.
 *
 * @typedef {{ file: string, line: number, title: string, ids: string[], problem?: string }} Test `problem`: the test
 *   does not run with the rest (skipped, focused, to be written)
 */
import ts from 'typescript';

const ID = '[A-Z]{1,3}\\d+';
const ROW = new RegExp(`^\\|\\s*(${ID})\\s*\\|(.*)\\|\\s*$`);
const CITATION = new RegExp(`\\[(${ID}(?:\\s*,\\s*${ID})*)\\]`, 'g');

/**
 * The ids of the table rows `| ID | rule |`.
 *
 * @param {string} markdown
 * @returns {{ ids: Set<string>, findings: string[] }}
 */
export function readSpec(markdown) {
  const ids = new Set();
  const findings = [];
  for (const [index, line] of markdown.split('\n').entries()) {
    const [, id, rule] = ROW.exec(line) ?? [];
    if (id === undefined) continue;
    if (ids.has(id)) findings.push(`SPEC.md:${index + 1}: ${id} is defined twice`);
    if (rule?.trim() === '') findings.push(`SPEC.md:${index + 1}: ${id} says nothing`);
    ids.add(id);
  }
  return { ids, findings };
}

/**
 * The ids that a title cites.
 *
 * @param {string} title
 * @returns {string[]}
 */
const citedIds = (title) => [...title.matchAll(CITATION)].flatMap(([, ids]) => ids?.split(/\s*,\s*/) ?? []);

/**
 * The words of a title as far as they stand in the source: of a template or a sum, the fixed parts.
 *
 * @param {ts.Node} node
 * @returns {string}
 */
function fixedText(node) {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isTemplateExpression(node)) {
    return node.head.text + node.templateSpans.map(({ literal }) => `…${literal.text}`).join('');
  }
  if (ts.isBinaryExpression(node)) return fixedText(node.left) + fixedText(node.right);
  if (ts.isParenthesizedExpression(node)) return fixedText(node.expression);
  return '…';
}

/**
 * The words before the title: `it`, `it.each(…)`, `test.prop([…])`, `describe.skip` … as `['it', 'each']`.
 *
 * @param {ts.Expression} callee
 * @returns {string[]}
 */
function calleeWords(callee) {
  if (ts.isIdentifier(callee)) return [callee.text];
  if (ts.isPropertyAccessExpression(callee)) return [...calleeWords(callee.expression), callee.name.text];
  if (ts.isCallExpression(callee)) return calleeWords(callee.expression);
  if (ts.isTaggedTemplateExpression(callee)) return calleeWords(callee.tag);
  return [];
}

const PARAMETRISED = new Set(['each', 'for', 'prop', 'skipIf', 'runIf', 'extend']);
const NOT_RUN = ['skip', 'only', 'todo', 'fails', 'skipIf'];

/** Whether this call has the title: `it.each(rows)` has not, `it.each(rows)('…')` has. */
function isTitled(/** @type {ts.CallExpression} */ call, /** @type {string[]} */ words) {
  if (call.arguments.length === 0) return false;
  const directly = ts.isPropertyAccessExpression(call.expression) || ts.isIdentifier(call.expression);
  return !(directly && PARAMETRISED.has(words.at(-1) ?? ''));
}

/**
 * The tests of one file, in order.
 *
 * @param {string} file the name to report
 * @param {string} text
 * @returns {Test[]}
 */
export function readTests(file, text) {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  /** @type {Test[]} */
  const tests = [];

  /** @type {(node: ts.Node, outer: { ids: string[], problem?: string }) => void} */
  const visit = (node, outer) => {
    const words = ts.isCallExpression(node) ? calleeWords(node.expression) : [];
    const kind = words[0] ?? '';
    if (!ts.isCallExpression(node) || !['it', 'test', 'describe'].includes(kind) || !isTitled(node, words)) {
      ts.forEachChild(node, (child) => visit(child, outer));
      return;
    }
    const title = fixedText(/** @type {ts.Expression} */ (node.arguments[0]));
    const problem = words.find((word) => NOT_RUN.includes(word)) ?? outer.problem;
    const here = { ids: [...outer.ids, ...citedIds(title)], ...(problem !== undefined && { problem }) };
    if (kind !== 'describe') {
      const { line } = source.getLineAndCharacterOfPosition(node.getStart());
      tests.push({ file, line: line + 1, title, ...here });
    }
    ts.forEachChild(node, (child) => visit(child, here));
  };

  visit(source, { ids: [] });
  return tests;
}

/**
 * What is wrong between the rules and the tests: a rule that no test cites, a test that cites no rule or an unknown
 * one, a test that is written but not run.
 *
 * @param {Set<string>} ids
 * @param {Test[]} tests
 * @returns {string[]}
 */
export function compareSpec(ids, tests) {
  const findings = [];
  for (const { file, line, title, ids: cited, problem } of tests) {
    const where = `${file}:${line}`;
    if (problem !== undefined) findings.push(`${where}: does not run with the rest (.${problem}): ${title}`);
    if (cited.length === 0) findings.push(`${where}: cites no rule: ${title}`);
    for (const id of cited)
      if (!ids.has(id)) findings.push(`${where}: cites ${id}, which SPEC.md does not have: ${title}`);
  }
  const cited = new Set(tests.flatMap((test) => test.ids));
  return [...findings, ...[...ids].filter((id) => !cited.has(id)).map((id) => `SPEC.md: no test cites ${id}`)];
}
