import * as fc from 'fast-check';
import { play } from './model/driver.js';
import { asyncHistories, plainHistories, reentrantHistories } from './model/generators.js';
import type { History, TreeHistory } from './model/history.js';
import { contradiction } from './model/invariants.js';
import { foretell } from './model/reference.js';
import { plainTrees, wildTrees } from './model/tree-generators.js';
import { treeContradiction } from './model/tree-invariants.js';
import { answersIn, endsIn, eventsIn, lines, type Trace } from './model/trace.js';

/** FC_SEED and FC_RUNS vary what is fixed otherwise, so that a failure is one that everybody sees. */
const seed = Number(process.env['FC_SEED'] ?? 20_251);
const runs = Number(process.env['FC_RUNS'] ?? 2_000);

describe('Supervisor and supervise', () => {
  beforeAll(() => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate', 'performance'] });
  });

  afterAll(() => {
    jest.useRealTimers();
  });

  async function holds<H extends History | TreeHistory>(
    histories: fc.Arbitrary<H>,
    share: number,
    check: (history: H, trace: Trace) => void | Promise<void>,
  ): Promise<void> {
    const property = fc.asyncProperty(histories, async (history) => {
      const trace = await play(history);
      try {
        await check(history, trace);
      } catch (error) {
        throw new Error(`${String(error)}\n\n  ${lines(trace).join('\n  ')}`, { cause: error });
      }
    });
    await fc.assert(property, { seed, numRuns: Math.ceil(runs * share) });
  }

  function isTrueToInvariants(history: History, trace: Trace): void {
    expect(contradiction(history, trace)).toBeUndefined();
  }

  it(
    'do what the reference model foretells, and all that is always true is true',
    () =>
      holds(plainHistories, 0.5, (history, trace) => {
        isTrueToInvariants(history, trace);
        const { events, answers, ends } = foretell(history);
        expect(eventsIn(trace)).toEqual(events);
        expect(endsIn(trace)).toEqual(ends);
        expect(answersIn(trace)).toEqual(answers);
      }),
    600_000,
  );

  it(
    'are true to all that is always true, with commands from inside observers, services, teardowns, delays and loggers',
    () => holds(reentrantHistories, 0.3, isTrueToInvariants),
    600_000,
  );

  it(
    'are true to it with promises and async generators',
    () => holds(asyncHistories, 0.2, isTrueToInvariants),
    600_000,
  );

  it(
    'do the same again where all is the same',
    () =>
      holds(asyncHistories, 0.1, async (history, trace) => {
        expect(lines(await play(history))).toEqual(lines(trace));
      }),
    600_000,
  );

  it(
    'are true, as trees, to all that is always true of trees',
    () =>
      holds(plainTrees, 0.5, (history, trace) => {
        expect(treeContradiction(history, trace, true)).toBeUndefined();
      }),
    600_000,
  );

  it(
    'are true to it with commands from everywhere, promises and async generators',
    () =>
      holds(wildTrees, 0.4, (history, trace) => {
        expect(treeContradiction(history, trace, false)).toBeUndefined();
      }),
    600_000,
  );

  it(
    'do, as trees, the same again where all is the same',
    () =>
      holds(wildTrees, 0.1, async (history, trace) => {
        expect(lines(await play(history))).toEqual(lines(trace));
      }),
    600_000,
  );
});
