import pRetry from 'p-retry';
import { RUNS, settle } from '../services.mjs';

export const make = (kind, count) =>
  Array.from({ length: count }, (_, index) => ({ name: `service-${index}`, run: RUNS[kind].promise }));

/** A retried promise for each service. A promise cannot be stopped: to end it is for the service itself. */
export function start(services, delay, [observer]) {
  for (const { name, run } of services) {
    const say = (status, attempt) => observer({ service: name, time: Date.now(), status, restarts: attempt - 1 });
    void pRetry(
      (attempt) => {
        say('running', attempt);
        return run();
      },
      {
        retries: Infinity,
        factor: 1,
        minTimeout: delay,
        onFailedAttempt: ({ attemptNumber }) => say('failed', attemptNumber),
      },
    );
  }
  return { graceful: settle };
}
