import * as fc from 'fast-check';
import { ending, OBSERVABLES, ofAll, patience, policy, policyFields, service, time } from './generators.js';
import {
  type BranchPlan,
  graceOf,
  HORIZON,
  type LeafPlan,
  nameOf,
  type NodePlan,
  pathIn,
  type Reaction,
  type RunPlan,
  START,
  type Timed,
  type TreeCommand,
  type TreeHistory,
  type TreePlan,
} from './history.js';

type Kinds = readonly NonNullable<RunPlan['as']>[];

const leaf = (kinds: Kinds): fc.Arbitrary<LeafPlan> => service(kinds).map((plan) => ({ name: '', ...plan }));

const branch = (kinds: Kinds, depth: number): fc.Arbitrary<BranchPlan> =>
  fc.record(
    {
      name: fc.constant(''),
      supervisor: supervisor(kinds, depth),
      options: fc.record(
        {
          restart: policy,
          shutdown: fc.oneof(patience, fc.constant(Infinity)),
          significant: fc.boolean(),
        },
        { requiredKeys: [] },
      ),
    },
    { requiredKeys: ['name', 'supervisor'] },
  );

function node(kinds: Kinds, depth: number): fc.Arbitrary<NodePlan> {
  if (depth === 0) return leaf(kinds);
  return fc.oneof({ weight: 3, arbitrary: leaf(kinds) }, { weight: 2, arbitrary: branch(kinds, depth - 1) });
}

/** `depth`: how many supervisors may stand below one another in it. */
const supervisor = (kinds: Kinds, depth: number): fc.Arbitrary<TreePlan> =>
  fc
    .record({
      services: fc.array(node(kinds, depth), { minLength: depth === 3 ? 1 : 0, maxLength: 3 }),
      restart: fc.record(policyFields, { requiredKeys: ['delay'] }),
      strategy: fc.constantFrom('one-for-one' as const, 'one-for-all' as const, 'rest-for-one' as const),
      shutdown: patience,
      stopOrder: fc.constantFrom('reverse' as const, 'concurrent' as const),
      autoShutdown: fc.constantFrom('never' as const, 'all-significant' as const, 'any-significant' as const),
    })
    .map((plan) => ({
      ...plan,
      services: plan.services.map((each, index) => endingNode({ ...each, name: nameOf(index) }, plan)),
    }));

const endingNode = (plan: NodePlan, within: TreePlan): NodePlan =>
  'supervisor' in plan ? plan : ending(plan, graceOf(within, plan));

/** Before the paths are known, `at` says which it is. */
const command = (kinds: Kinds): fc.Arbitrary<(paths: Paths) => TreeCommand> => {
  const among = (paths: readonly string[], at: number) => paths[at % paths.length] as string;
  return fc.oneof(
    {
      weight: 9,
      arbitrary: fc
        .record({ kind: fc.constantFrom('stop' as const, 'start' as const, 'restart' as const), at: fc.nat(99) })
        .map(({ kind, at }) => ({ all }: Paths): TreeCommand => ({ kind, path: among(all, at) })),
    },
    {
      weight: 3,
      arbitrary: fc.nat(99).map((at) => ({ all }: Paths): TreeCommand => ({ kind: 'remove', path: among(all, at) })),
    },
    {
      weight: 3,
      arbitrary: fc
        .record({ at: fc.nat(99), node: node(kinds, 1), name: fc.constantFrom(...ADDED) })
        .map(({ at, node, name }) => ({ supervisors }: Paths): TreeCommand => ({
          kind: 'add',
          to: among(supervisors, at),
          // nobody knows the grace of where it comes to stand
          node: { ...('supervisor' in node ? node : ending(node, Infinity)), name },
        })),
    },
    { weight: 1, arbitrary: ofAll.map((each) => (): TreeCommand => each) },
  );
};

/** Names of added services: of their own, and one that another may have had. */
const ADDED = ['x', 'y', 'a'];

interface Paths {
  /** Of services, and, less often, of those that may come to be. */
  readonly all: readonly string[];
  readonly supervisors: readonly string[];
}

function pathsOf(plan: TreePlan): Paths {
  const [all, added, supervisors] = [[] as string[], [] as string[], ['']];
  const walk = ({ services }: TreePlan, within: string) => {
    for (const each of services) {
      const path = pathIn(within, each.name);
      all.push(path, path);
      if (!('supervisor' in each)) continue;
      supervisors.push(path);
      walk(each.supervisor, path);
    }
    for (const name of ADDED) added.push(pathIn(within, name));
  };
  walk(plan, '');
  return { all: [...all, ...added], supervisors };
}

const history = (kinds: Kinds, maxReactions: number): fc.Arbitrary<TreeHistory> =>
  fc
    .record({
      via: fc.constantFrom('run' as const, 'run' as const, 'run' as const, 'supervise' as const),
      plan: supervisor(kinds, 3),
      commands: fc.array(fc.tuple(time(60), command(kinds)), { maxLength: 8 }),
      reactions: fc.array(
        fc.record({
          place: fc.constantFrom(
            'observer',
            'observer',
            'function',
            'teardown',
            'backoff',
            'values',
            'logger',
            'signal',
          ),
          nth: time(15),
          command: fc.oneof(
            { weight: 8, arbitrary: command(kinds) },
            { weight: 1, arbitrary: fc.constant(() => ({ kind: 'throw' as const })) },
          ),
        }),
        { minLength: Math.min(1, maxReactions), maxLength: maxReactions },
      ),
    })
    .map(({ via, plan, ...rest }) => {
      const paths = pathsOf(plan);
      const commands = rest.commands.map(([at, make]): Timed<TreeCommand> => ({ at, ...make(paths) }));
      const reactions = rest.reactions.map(({ command: make, ...each }): Reaction<TreeCommand> => ({
        ...each,
        command: make(paths),
      }));
      return {
        via,
        plan,
        commands: [
          { at: START, kind: 'run' as const },
          ...commands.filter(({ kind }) => exists(kind, via)),
          { at: HORIZON, kind: 'abort' as const },
        ],
        reactions: reactions.filter(({ command: { kind } }) => exists(kind, via)),
      };
    });

function exists(kind: string, via: TreeHistory['via']): boolean {
  if (kind === 'unsubscribe') return via === 'supervise';
  return via === 'run' || ['abort', 'run', 'throw'].includes(kind);
}

/** Nothing is re-entrant, and nothing is a promise. */
export const plainTrees = history(OBSERVABLES, 0);

/** With commands from anywhere, and services that are promises and async generators, too. */
export const wildTrees = history([...OBSERVABLES, 'promise', 'generator'], 5);
