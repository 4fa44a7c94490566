import { Observable } from 'rxjs';

/** The error that all failing services fail with: made once, since making one costs more than a restart. */
export const ERROR = new Error('made beforehand');

/** Promises that never settle are held here, as something holds them where they wait for anything. */
const pending = [];

/** What the services of a side do. */
export const RUNS = {
  idle: {
    observable: () => new Observable(() => undefined),
    promise: () => new Promise((resolve) => pending.push(resolve)),
  },
  failing: {
    observable: () =>
      new Observable((subscriber) => {
        subscriber.error(ERROR);
      }),
    promise: () => Promise.reject(ERROR),
  },
  /** One that fails amid idle ones. */
  'one failing': {
    observable: (index, count) => RUNS[index === count >> 1 ? 'failing' : 'idle'].observable(),
  },
};

/** So many services, each made by `make(name, observable)`; an Observable of its own for each. */
export function observableServices(kind, count, make) {
  return Array.from({ length: count }, (_, index) => make(`service-${index}`, RUNS[kind].observable(index, count)));
}

/** Ends the promises that are pending. */
export function settle() {
  for (const resolve of pending.splice(0)) resolve();
}
