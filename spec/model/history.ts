/**
 * A history is all that a random test decides: plain data, which can be printed, shrunk and played again.
 *
 * A plan says what a supervisor is made of. It is a tree in form: where a list of services may hold supervisors too, `ServicePlan`
 * gets a sibling, and paths get more than one name; where services come and go, `Command` gets two more kinds.
 */

/** Times are virtual, in ms. */
export interface History {
  /** Through `new Supervisor()` and its `run()`, or through `supervise()`, which knows no commands but can be unsubscribed from. */
  readonly via: 'run' | 'supervise';
  readonly plan: SupervisorPlan;
  /** In the order in which they are scheduled, before all else. */
  readonly commands: readonly TimedCommand[];
  readonly reactions: readonly Reaction[];
}

export interface SupervisorPlan {
  readonly services: readonly ServicePlan[];
  /** The delay that there is by default is a random one. */
  readonly restart: PolicyPlan & { readonly delay: number | readonly DelayPlan[] };
  readonly shutdown: number;
  readonly stopOrder: 'reverse' | 'concurrent';
  readonly autoShutdown: 'never' | 'all-significant';
}

export interface ServicePlan {
  /** What it does in each of its runs, counted anew each time its supervisor runs. Further runs are `LASTING`. */
  readonly runs: readonly RunPlan[];
  readonly restart?: PolicyPlan;
  readonly shutdown?: number;
  readonly readyOn?: 'start' | 'value' | 'ready';
  readonly startTimeout?: number;
  readonly significant?: boolean;
}

/** Whatever is `at` 0 is synchronous: within the call of the function, or of subscribe(). */
export interface RunPlan {
  readonly as?: 'observable' | 'throw' | 'nothing' | 'promise' | 'generator';
  readonly values?: readonly number[];
  readonly readyAt?: number;
  /** How it ends by itself; `abort`: by an `AbortError` of its own making. Without: never. */
  readonly end?: { readonly at: number; readonly how: 'complete' | 'error' | 'abort' };
  /** It reads `signal`, and this is what it does when that is aborted. `after: Infinity`: nothing. */
  readonly stop?: { readonly after: number; readonly how: 'complete' | 'error' | 'abort' | 'reason' };
  /** Its teardown throws. */
  readonly unclean?: boolean;
}

/** A run that is ready at once, and goes on until it is stopped, which takes no time. */
export const LASTING: RunPlan = { values: [0], readyAt: 0 };

/** The fields of `RestartOptions`, as data. */
export interface PolicyPlan {
  readonly when?: 'always' | 'on-failure' | 'never' | 'on-completion' | 'throws';
  /** A number, or what a backoff says at attempt 1, 2...; the last is repeated. */
  readonly delay?: number | readonly DelayPlan[];
  readonly resetAfter?: number;
  readonly limit?: { readonly restarts: number; readonly within: number };
  readonly exhausted?: 'escalate' | 'give-up';
}

export type DelayPlan =
  | number
  /** The delay before, and so much more. */
  | { readonly more: number }
  | 'throws'
  | 'nonsense'
  /** An Observable. */
  | { readonly after: number; readonly how: 'value' | 'complete' | 'error' };

export type Command =
  | { readonly kind: 'stop' | 'start' | 'restart'; readonly path: string }
  | { readonly kind: 'abort' | 'shutdown' | 'run' | 'unsubscribe' };

export type TimedCommand = Command & { readonly at: number };

export type Place = 'observer' | 'function' | 'teardown' | 'backoff' | 'values' | 'logger' | 'signal';

/** A command given from inside other code, when that is called for the `nth` time; or that code throws. */
export interface Reaction {
  readonly place: Place;
  readonly nth: number;
  readonly command: Command | { readonly kind: 'throw' };
}

/** When it is run for the first time. There may be commands before. */
export const START = 1;
/** Whatever runs then is aborted. */
export const HORIZON = 100;

export const nameOf = (index: number): string => 'abcdefgh'.charAt(index);

/** The grace of a service. */
export const graceOf = ({ shutdown }: SupervisorPlan, service: ServicePlan): number => service.shutdown ?? shutdown;

/** The policy of a service: its own fields win. */
export const policyOf = (
  plan: SupervisorPlan,
  service: ServicePlan,
): Required<Omit<PolicyPlan, 'limit'>> & PolicyPlan => ({
  when: 'always',
  resetAfter: 60_000,
  exhausted: 'escalate',
  ...plan.restart,
  ...service.restart,
});

/** Whether all of it is synchronous or virtual: no promise is in it. */
export const isVirtual = ({ plan }: History): boolean =>
  plan.services.every(({ runs }) => runs.every(({ as }) => as !== 'promise' && as !== 'generator'));
