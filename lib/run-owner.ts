import type { Input } from './input.js';
import type { ServiceSettings } from './settings.js';
import type { Surroundings } from './surroundings.js';
import type { Termination } from './termination.js';

/**
 * Why a run was asked to stop, and so what becomes of its service then.
 *
 * - `late`: it was not ready in time; its policy decides
 * - `stop`: by hand; it stays down
 * - `restart`: by hand; it runs again
 * - `restart-later`: the same, asked from inside the code of others; it runs again on a later turn
 * - `group`: a strategy takes it down; it comes back with its group
 * - `shutdown`: its supervisor stops
 */
export type Intent = 'late' | 'stop' | 'restart' | 'restart-later' | 'group' | 'shutdown';

/** What a run needs of the service it is a run of. */
export interface RunOwner<Run> {
  readonly settings: ServiceSettings;
  readonly parent: Surroundings;
  /** Path from the root. */
  readonly path: string;
  /** Calls the service's function. */
  call(run: Run): Input;
  /** The run changed its status. */
  changed(run: Run): void;
  /** The run has ended, and its teardown is done. */
  ended(run: Run, end: Termination): void;
  /** The same, and everybody has been told; it had not been asked to end. */
  isDown(run: Run): void;
  /** The same, where it had been. Called again where it ended within the asking, when that is through. */
  afterStop(run: Run): void;
  /** Services did not end within the grace of the run, and are cut. */
  timedOut(run: Run, paths: readonly string[]): void;
  /** A teardown threw where the run has failed already, or is not listened to any more. */
  swallowed(error: unknown): void;
}
