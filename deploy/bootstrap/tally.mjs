// The last line of a CI run: how many passed and failed, from vitest's report and the exit codes of the steps. A step that
// ended badly is always seen: a test run that broke before it could count, or that says all passed and yet failed (an error
// outside any test), is one failure.
//
//   node deploy/bootstrap/tally.mjs report.json tests=0 types=0 lint=1

import { readFileSync } from "node:fs";

const [report = "", ...steps] = process.argv.slice(2);
const exits = new Map(steps.map((step) => /** @type {[string, boolean]} */ ([step.split("=")[0], step.endsWith("=0")])));
const testsFine = exits.get("tests") ?? true;
exits.delete("tests");

const tests = countTests(report);
const checks = [...exits.values()];
const passed = tests.passed + checks.filter((fine) => fine).length;
const failed = Math.max(tests.failed, testsFine ? 0 : 1) + checks.filter((fine) => !fine).length;

console.log(`${passed} passed, ${failed} failed${tests.skipped > 0 ? `, ${tests.skipped} skipped` : ""}`);
process.exitCode = failed > 0 ? 1 : 0;

/**
 * A file that could not even be loaded has no tests to count, but it is a failure.
 * @param {string} path
 */
function countTests(path) {
  try {
    /** @type {{ numPassedTests: number, numFailedTests: number, numPendingTests: number, numTodoTests: number, testResults: { status: string, assertionResults: unknown[] }[] }} */
    const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = JSON.parse(readFileSync(path, "utf8"));
    const unloaded = testResults.filter((file) => file.status === "failed" && file.assertionResults.length === 0).length;
    return { passed: numPassedTests, failed: numFailedTests + unloaded, skipped: numPendingTests + numTodoTests };
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
}
