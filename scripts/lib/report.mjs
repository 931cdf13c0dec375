/** How the checks speak: what they counted, then each finding on a line, then one sentence. */

/**
 * Prints the findings of a check and sets the exit code.
 *
 * @param {string} name the check's name
 * @param {string[]} findings one line each; none means the check has passed
 * @param {string} passed what was found to hold, for the last line
 */
export function report(name, findings, passed) {
  for (const finding of findings) process.stdout.write(`  ${finding}\n`);
  const failed = findings.length > 0;
  process.stdout.write(failed ? `${name}: ${findings.length} violation(s)\n` : `${name}: ${passed}\n`);
  if (failed) process.exitCode = 1;
}

/** @param {string} line */
export const say = (line) => process.stdout.write(`${line}\n`);
