/** Names the specs that were skipped, which jest does not where it runs many files: as those of the dashboard, without a browser. */
export default class SkippedReporter {
  #skipped = [];

  constructor({ testNamePattern }) {
    // those that were not asked for are no news
    this.isSilent = Boolean(testNamePattern);
  }

  onTestResult(_test, { testResults }) {
    for (const { status, fullName } of testResults) if (status === 'pending') this.#skipped.push(fullName);
  }

  onRunComplete() {
    if (this.isSilent || this.#skipped.length === 0) return;
    console.log(`\nSkipped:\n${this.#skipped.map((name) => `  ${name}`).join('\n')}`);
  }
}
