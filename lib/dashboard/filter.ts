import { type Condition, conditionOf } from './condition.js';
import type { State } from './store.js';
import { ancestorsOf } from './tree.js';

/** Which services are to be seen. */
export interface Filter {
  /** Part of the path, in any case. */
  readonly text: string;
  /** None is all. */
  readonly conditions: ReadonlySet<Condition>;
  /** Supervisors whose services are folded away. */
  readonly folded: ReadonlySet<string>;
}

export type FilterAction =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'condition'; readonly condition: Condition }
  | { readonly type: 'fold'; readonly path: string };

export const NO_FILTER: Filter = { text: '', conditions: new Set(), folded: new Set() };

export function filterBy(filter: Filter, action: FilterAction): Filter {
  switch (action.type) {
    case 'text':
      return { ...filter, text: action.text.trim().toLowerCase() };
    case 'condition':
      return { ...filter, conditions: toggled(filter.conditions, action.condition) };
    case 'fold':
      return { ...filter, folded: toggled(filter.folded, action.path) };
  }
}

/** Whether something is searched for: then what is found is shown as a flat list, folded away or not. */
export function isSearching({ text, conditions }: Filter): boolean {
  return text !== '' || conditions.size > 0;
}

/** The paths to be seen. */
export function visiblePaths(
  { order, services }: Pick<State, 'order' | 'services'>,
  filter: Filter,
): ReadonlySet<string> {
  const { text, conditions, folded } = filter;
  if (!isSearching(filter)) {
    if (folded.size === 0) return new Set(order);
    return new Set(order.filter((path) => !ancestorsOf(path).some((above) => folded.has(above))));
  }
  return new Set(
    order.filter((path) => {
      const service = services.get(path);
      if (service === undefined || (conditions.size > 0 && !conditions.has(conditionOf(service.event)))) return false;
      return path.toLowerCase().includes(text);
    }),
  );
}

function toggled<T>(set: ReadonlySet<T>, item: T): ReadonlySet<T> {
  const next = new Set(set);
  if (!next.delete(item)) next.add(item);
  return next;
}
