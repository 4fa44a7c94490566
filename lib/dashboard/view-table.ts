import { byId, setText } from './dom.js';
import { type Filter, isSearching, visiblePaths } from './filter.js';
import { plural } from './format.js';
import type { State } from './store.js';
import { countBelow } from './tree.js';
import { Row } from './view-row.js';

/** A first snapshot of thousands of services is shown in so many rows for each frame, so that the page answers meanwhile. */
const NEW_ROWS = 100;

/** The services: one row for each path, which is made once and then updated where its service has changed. */
export class TableView {
  readonly #table = byId('services', HTMLTableElement);
  readonly #body = byId('rows', HTMLTableSectionElement);
  readonly #none = byId('none', HTMLParagraphElement);
  readonly #shown = byId('shown', HTMLSpanElement);
  readonly #rows = new Map<string, Row>();
  #below: ReadonlyMap<string, number> = new Map();
  #drawn: (State & { readonly filter: Filter }) | undefined = undefined;

  constructor() {
    this.#body.addEventListener('contentvisibilityautostatechange', (event) => {
      const { target } = event;
      const row = target instanceof HTMLElement ? this.#rows.get(target.dataset['service'] ?? '') : undefined;
      if (row !== undefined) row.isInView = !(event as ContentVisibilityAutoStateChangeEvent).skipped;
    });
  }

  /** Shows a state. Whether that is done: where many rows are new, the rest is for the next frame. */
  render(state: State, filter: Filter, now: number): boolean {
    const before = this.#drawn;
    if (before?.commands !== state.commands) this.#clear(state.commands);
    const isArranged = before?.order === state.order && this.#rows.size === state.order.length;
    const isDone = isArranged || this.#arrange(state);
    for (const [path, row] of this.#rows) {
      const service = state.services.get(path);
      if (service !== undefined) row.update(service, now);
    }
    // where it is not the conditions that are filtered by, services do not come and go with every event
    const isPlaced = before?.filter === filter && (filter.conditions.size === 0 || before.services === state.services);
    if (!isArranged || !isPlaced || before.connection !== state.connection) this.#place(state, filter);
    for (const row of this.#rows.values()) row.tick(now);
    this.#drawn = { ...state, filter };
    return isDone;
  }

  /** All rows are made anew, with commands or without. */
  #clear(commands: boolean): void {
    this.#rows.clear();
    this.#body.replaceChildren();
    this.#table.classList.toggle('with-commands', commands);
  }

  /** Brings the rows into order. A row that is in its place is not touched, or it would lose the focus. */
  #arrange({ order, services, commands }: State): boolean {
    this.#below = countBelow(order);
    for (const [path, row] of this.#rows) {
      if (services.has(path)) continue;
      row.element.remove();
      this.#rows.delete(path);
    }
    let left = NEW_ROWS;
    let next = this.#body.firstElementChild;
    for (const path of order) {
      const row = this.#rows.get(path) ?? (left-- > 0 ? this.#create(path, commands) : undefined);
      if (row === undefined) return false;
      if (row.element === next) next = next.nextElementSibling;
      else this.#body.insertBefore(row.element, next);
    }
    return true;
  }

  #create(path: string, commands: boolean): Row {
    const row = new Row(path, commands);
    this.#rows.set(path, row);
    return row;
  }

  /** How many services are shown, in words. */
  get shown(): string {
    return this.#shown.textContent;
  }

  #place(state: State, filter: Filter): void {
    const flat = isSearching(filter);
    const visible = visiblePaths(state, filter);
    for (const [path, row] of this.#rows) {
      const [folded, below] = [filter.folded.has(path), this.#below.get(path) ?? 0];
      row.place({ visible: visible.has(path), flat, folded, below });
    }
    const { size } = state.services;
    setText(this.#shown, flat ? `${visible.size} of ${plural(size, 'service')}` : plural(size, 'service'));
    this.#none.hidden = visible.size > 0;
    setText(this.#none, size === 0 ? noneYet(state) : 'No service is called that, or is in that state.');
  }
}

function noneYet({ connection }: State): string {
  return connection.kind === 'connected' ? 'There are no services.' : 'Waiting for the server…';
}
