/** Reads a tree laid out like this repository with the rules of `.dependency-cruiser.cjs`. */
import { createRequire } from 'node:module';
import { cruise } from 'dependency-cruiser';

const require = createRequire(import.meta.url);
/** @type {import('dependency-cruiser').IConfiguration} */
const config = require('../../.dependency-cruiser.cjs');

/** The names of all boundary rules. */
export const boundaryRules = (config.forbidden ?? []).map(({ name }) => String(name));

/**
 * @param {string} baseDir the folder that holds `packages` and `loadtest`
 * @returns {Promise<{ modules: string[], violations: { rule: string, from: string, to: string }[] }>} the files of the
 *   tree that were read and what was found, with paths from `baseDir`
 */
export async function readBoundaries(baseDir) {
  const options = { ...config.options, baseDir, validate: true, ruleSet: { forbidden: config.forbidden ?? [] } };
  const { output } = await cruise(['packages', 'loadtest'], options, config.options?.enhancedResolveOptions);
  if (typeof output === 'string') throw new Error('dependency-cruiser answered with a text instead of a result');
  return {
    modules: output.modules.map(({ source }) => source).filter((source) => /^(packages|loadtest)\//.test(source)),
    violations: output.summary.violations.map(({ rule, from, to }) => ({ rule: rule.name, from, to })),
  };
}
