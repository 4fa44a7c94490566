import { getEventListeners } from 'node:events';
import {
  config,
  finalize,
  type Observable,
  type SchedulerAction,
  type SchedulerLike,
  Subject,
  type Subscription,
  takeUntil,
  tap,
  VirtualTimeScheduler,
} from 'rxjs';
import {
  type Service,
  service,
  type ServiceOptions,
  type StatusEvent,
  supervise,
  Supervisor,
  type SupervisorOptions,
} from '../../lib/index.js';
import {
  type BranchPlan,
  type History,
  isVirtual,
  nameOf,
  type NodePlan,
  pathIn,
  type Place,
  type Reaction,
  type ServicePlan,
  type SupervisorPlan,
  type TreeCommand,
  type TreeHistory,
  type TreePlan,
} from './history.js';
import { restartOptions, scripted, type Stage } from './scripted.js';
import type { Entry, Outcome, Remains, Snapshot, Trace } from './trace.js';

/** More turns than any history has that comes to its end. */
const MANY = 20_000;

/** Plays a history on the library, in virtual time, and gives back what was seen. Jest's timers are to be fake. */
export async function play(history: History | TreeHistory): Promise<Trace> {
  const player = new Player(history);
  await player.play();
  return player.trace();
}

/** Without what it is in. */
type Unstamped<E = Entry> = E extends Entry ? Omit<E, 'time' | 'turn'> : never;

class Player implements Stage {
  readonly virtual = new VirtualTimeScheduler();
  readonly log: Entry[] = [];
  live = 0;
  ownTimers = 0;
  #turn = 0;
  /** Of the player's own, commands yet to come. */
  #ownActions = 0;
  readonly #unsubscribe$ = new Subject<void>();
  #supervisor: Supervisor | undefined = undefined;
  readonly #events = new Subject<StatusEvent>();
  readonly #controllers: AbortController[] = [];
  readonly #lastObserver: StatusEvent[] = [];
  readonly #escaped: unknown[] = [];
  readonly #uncaught: unknown[] = [];
  #thrownByObservers = 0;
  #realTimers = 0;
  #ids: number;
  /** How many turns of the microtasks are enough. */
  readonly #patience: number;
  readonly #seen = new Map<Place, number>();
  readonly #services: readonly Service[];
  /** Below the root, by their paths. */
  readonly #branches = new Map<string, Supervisor>();
  readonly #isTree: boolean;

  constructor(readonly history: History | TreeHistory) {
    const { plan, commands } = history;
    this.#ids = commands.length;
    this.#patience = 'strategy' in plan || !isVirtual(history) ? 40 : 7;
    this.#isTree = 'strategy' in plan;
    this.#services = this.#make(plan, '');
  }

  trace(): Trace {
    return {
      log: this.log,
      lastObserver: this.#lastObserver,
      escaped: this.#escaped,
      uncaught: this.#uncaught,
      thrownByObservers: this.#thrownByObservers,
      realTimers: this.#realTimers,
      left: this.#left(),
    };
  }

  /** The clock that the library is given: it counts its turns. */
  readonly scheduler: SchedulerLike = {
    now: () => this.virtual.now(),
    schedule: <T>(work: (this: SchedulerAction<T>, state: T) => void, delay?: number, state?: T) => {
      const turn = () => {
        this.#turns();
      };
      return this.virtual.schedule<T>(
        function (given) {
          turn();
          work.call(this, given as T);
        },
        delay,
        state,
      );
    },
  };

  /** For the services and the delays: a turn each, too. */
  later(work: () => void, delay: number): Subscription {
    return this.virtual.schedule(() => {
      this.#turns();
      work();
    }, delay);
  }

  #turns(): void {
    if (++this.#turn > MANY) throw new Error('The history has no end');
  }

  async play(): Promise<void> {
    const { onUnhandledError } = config;
    config.onUnhandledError = (error) => void this.#uncaught.push(error);
    if (this.history.via === 'run') this.#makeSupervisor();
    this.#observe(this.history.via === 'run' ? (this.#supervisor as Supervisor).status$ : this.#events);
    this.#schedule();
    await this.#flush();
    this.#realTimers = jest.getTimerCount();
    if (this.#realTimers > 0) jest.runAllTimers();
    config.onUnhandledError = onUnhandledError;
  }

  #schedule(): void {
    this.#ownActions = this.history.commands.length;
    for (const [id, { at, ...command }] of this.history.commands.entries()) {
      this.later(() => {
        this.#ownActions--;
        this.#perform(command, id, 'clock');
      }, at);
    }
  }

  /** Instant by instant; after each, what promises have to do is done. */
  async #flush(): Promise<void> {
    let next;
    while ((next = this.virtual.actions[0]) !== undefined) {
      this.virtual.maxFrames = next.delay;
      try {
        this.virtual.flush();
      } catch (error) {
        this.#escaped.push(error);
      }
      for (let i = 0; i < this.#patience; i++) await Promise.resolve();
    }
  }

  // --- what is supervised

  #make({ services }: SupervisorPlan | TreePlan, path: string): Service[] {
    return services.map((each, index) => this.#makeOne(each, path, 'name' in each ? each.name : nameOf(index)));
  }

  #makeOne(plan: ServicePlan | NodePlan, within: string, name: string): Service {
    const path = pathIn(within, name);
    if ('supervisor' in plan) return this.#makeBranch(plan, path);
    const made = scripted(this, name, plan, path, !this.#isTree);
    if (this.#isTree) this.#listen(made, path);
    return made;
  }

  #makeBranch({ name, supervisor, options }: BranchPlan, path: string): Service {
    const services = this.#make(supervisor, path);
    const branch = new Supervisor(services, { ...this.#optionsOf(supervisor), name });
    branch.status$.subscribe((event) => {
      this.note({ kind: 'below', supervisor: path, event });
    });
    this.#branches.set(path, branch);
    if (options === undefined) return branch;
    const { restart, ...rest } = options;
    const given: ServiceOptions = { ...rest, ...(restart && { restart: restartOptions(this, restart) }) };
    return service(name, branch, given);
  }

  #optionsOf(plan: SupervisorPlan | TreePlan): SupervisorOptions {
    const { restart, shutdown, stopOrder, autoShutdown } = plan;
    const options = { restart: restartOptions(this, restart), shutdown, stopOrder, autoShutdown };
    return 'strategy' in plan ? { ...options, strategy: plan.strategy } : options;
  }

  get #options(): SupervisorOptions {
    const log = () => {
      this.reach('logger');
    };
    const logger = { debug: log, info: log, warn: log, error: log };
    const usesLogger = this.history.reactions.some(({ place }) => place === 'logger');
    const options = { ...this.#optionsOf(this.history.plan), scheduler: this.scheduler };
    return usesLogger ? { ...options, logger } : options;
  }

  #makeSupervisor(): void {
    this.#supervisor = new Supervisor(this.#services, this.#options);
    for (const [made, path] of this.#unheard.splice(0)) this.#listen(made, path);
    if (!this.#isTree) for (const made of this.#services) this.#listen(made, made.name);
  }

  /** Those that were made before the root was. */
  readonly #unheard: [Service, string][] = [];

  #listen(made: Service, path: string): void {
    if (this.#supervisor === undefined) this.#unheard.push([made, path]);
    else {
      this.#supervisor.valuesOf(made).subscribe((value) => {
        this.note({ kind: 'received', service: path, value: String(value) });
        this.reach('values');
      });
    }
  }

  /** Three observers: one notes, one reacts, and one that stands behind it notes, too. */
  #observe(events: Observable<StatusEvent>): void {
    let before: Snapshot[] | undefined;
    events.subscribe((event) => {
      before = this.#supervisor && [this.#supervisor.statuses(), this.#supervisor.statuses()];
      this.note({ kind: 'event', event, snapshots: before });
    });
    events.subscribe(() => {
      this.reach('observer');
    });
    events.subscribe((event) => {
      this.#lastObserver.push(event);
      if (this.#supervisor !== undefined) before?.push(this.#supervisor.statuses());
    });
  }

  // --- commands

  #perform(command: TreeCommand, id: number, from: Place | 'clock'): void {
    this.note({ kind: 'command', id, command, from });
    try {
      const answer = this.#supervisor
        ? this.#command(this.#supervisor, id, command)
        : this.#superviseCommand(id, command);
      answer.then(
        () => {
          this.note({ kind: 'answered', id, error: undefined });
        },
        (error: unknown) => {
          this.note({ kind: 'answered', id, error });
        },
      );
    } catch (error) {
      this.#escaped.push(error);
    }
  }

  async #command(supervisor: Supervisor, id: number, command: TreeCommand): Promise<void> {
    switch (command.kind) {
      case 'stop':
      case 'start':
      case 'restart':
      case 'remove':
        await supervisor[command.kind](command.path);
        break;
      case 'add': {
        const parent = command.to === '' ? supervisor : this.#branches.get(command.to);
        parent?.add(this.#makeOne(command.node, command.to, command.node.name));
        break;
      }
      case 'shutdown':
        await supervisor.shutdown();
        break;
      case 'abort':
        this.#abort();
        break;
      case 'run':
        await this.#run(supervisor, id);
        break;
      case 'unsubscribe':
        break;
    }
  }

  async #run(supervisor: Supervisor, id: number): Promise<void> {
    const signal = this.#makeSignal();
    this.note({ kind: 'begun', id });
    await supervisor.run({ signal }).then(
      () => {
        this.#ends(id, { how: 'completed' });
      },
      (error: unknown) => {
        this.#ends(id, { how: 'failed', error });
        throw error;
      },
    );
  }

  // of an Observable there is nothing to wait for
  // eslint-disable-next-line @typescript-eslint/require-await
  async #superviseCommand(id: number, { kind }: TreeCommand): Promise<void> {
    if (kind === 'abort') this.#abort();
    else if (kind === 'unsubscribe') this.#unsubscribe$.next();
    else if (kind === 'run' && this.#controllers.length === 0) this.#supervise(id);
  }

  #supervise(id: number): void {
    const signal = this.#makeSignal();
    this.note({ kind: 'begun', id });
    let how: Outcome = { how: 'unsubscribed' };
    let asked = false;
    supervise(this.#services, { ...this.#options, signal })
      .pipe(
        // behind the teardown of what is above it
        finalize(() => {
          this.#ends(id, how);
        }),
        takeUntil(this.#unsubscribe$.pipe(tap(() => (asked = true)))),
      )
      .subscribe({
        next: (event) => {
          this.#events.next(event);
        },
        error: (error: unknown) => {
          how = { how: 'failed', error };
        },
        complete: () => {
          if (!asked) how = { how: 'completed' };
        },
      });
  }

  #abort(): void {
    for (const controller of this.#controllers) controller.abort();
  }

  #makeSignal(): AbortSignal {
    const controller = new AbortController();
    this.#controllers.push(controller);
    return controller.signal;
  }

  #ends(id: number, how: Outcome): void {
    this.note({ kind: 'ended', id, how, left: this.#left() });
  }

  #left(): Remains {
    return {
      actions: this.virtual.actions.length - this.#ownActions - this.ownTimers,
      listeners: this.#controllers.reduce((sum, { signal }) => sum + getEventListeners(signal, 'abort').length, 0),
      subscriptions: this.live,
    };
  }

  // --- what the services need

  note(entry: Unstamped): void {
    this.log.push({ time: this.virtual.now(), turn: this.#turn, ...entry });
  }

  /** Other code is reached: the commands that are to be given from inside it are given. */
  reach(place: Place): void {
    const { reactions } = this.history;
    if (reactions.length === 0) return;
    const nth = this.#seen.get(place) ?? 0;
    this.#seen.set(place, nth + 1);
    for (const reaction of reactions) if (reaction.place === place && reaction.nth === nth) this.#react(reaction);
  }

  #react({ place, command }: Reaction<TreeCommand>): void {
    if (command.kind !== 'throw') this.#perform(command, this.#ids++, place);
    else if (place !== 'signal') {
      if (place === 'observer' || place === 'values') this.#thrownByObservers++;
      throw new Error(`thrown in ${place}`);
    }
  }
}
