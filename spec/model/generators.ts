import * as fc from 'fast-check';
import {
  type Command,
  type DelayPlan,
  graceOf,
  type History,
  HORIZON,
  nameOf,
  type PolicyPlan,
  type Reaction,
  type RunPlan,
  type ServicePlan,
  START,
  type SupervisorPlan,
  type TimedCommand,
} from './history.js';

export const time = (max: number) => fc.integer({ min: 0, max });

/** Of half ms, so that a grace or a start timeout never ends at the very instant at which the service is done: no rule says who is first. */
export const patience = fc.constantFrom(2.5, 0, 6.5, 15.5);

export const run = (kinds: readonly NonNullable<RunPlan['as']>[]): fc.Arbitrary<RunPlan> =>
  fc.record(
    {
      as: fc.constantFrom(...kinds),
      values: fc.array(time(6), { maxLength: 2 }).map((times) => times.sort((a, b) => a - b)),
      readyAt: time(6),
      end: fc.record({
        at: time(12),
        how: fc.constantFrom(
          'error' as const,
          'complete' as const,
          'error' as const,
          'complete' as const,
          'abort' as const,
        ),
      }),
      stop: fc.record({
        after: fc.oneof({ weight: 3, arbitrary: time(8) }, { weight: 1, arbitrary: fc.constant(Infinity) }),
        how: fc.constantFrom('complete' as const, 'error' as const, 'abort' as const, 'reason' as const),
      }),
      unclean: fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
    },
    { requiredKeys: [] },
  );

const delay: fc.Arbitrary<DelayPlan> = fc.oneof(
  { weight: 8, arbitrary: time(12) },
  { weight: 1, arbitrary: fc.constantFrom<DelayPlan>(Infinity, 3_000_000_000, 'throws', 'nonsense') },
  { weight: 2, arbitrary: fc.record({ more: time(4) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      after: time(9),
      how: fc.constantFrom('value' as const, 'value' as const, 'complete' as const, 'error' as const),
    }),
  },
);

export const policyFields = {
  when: fc.constantFrom<NonNullable<PolicyPlan['when']>>(
    'always',
    'always',
    'always',
    'always',
    'on-failure',
    'on-completion',
    'never',
    'throws',
  ),
  delay: fc.oneof(time(12), fc.array(delay, { minLength: 1, maxLength: 3 })),
  resetAfter: fc.constantFrom(5, 0, 10, 60_000),
  limit: fc.record({ restarts: fc.constantFrom(2, 0, 1, 3, 4), within: fc.constantFrom(10, 1, 40, 100_000) }),
  exhausted: fc.constantFrom('escalate' as const, 'give-up' as const),
};
export const policy = fc.record(policyFields, { requiredKeys: [] });

export const service = (kinds: readonly NonNullable<RunPlan['as']>[]): fc.Arbitrary<ServicePlan> =>
  fc.record(
    {
      runs: fc.array(run(kinds), { maxLength: 5 }),
      restart: policy,
      shutdown: fc.oneof({ weight: 4, arbitrary: patience }, { weight: 1, arbitrary: fc.constant(Infinity) }),
      readyOn: fc.constantFrom('start', 'value', 'ready'),
      startTimeout: patience,
      significant: fc.boolean(),
    },
    { requiredKeys: ['runs'] },
  );

const supervisor = (kinds: readonly NonNullable<RunPlan['as']>[]): fc.Arbitrary<SupervisorPlan> =>
  fc
    .record({
      services: fc.array(service(kinds), { minLength: 1, maxLength: 4 }),
      restart: fc.record(policyFields, { requiredKeys: ['delay'] }),
      shutdown: patience,
      stopOrder: fc.constantFrom('reverse', 'concurrent'),
      autoShutdown: fc.constantFrom('all-significant', 'never'),
    })
    .map((plan) => ({ ...plan, services: plan.services.map((each) => ending(each, graceOf(plan, each))) }));

/** A service that nobody would ever cut ends when it is asked to. */
export function ending<P extends ServicePlan>(plan: P, grace: number): P {
  if (grace !== Infinity) return plan;
  const runs = plan.runs.map((each): RunPlan => {
    if (each.as === 'promise' || each.as === 'generator')
      return { stop: { after: 3, how: 'complete' }, ...finite(each) };
    return finite(each);
  });
  return { ...plan, runs };
}

const finite = (plan: RunPlan): RunPlan =>
  plan.stop?.after === Infinity ? { ...plan, stop: { ...plan.stop, after: 3 } } : plan;

const path = fc.oneof(
  { weight: 15, arbitrary: fc.integer({ min: 0, max: 3 }).map(nameOf) },
  { weight: 1, arbitrary: fc.constant('nobody') },
);

const ofOne: fc.Arbitrary<Command> = fc.record({ kind: fc.constantFrom('stop', 'start', 'restart'), path });
export const ofAll: fc.Arbitrary<Command> = fc.record({
  kind: fc.constantFrom('abort', 'shutdown', 'run', 'unsubscribe'),
});
const command = fc.oneof({ weight: 12, arbitrary: ofOne }, { weight: 1, arbitrary: ofAll });

const timed: fc.Arbitrary<TimedCommand> = fc.tuple(time(60), command).map(([at, what]) => ({ at, ...what }));

/** The supervisor is run once, and in the end it is aborted, whatever else happens. */
const commands = fc
  .array(timed, { maxLength: 8 })
  .map((random): TimedCommand[] => [{ at: START, kind: 'run' }, ...random, { at: HORIZON, kind: 'abort' }]);

const reaction: fc.Arbitrary<Reaction> = fc.record({
  place: fc.constantFrom('observer', 'observer', 'function', 'teardown', 'backoff', 'values', 'logger', 'signal'),
  nth: time(9),
  command: fc.oneof(
    { weight: 8, arbitrary: command },
    { weight: 1, arbitrary: fc.constant({ kind: 'throw' as const }) },
  ),
});

export const OBSERVABLES = ['observable', 'observable', 'observable', 'observable', 'throw', 'nothing'] as const;

const history = (
  kinds: readonly NonNullable<RunPlan['as']>[],
  reactions: fc.Arbitrary<readonly Reaction[]>,
): fc.Arbitrary<History> =>
  fc
    .record({ via: fc.constantFrom('run', 'run', 'supervise'), plan: supervisor(kinds), commands, reactions })
    .map((all) => ({
      ...all,
      commands: all.commands.filter((each) => exists(each, all.via)),
      reactions: all.reactions.filter((each) => exists(each.command, all.via)),
    }));

function exists({ kind }: Reaction['command'], via: History['via']): boolean {
  if (kind === 'unsubscribe') return via === 'supervise';
  return via === 'run' || kind === 'abort' || kind === 'run' || kind === 'throw';
}

/** Nothing is re-entrant, and nothing is a promise: what happens is what the reference model can foretell. */
export const plainHistories = history(OBSERVABLES, fc.constant([]));

/** With commands from anywhere. */
export const reentrantHistories = history(OBSERVABLES, fc.array(reaction, { minLength: 1, maxLength: 5 }));

/** With services that are promises and async generators, too. */
export const asyncHistories = history(
  [...OBSERVABLES, 'promise', 'promise', 'generator', 'generator'],
  fc.array(reaction, { maxLength: 2 }),
);
