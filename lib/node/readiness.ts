import { SUBTREE } from '../service.js';
import type { StatusEvent } from '../status.js';
import type { Supervisor } from '../supervisor.js';

/**
 * The services that keep a supervisor from being ready: all that are not `running`, but for those that have done their work, which is
 * to have ended for good by themselves and without an error (a migration, say), and for what stood in a supervisor that has.
 * A service that was stopped by hand has not, nor has one that was stopped with its supervisor.
 *
 * @param excluded paths that are looked past, with all that stands below them
 */
export function notReady(supervisor: Supervisor, excluded: Iterable<string> = []): StatusEvent[] {
  const statuses = supervisor.statuses();
  const past = new Set(excluded);
  const blocking: StatusEvent[] = [];
  // a supervisor stands before the services in it
  for (const [path, event] of statuses) {
    if (event.status === 'stopped' && event.final && endedByItself(supervisor, path)) past.add(path);
    if (event.status !== 'running' && !isIn(path, past)) blocking.push(event);
  }
  return blocking;
}

function endedByItself(supervisor: Supervisor, path: string): boolean {
  const { tree, name } = supervisor[SUBTREE].locate(path);
  const state = tree.child(name)?.state;
  return state?.kind === 'ended' && state.by === 'itself';
}

/** Whether a path, or the start of it, is one of these. */
function isIn(path: string, paths: ReadonlySet<string>): boolean {
  if (paths.size === 0) return false;
  const parts = path.split('/');
  return parts.some((_, index) => paths.has(parts.slice(0, index + 1).join('/')));
}
