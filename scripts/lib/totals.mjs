/**
 * The totals of a test run, from the JSON report of the test runner.
 *
 * @typedef {{ passed: number, failed: number, skipped: number }} Totals
 * @typedef {{ status: string, message?: string, assertionResults: { status: string }[] }} FileReport
 */

/**
 * Counts tests one by one; a file that could not be run at all counts as one failure, so that nothing is lost in the
 * sum.
 *
 * @param {{ testResults: FileReport[] }} report
 * @returns {Totals}
 */
export function countTests(report) {
  const totals = { passed: 0, failed: 0, skipped: 0 };
  for (const file of report.testResults) {
    const results = file.assertionResults.map(({ status }) => status);
    for (const status of results) {
      if (status === 'passed') totals.passed += 1;
      else if (status === 'failed') totals.failed += 1;
      else totals.skipped += 1;
    }
    if (file.status === 'failed' && !results.includes('failed')) totals.failed += 1;
  }
  return totals;
}

/**
 * The line that closes a run, alone on its line.
 *
 * @param {Totals} totals
 */
export function closingLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed` + (skipped > 0 ? `, ${skipped} skipped` : '');
}
