import type { Budget, RestartLimit } from './budget.js';
import type { Outlet } from './outlet.js';
import type { Run } from './run.js';
import type { Host } from './subtree.js';
import type { Surroundings } from './surroundings.js';
import type { Termination } from './termination.js';

/** Through whom a service ended for good. */
export type EndedBy = 'itself' | 'hand' | 'strategy' | 'supervisor';

/** What a service needs of the supervisor that it stands in. */
export interface Parent<Child> extends Surroundings {
  readonly outlet: Outlet;
  /** The restarts that its services share. */
  readonly budget: Budget | undefined;
  /** A group restart is under way: who fails joins it. */
  readonly isGroupDown: boolean;
  pathOf(child: Child): string;
  /** For a service that is a supervisor. */
  hostOf(child: Child, run: Run): Host;
  /** Services did not end within their grace, while the supervisor stops. */
  timedOut(paths: readonly string[]): void;
  /** A service waits for the restart that its policy allows; a strategy may take others down with it. */
  failed(child: Child): void;
  /** Its time has come. True where it is to wait on, for its group. */
  holds(child: Child): boolean;
  /** A command runs a service that waits. True where its group runs it. */
  startsGroup(child: Child): boolean;
  /** A command runs a service that had ended for good. */
  revived(child: Child): void;
  /** A service ends for good; observers have not been told yet. */
  settled(child: Child, by: EndedBy, end: Termination | undefined): void;
  /** A service has ended for good, and observers know; where `limit` is given, it takes the supervisor with it. */
  ended(child: Child, end: Termination | undefined, limit: RestartLimit | undefined): void;
  /** A run is over, whatever follows. */
  isDown(child: Child, run: Run): void;
}
