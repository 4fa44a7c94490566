/**
 * The dashboard: how to show the status of a supervisor, from the stream of its events.
 *
 * ```
 * EventSource --> messagesFrom --> scan(reduce) --> state$ --\
 * inputs, buttons ---------------> scan(filterBy) -> filter$ --> once for each frame --> views
 * clock ------------------------------------------> tick$ ---/
 * ```
 */
import {
  animationFrameScheduler,
  auditTime,
  combineLatest,
  debounceTime,
  distinctUntilChanged,
  filter,
  fromEvent,
  map,
  merge,
  type Observable,
  scan,
  shareReplay,
  skip,
  startWith,
  Subject,
  tap,
  throttleTime,
  timer,
} from 'rxjs';
import { CONDITIONS } from './condition.js';
import { messagesFrom } from './connection.js';
import { byId } from './dom.js';
import { type FilterAction, filterBy, NO_FILTER } from './filter.js';
import { INITIAL, reduce } from './store.js';
import { CommandsView } from './view-commands.js';
import { LogView } from './view-log.js';
import { announcement, SummaryView } from './view-summary.js';
import { TableView } from './view-table.js';

/** A stream of events is shown no more often than this, in ms: more would be work that nobody sees. */
const STEP = 50;
/** How often count-downs and uptimes are looked at, in ms. */
const TICK = 200;
/** A screen reader is told of changes no more often than this, in ms. */
const ANNOUNCE = 5_000;

const summary = new SummaryView();
const table = new TableView();
const log = new LogView();
const commands = new CommandsView();

const state$ = messagesFrom(() => new EventSource('events')).pipe(
  scan(reduce, INITIAL),
  startWith(INITIAL),
  shareReplay({ bufferSize: 1, refCount: true }),
);

const filter$ = filterActions().pipe(
  scan(filterBy, NO_FILTER),
  startWith(NO_FILTER),
  shareReplay({ bufferSize: 1, refCount: true }),
);

/** Something is left to be shown. */
const rest$ = new Subject<void>();

const tick$ = merge(timer(0, TICK), rest$);

// events are folded as they come, also where nobody looks; what is shown is the latest, and no more than once for a frame
const screen$ = combineLatest([state$.pipe(auditTime(STEP)), filter$, tick$]).pipe(
  auditTime(0, animationFrameScheduler),
  tap(([state, filter]) => {
    const now = Date.now();
    summary.render(state, filter, now);
    commands.render(state.commands);
    log.render(state.log);
    // what the server does while it cannot be heard is not known: the clock stands still
    const heard = state.connection.kind === 'lost' ? state.connection.since : now;
    if (!table.render(state, filter, heard + state.skew)) rest$.next();
  }),
);

const spoken$ = merge(
  filter$.pipe(
    skip(1),
    debounceTime(1_000),
    map(() => table.shown),
  ),
  state$.pipe(throttleTime(ANNOUNCE, undefined, { leading: true, trailing: true }), map(announcement)),
  commands.outcome$.pipe(
    filter(({ kind }) => kind === 'done' || kind === 'accepted'),
    map(({ kind, command }) => `${command.name} ${command.service}: ${kind}.`),
  ),
).pipe(
  distinctUntilChanged(),
  tap((text) => {
    summary.announce(text);
  }),
);

merge(screen$, spoken$).subscribe({
  error: (error: unknown) => {
    console.error(error);
    summary.broken();
  },
});

function filterActions(): Observable<FilterAction> {
  const text = byId('filter', HTMLInputElement);
  return merge(
    fromEvent(text, 'input').pipe(map((): FilterAction => ({ type: 'text', text: text.value }))),
    fromEvent(byId('conditions', HTMLDivElement), 'click').pipe(map(conditionAction)),
    fromEvent(byId('rows', HTMLTableSectionElement), 'click').pipe(map(foldAction)),
  ).pipe(filter((action) => action !== undefined));
}

function conditionAction({ target }: Event): FilterAction | undefined {
  const button = target instanceof Element ? target.closest<HTMLElement>('[data-filter]') : null;
  const condition = CONDITIONS.find((each) => each === button?.dataset['filter']);
  return condition === undefined ? undefined : { type: 'condition', condition };
}

function foldAction({ target }: Event): FilterAction | undefined {
  if (!(target instanceof HTMLElement) || !target.matches('.fold')) return undefined;
  const path = target.closest('tr')?.dataset['service'];
  return path === undefined ? undefined : { type: 'fold', path };
}
