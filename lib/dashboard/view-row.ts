import { type CommandName, COMMANDS, type Condition, conditionOf, isAllowed } from './condition.js';
import { copyOf, setAttribute, setText, within } from './dom.js';
import { countdown, duration, plural } from './format.js';
import type { ServiceState } from './store.js';
import { depthOf, nameOf } from './tree.js';
import { ErrorView } from './view-error.js';
import { StripView } from './view-strip.js';

/** How a row stands in the list. */
export interface Placement {
  readonly visible: boolean;
  /** In a flat list of what was found services have their whole path as name. */
  readonly flat: boolean;
  readonly folded: boolean;
  /** Services below it; 0 for what is no supervisor. */
  readonly below: number;
}

/** The row of one service. It stays the same element for as long as the service is known, so that focus and open details stay. */
export class Row {
  readonly element = copyOf('row', HTMLTableRowElement);
  readonly #fold = within(this.element, '.fold', HTMLButtonElement);
  readonly #name = within(this.element, '.name', HTMLElement);
  readonly #below = within(this.element, '.below', HTMLElement);
  readonly #condition = within(this.element, '.condition', HTMLElement);
  readonly #restarts = within(this.element, '.restarts', HTMLElement);
  readonly #since = within(this.element, '.since', HTMLElement);
  readonly #strip = new StripView(within(this.element, 'svg', SVGElement));
  readonly #error = new ErrorView(within(this.element, '.error', HTMLElement));
  readonly #buttons = new Map<CommandName, HTMLButtonElement>();
  #service: ServiceState | undefined = undefined;
  #placement: Placement | undefined = undefined;
  /** What cannot be seen is not kept up to date with the clock. A browser that does not tell sees all. */
  isInView = !('oncontentvisibilityautostatechange' in document.documentElement);

  constructor(
    readonly path: string,
    commands: boolean,
  ) {
    this.element.dataset['service'] = path;
    this.element.style.setProperty('--depth', String(depthOf(path)));
    this.#fold.setAttribute('aria-label', `Services of ${path}`);
    const cell = within(this.element, '.commands', HTMLElement);
    if (!commands) {
      cell.remove();
      return;
    }
    for (const name of COMMANDS) {
      const button = within(cell, `[data-command=${name}]`, HTMLButtonElement);
      button.setAttribute('aria-label', `${name} ${path}`);
      this.#buttons.set(name, button);
    }
  }

  place(placement: Placement): void {
    const before = this.#placement;
    const { visible, flat, folded, below } = placement;
    if (before?.visible !== visible) this.element.hidden = !visible;
    this.#placement = placement;
    if (before?.flat === flat && before.folded === folded && before.below === below) return;
    setText(this.#name, flat ? this.path : nameOf(this.path));
    // where there is not room for all of it
    setAttribute(this.#name, 'title', this.path);
    this.element.classList.toggle('flat', flat);
    this.#fold.hidden = flat || below === 0;
    setAttribute(this.#fold, 'aria-expanded', String(!folded));
    setText(this.#below, below > 0 ? String(below) : '');
    setAttribute(this.#below, 'title', below > 0 ? plural(below, 'service') : '');
  }

  /** Shows another state of the service. `now` is of the server's clock. */
  update(service: ServiceState, now: number): void {
    if (service === this.#service) return;
    this.#service = service;
    const condition = conditionOf(service.event);
    setAttribute(this.element, 'data-condition', condition);
    setText(this.#condition, condition);
    setAttribute(this.#condition, 'data-condition', condition);
    setText(this.#restarts, String(service.event.restarts));
    setText(this.#since, sinceOf(service, now));
    this.#error.update(service.failure);
    for (const [name, button] of this.#buttons) {
      // not `disabled`, which would take the focus from under somebody's fingers
      setAttribute(button, 'aria-disabled', String(!isAllowed(name, condition)));
    }
  }

  /** Shows what changes with time alone, where it can be seen. */
  tick(now: number): void {
    const service = this.#service;
    if (service === undefined || !this.isInView) return;
    setText(this.#since, sinceOf(service, now));
    this.#strip.render(service.timeline, now);
  }
}

const SINCE: Readonly<Record<Condition, string>> = {
  running: 'up',
  starting: 'starting for',
  stopping: 'stopping for',
  waiting: 'waiting for',
  failed: 'down for',
  stopped: 'stopped for',
  idle: '',
};

function sinceOf({ event }: ServiceState, now: number): string {
  const condition = conditionOf(event);
  if (condition === 'idle') return 'not started yet';
  if (condition === 'waiting' && event.restartIn !== undefined) {
    return `restart in ${countdown(event.time + event.restartIn - now)}`;
  }
  return `${SINCE[condition]} ${duration(now - event.time)}`;
}
