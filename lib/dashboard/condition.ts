import type { StatusEventJson } from '../node/wire.js';

/** All conditions, in the order in which the page shows them: what wants attention first. */
export const CONDITIONS = ['failed', 'waiting', 'starting', 'running', 'stopping', 'stopped', 'idle'] as const;

/** A status in the words of the page: `waiting` for its restart, or `stopped` and `failed` for good. */
export type Condition = (typeof CONDITIONS)[number];

export function conditionOf({ status, final }: Pick<StatusEventJson, 'status' | 'final'>): Condition {
  return final === false ? 'waiting' : status;
}

/** Down, and not because somebody wanted it to be. */
export function isDown(condition: Condition): boolean {
  return condition === 'failed' || condition === 'waiting';
}

/** How many services there are of each condition. */
export function countConditions(
  services: Iterable<{ readonly event: StatusEventJson }>,
): Readonly<Record<Condition, number>> {
  const counts = { failed: 0, waiting: 0, starting: 0, running: 0, stopping: 0, stopped: 0, idle: 0 };
  for (const { event } of services) counts[conditionOf(event)]++;
  return counts;
}

export const COMMANDS = ['restart', 'stop', 'start'] as const;

export type CommandName = (typeof COMMANDS)[number];

const ALLOWED: Readonly<Record<Condition, readonly CommandName[]>> = {
  failed: ['start'],
  waiting: ['start', 'stop'],
  starting: ['restart', 'stop'],
  running: ['restart', 'stop'],
  // the last command wins: it runs again when it is down
  stopping: ['start'],
  stopped: ['start'],
  idle: ['start'],
};

/** Whether a command means something to a service in this condition. */
export function isAllowed(command: CommandName, condition: Condition): boolean {
  return ALLOWED[condition].includes(command);
}
