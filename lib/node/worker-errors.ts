import { named, SupervisorError } from '../errors.js';

/** A worker thread exited by itself, with a code other than 0 and without an error. */
export class WorkerExitError extends SupervisorError {
  static {
    named(this, 'WorkerExitError');
  }

  constructor(
    /** What it gave to `process.exit()`, or had in `process.exitCode`. */
    readonly code: number,
    options?: ErrorOptions,
  ) {
    super(`The worker exited with code ${code}`, options);
  }
}
