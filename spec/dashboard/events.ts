import type { StatusEventJson } from '../../lib/node/wire.js';

/** An event of a service `a` at 0, unless told otherwise. */
export function event(given: Partial<StatusEventJson>): StatusEventJson {
  return { service: 'a', status: 'running', time: 0, restarts: 0, ...given };
}

export function failed(given: Partial<StatusEventJson>): StatusEventJson {
  return event({ status: 'failed', final: false, error: { name: 'Error', message: 'gone' }, ...given });
}
