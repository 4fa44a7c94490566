/* global AbortController */
import { service, supervise } from '../../dist/esm/lib/index.js';
import { observableServices } from '../services.mjs';

export const make = (kind, count) => observableServices(kind, count, (name, run$) => service(name, run$));

/** `supervise()`: a cold Observable of status events. */
export function start(services, delay, observers, scheduler) {
  const controller = new AbortController();
  let done;
  const ended = new Promise((resolve) => (done = resolve));
  const subscription = supervise(services, { restart: delay, scheduler, signal: controller.signal }).subscribe({
    next: observers.length === 1 ? observers[0] : (event) => observers.forEach((observer) => observer(event)),
    complete: done,
  });
  return {
    hard: () => subscription.unsubscribe(),
    graceful: () => {
      controller.abort();
      return ended;
    },
  };
}
