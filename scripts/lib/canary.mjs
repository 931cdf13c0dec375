/** The canary: a tree of deliberate violations, each of which both checkers must report (see scripts/canary/README.md). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ESLint } from 'eslint';
import tseslint from 'typescript-eslint';
import { boundaryRules, readBoundaries } from './boundaries.mjs';
import { filesBelow } from './files.mjs';

const restrictedRules = new Set([
  'no-console',
  'no-restricted-globals',
  'no-restricted-imports',
  'no-restricted-properties',
  'no-restricted-syntax',
]);

const canaryFiles = (/** @type {string} */ canary) =>
  filesBelow(canary, '.', ['.ts']).map((path) => ({ path, text: readFileSync(join(canary, path), 'utf8') }));

/** The set of `path:line rule` that the text of a file announces. */
function announcedLint(/** @type {string} */ path, /** @type {string} */ text) {
  const announced = text.split('\n').flatMap((line, index) => {
    const rules = /\/\/ lint: (.+)$/.exec(line)?.[1]?.split(' ') ?? [];
    return rules.map((rule) => `${path}:${index + 1} ${rule}`);
  });
  return new Set(announced);
}

/**
 * Lints each canary file under the path it would have in the repository.
 *
 * @param {string} root the repository's folder
 * @param {string} canary the canary's folder
 * @returns {Promise<{ expected: number, findings: string[] }>}
 */
export async function lintCanary(root, canary) {
  const withoutTypes = { ...tseslint.configs.disableTypeChecked, files: ['**/*.ts'] };
  const eslint = new ESLint({
    cwd: root,
    overrideConfig: [withoutTypes, { files: ['**/*.ts'], languageOptions: { parserOptions: { project: null } } }],
  });
  const findings = [];
  let expected = 0;
  for (const { path, text } of canaryFiles(canary)) {
    const announced = announcedLint(path, text);
    const [result] = await eslint.lintText(text, { filePath: join(root, path) });
    const reported = new Set(
      result?.messages
        .filter(({ ruleId, fatal }) => fatal || restrictedRules.has(ruleId ?? ''))
        .map(({ line, ruleId, message }) => `${path}:${line} ${ruleId ?? message}`),
    );
    expected += announced.size;
    findings.push(...[...announced.difference(reported)].map((miss) => `canary not reported by ESLint: ${miss}`));
    findings.push(...[...reported.difference(announced)].map((extra) => `ESLint reported harmless canary: ${extra}`));
  }
  return { expected, findings };
}

/**
 * Reads the canary with the boundary rules.
 *
 * @param {string} canary the canary's folder
 * @returns {Promise<{ expected: number, findings: string[] }>}
 */
export async function cruiseCanary(canary) {
  const { violations } = await readBoundaries(canary);
  const reported = new Set(violations.map(({ rule, from }) => `${from} ${rule}`));
  const announced = canaryFiles(canary).flatMap(({ path, text }) =>
    [...text.matchAll(/\/\/ boundary: (\S+)/g)].map(([, rule]) => ({ rule: String(rule), mark: `${path} ${rule}` })),
  );
  const covered = new Set(announced.map(({ rule }) => rule));
  return {
    expected: announced.length,
    findings: [
      ...announced
        .filter(({ mark }) => !reported.has(mark))
        .map(({ mark }) => `canary not reported as a boundary: ${mark}`),
      ...boundaryRules.filter((rule) => !covered.has(rule)).map((rule) => `boundary rule without a canary: ${rule}`),
    ],
  };
}
