import type { StatusEventJson } from '../node/wire.js';
import { byId, copyOf, within } from './dom.js';
import { conditionOf } from './condition.js';
import { errorTitle, timeOfDay } from './format.js';

/** The latest events, the newest first: an element is made for each once, and goes when the event does. */
export class LogView {
  readonly #list = byId('log', HTMLOListElement);
  #log: readonly StatusEventJson[] | undefined = undefined;
  readonly #elements = new Map<StatusEventJson, HTMLLIElement>();

  render(log: readonly StatusEventJson[]): void {
    if (log === this.#log) return;
    this.#log = log;
    const kept = new Set(log);
    for (const [event, element] of this.#elements) {
      if (kept.has(event)) continue;
      element.remove();
      this.#elements.delete(event);
    }
    for (const event of log) {
      if (this.#elements.has(event)) continue;
      const element = elementOf(event);
      this.#elements.set(event, element);
      this.#list.prepend(element);
    }
  }
}

function elementOf(event: StatusEventJson): HTMLLIElement {
  const element = copyOf('logged', HTMLLIElement);
  const condition = conditionOf(event);
  const time = within(element, 'time', HTMLTimeElement);
  time.textContent = timeOfDay(event.time);
  time.dateTime = new Date(event.time).toISOString();
  const word = within(element, '.condition', HTMLElement);
  // what happened, and not what comes of it: a failure is to be seen as one
  word.textContent = event.status;
  word.dataset['condition'] = event.status === 'failed' && condition === 'waiting' ? 'failed' : condition;
  within(element, '.name', HTMLElement).textContent = event.service;
  within(element, '.message', HTMLElement).textContent = event.error === undefined ? '' : errorTitle(event.error);
  return element;
}
