import type { Strategy } from '../../lib/index.js';

/**
 * A history is all that a random test decides: plain data, which can be printed, shrunk and played again.
 *
 * A plan says what a supervisor is made of: services alone, whose names are those of their places in the list; or a tree, in which
 * each has a name, and where services come and go.
 */

/** Times are virtual, in ms. */
export interface History<Plan = SupervisorPlan, Kind = Command> {
  /** Through `new Supervisor()` and its `run()`, or through `supervise()`, which knows no commands but can be unsubscribed from. */
  readonly via: 'run' | 'supervise';
  readonly plan: Plan;
  /** In the order in which they are scheduled, before all else. */
  readonly commands: readonly Timed<Kind>[];
  readonly reactions: readonly Reaction<Kind>[];
}

export interface SupervisorPlan {
  readonly services: readonly ServicePlan[];
  /** The delay that there is by default is a random one. */
  readonly restart: PolicyPlan & { readonly delay: number | readonly DelayPlan[] };
  readonly shutdown: number;
  readonly stopOrder: 'reverse' | 'concurrent';
  readonly autoShutdown: 'never' | 'all-significant';
}

/** A supervisor in which supervisors may stand. */
export interface TreePlan extends Omit<SupervisorPlan, 'services' | 'autoShutdown'> {
  readonly services: readonly NodePlan[];
  readonly strategy: Strategy;
  readonly autoShutdown: 'never' | 'any-significant' | 'all-significant';
}

export type NodePlan = LeafPlan | BranchPlan;

/** What it does in its runs is counted on where its supervisor runs anew: so no tree fails for ever. */
export interface LeafPlan extends ServicePlan {
  readonly name: string;
}

export interface BranchPlan {
  readonly name: string;
  readonly supervisor: TreePlan;
  /** Without, it stands in the list as it is. */
  readonly options?: Pick<ServicePlan, 'restart' | 'shutdown' | 'significant'>;
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

/** In a tree services come and go, too. `to` is the path of a supervisor, empty for the root. */
export type TreeCommand =
  | Command
  | { readonly kind: 'remove'; readonly path: string }
  | { readonly kind: 'add'; readonly to: string; readonly node: NodePlan };

export type TreeHistory = History<TreePlan, TreeCommand>;

export type Timed<Kind> = Kind & { readonly at: number };
export type TimedCommand = Timed<Command>;

export type Place = 'observer' | 'function' | 'teardown' | 'backoff' | 'values' | 'logger' | 'signal';

/** A command given from inside other code, when that is called for the `nth` time; or that code throws. */
export interface Reaction<Kind = Command> {
  readonly place: Place;
  readonly nth: number;
  readonly command: Kind | { readonly kind: 'throw' };
}

/** When it is run for the first time. There may be commands before. */
export const START = 1;
/** Whatever runs then is aborted. */
export const HORIZON = 100;

export const nameOf = (index: number): string => 'abcdefgh'.charAt(index);

/** The path of what stands in a supervisor of this path; the root's is empty. */
export const pathIn = (supervisor: string, name: string): string =>
  supervisor === '' ? name : `${supervisor}/${name}`;

/** The path of the supervisor that it stands in. */
export const parentOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));

/** The grace of a service. */
export const graceOf = ({ shutdown }: Pick<SupervisorPlan, 'shutdown'>, service: ServicePlan): number =>
  service.shutdown ?? shutdown;

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
export const isVirtual = ({ plan }: History | TreeHistory): boolean => plan.services.every(isVirtualNode);

const isVirtualNode = (plan: ServicePlan | NodePlan): boolean =>
  'supervisor' in plan
    ? plan.supervisor.services.every(isVirtualNode)
    : plan.runs.every(({ as }) => as !== 'promise' && as !== 'generator');
