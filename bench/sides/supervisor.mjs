/* global AbortController */
import { Supervisor } from '../../dist/esm/lib/index.js';

export { make } from './supervise.mjs';

/** The class: commands, `statuses()` and a hot `status$` besides. Its only stop is the graceful one. */
export function start(services, delay, observers, scheduler) {
  const controller = new AbortController();
  const supervisor = new Supervisor(services, { restart: delay, scheduler });
  for (const observer of observers) supervisor.status$.subscribe(observer);
  const ended = supervisor.run({ signal: controller.signal });
  return {
    graceful: () => {
      controller.abort();
      return ended;
    },
    add: (service) => supervisor.add(service),
    remove: (name) => supervisor.remove(name),
  };
}
