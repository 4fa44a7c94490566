import { type Condition, CONDITIONS, countConditions, isDown } from './condition.js';
import { byId, setAttribute, setText } from './dom.js';
import type { Filter } from './filter.js';
import { countdown, plural, timeOfDay } from './format.js';
import type { ConnectionState, State } from './store.js';

/** What is above the table: the connection, and how many services there are of each condition, which are buttons to filter by it. */
export class SummaryView {
  readonly #supervisor = byId('supervisor', HTMLHeadingElement);
  readonly #connection = byId('connection', HTMLParagraphElement);
  readonly #announcer = byId('announcer', HTMLParagraphElement);
  readonly #buttons: ReadonlyMap<Condition, HTMLButtonElement>;
  #services: State['services'] | undefined = undefined;
  #down = 0;

  constructor() {
    const buttons = CONDITIONS.map((condition) => [condition, chip(condition)] as const);
    this.#buttons = new Map(buttons);
    byId('conditions', HTMLDivElement).append(...this.#buttons.values());
  }

  render({ supervisor = 'Services', services, connection }: State, { conditions }: Filter, now: number): void {
    if (services !== this.#services) this.#count(services);
    for (const [condition, button] of this.#buttons) {
      setAttribute(button, 'aria-pressed', String(conditions.has(condition)));
    }
    setText(this.#supervisor, supervisor);
    setText(this.#connection, connectionText(connection, now));
    this.#connection.dataset['state'] = connection.kind;
    const title = `${this.#remark(connection)}${supervisor}`;
    if (document.title !== title) document.title = title;
  }

  /** Says something to a screen reader, when that has nothing else to say. */
  announce(text: string): void {
    setText(this.#announcer, text);
  }

  /** Nothing is shown any more: what is there is old. */
  broken(): void {
    setText(this.#connection, 'this page has failed: load it again');
    this.#connection.dataset['state'] = 'lost';
  }

  /** What is to be seen of a tab that is not open. */
  #remark({ kind }: ConnectionState): string {
    if (kind === 'lost') return '(no connection) ';
    return this.#down > 0 ? `(${this.#down} down) ` : '';
  }

  #count(services: State['services']): void {
    this.#services = services;
    const counts = countConditions(services.values());
    this.#down = CONDITIONS.filter(isDown).reduce((sum, condition) => sum + counts[condition], 0);
    for (const [condition, button] of this.#buttons) {
      const count = button.querySelector('b');
      if (count !== null) setText(count, String(counts[condition]));
      button.classList.toggle('zero', counts[condition] === 0);
    }
  }
}

function chip(condition: Condition): HTMLButtonElement {
  const button = document.createElement('button');
  const word = document.createElement('span');
  button.type = 'button';
  button.dataset['filter'] = condition;
  word.className = 'condition';
  word.dataset['condition'] = condition;
  word.textContent = condition;
  button.append(word, ' ', document.createElement('b'));
  return button;
}

/** `now` is of the page's own clock. */
export function connectionText(connection: ConnectionState, now: number): string {
  if (connection.kind !== 'lost') return connection.kind;
  const { since, retryAt } = connection;
  const next = retryAt === undefined ? 'reconnecting…' : `reconnecting in ${countdown(retryAt - now)}`;
  return `lost since ${timeOfDay(since)}, ${next}`;
}

/** What a screen reader is told now and then: how things stand, and not each event. */
export function announcement({ supervisor, services, connection }: State): string {
  if (supervisor === undefined) return '';
  if (connection.kind === 'lost') return 'The connection to the server is lost.';
  const counts = countConditions(services.values());
  const parts = CONDITIONS.filter((each) => counts[each] > 0).map((each) => `${counts[each]} ${each}`);
  return `${plural(services.size, 'service')}: ${parts.join(', ')}.`;
}
