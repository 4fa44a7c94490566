import { Supervisor } from '../../dist/esm/lib/index.js';
import { start as startSupervisor } from './supervisor.mjs';

export { make } from './supervise.mjs';

const EACH = 100;

/** A supervisor of supervisors of 100 services each. It tells of those supervisors too. */
export function start(services, delay, observers) {
  const supervisors = Array.from(
    { length: services.length / EACH },
    (_, index) =>
      new Supervisor(services.slice(index * EACH, (index + 1) * EACH), { name: `supervisor-${index}`, restart: delay }),
  );
  return startSupervisor(supervisors, delay, observers);
}

export const eventsToStart = (count) => count + count / EACH;
