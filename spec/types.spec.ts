/**
 * Specs of the public types. Nothing of a body is run: the compiler checks this very file, and each spec fails with what it says
 * about the lines of that spec. What must not compile stands after `@ts-expect-error`, which is itself an error where it does.
 */
import { join } from 'node:path';
import { interval, type MonoTypeOperatorFunction, type Observable, of, pipe, take, type UnaryFunction } from 'rxjs';
import ts from 'typescript';
import {
  type Backoff,
  constant,
  exponential,
  type Falsy,
  isAlive,
  type Logger,
  ofService,
  RestartLimitError,
  type RestartOptions,
  type Service,
  service,
  type ServiceContext,
  type ServiceStatus,
  type StatusEvent,
  supervise,
  supervised,
  Supervisor,
  SupervisorError,
  type SupervisorOptions,
  type Termination,
} from '../lib/index.js';
import { scriptedService, sequence, statusMarbles } from '../lib/testing.js';

// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- two such functions are alike where A and B are one
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** `holds(true satisfies Same<A, B>)` */
declare function holds(proof: true): void;

/** `exactly<A>().is(value)`: the type of the value is A, and not only one that fits. */
declare function exactly<Expected>(): Exactly<Expected>;

interface Exactly<Expected> {
  is: <Given>(value: Given, ...proof: Same<Given, Expected> extends true ? [] : [never]) => void;
}

declare const event: StatusEvent;
declare const context: ServiceContext;
declare const debug: boolean;
declare const supervisor: Supervisor;

const ROOT = join(__dirname, '..');

/** What the compiler says of each spec in this file, by its title. */
function said(): Map<string, string[]> {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), (file) => ts.sys.readFile(file)) as {
    config: unknown;
  };
  const program = ts.createProgram([__filename], ts.parseJsonConfigFileContent(config, ts.sys, ROOT).options);
  const source = program.getSourceFile(__filename);
  if (source === undefined) throw new Error(`The compiler does not find ${__filename}`);
  const left = new Set([...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)]);
  const found = new Map<string, string[]>();
  const visit = (node: ts.Node): void => {
    const title = ts.isCallExpression(node) && node.expression.getText() === 'typed' ? node.arguments[0] : undefined;
    if (title !== undefined && ts.isStringLiteral(title)) {
      if (found.has(title.text)) throw new Error(`There are two specs '${title.text}'`);
      const within = [...left].filter(({ start = -1 }) => start >= node.pos && start < node.end);
      for (const each of within) left.delete(each);
      found.set(
        title.text,
        within.map((each) => shown(source, each)),
      );
    } else ts.forEachChild(node, visit);
  };
  visit(source);
  return found.set(
    '',
    [...left].map((each) => shown(source, each)),
  );
}

function shown(source: ts.SourceFile, { start = 0, messageText }: ts.Diagnostic): string {
  const { line } = source.getLineAndCharacterOfPosition(start);
  return `types.spec.ts:${line + 1}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
}

let errors: ReturnType<typeof said> | undefined;

/** A spec of types: its body is for the compiler alone. */
function typed(title: string, body: () => unknown): void {
  it(title, () => {
    expect(body).toBeInstanceOf(Function);
    errors ??= said();
    expect(errors.get(title)).toEqual([]);
  });
}

jest.setTimeout(60_000);

describe('service', () => {
  typed('has the type of the values of its Observable', () => {
    holds(true satisfies Same<ReturnType<typeof interval>, Observable<number>>);
    const ticks = service('ticks', interval(10));
    exactly<Service<number>>().is(ticks);
  });

  typed('has the type of what its function gives, in whatever form', () => {
    const promise = service('a', async () => Promise.resolve(1));
    const observable = service('b', () => of('x'));
    const iterable = service('c', () => new Set(['y']));
    const generator = service('d', async function* () {
      yield await Promise.resolve(1n);
    });
    exactly<Service<number>>().is(promise);
    exactly<Service<string>>().is(observable);
    exactly<Service<string>>().is(iterable);
    exactly<Service<bigint>>().is(generator);
  });

  typed('takes a stream, of a type that is asked for', () => {
    const chunks = service<string>('a', () => new ReadableStream<string>());
    exactly<Service<string>>().is(chunks);
    // @ts-expect-error -- its chunks are no numbers
    return service<number>('b', () => new ReadableStream<string>());
  });

  typed('takes a function that returns nothing, or only throws', () => {
    const nothing: Service = service('a', () => undefined);
    const never: Service = service('b', () => {
      throw new Error('no connection');
    });
    return [nothing, never];
  });

  typed('takes a type from the one who asks for it', () => {
    const asked: Service<string | number> = service<string | number>('a', () => of(1));
    // @ts-expect-error -- a number is not what was asked for
    const wrong: Service<string> = service('b', () => of(1));
    return [asked, wrong];
  });

  typed('gives its function a context, whose parts work destructured', () => {
    service('a', (given) => {
      exactly<ServiceContext>().is(given);
    });
    service('b', ({ name, restarts, signal, ready, logger }) => {
      exactly<string>().is(name);
      exactly<number>().is(restarts);
      exactly<AbortSignal>().is(signal);
      exactly<(this: void) => void>().is(ready);
      exactly<Logger>().is(logger);
    });
  });

  typed('takes no function that returns what cannot be subscribed to', () => {
    // @ts-expect-error -- a number is no run
    service('a', () => 1);
    // @ts-expect-error -- nor is an object
    service('b', () => ({ value: 1 }));
    // @ts-expect-error -- a name is a string
    service(1, of(1));
    // @ts-expect-error -- a promise runs once, and cannot be run again
    service('c', Promise.resolve(1));
  });

  typed('knows the options of a service', () => {
    service('a', of(1), {
      restart: 'on-failure',
      shutdown: Infinity,
      readyOn: 'value',
      startTimeout: 10,
      significant: false,
    });
    // @ts-expect-error -- no such mode
    service('b', of(1), { restart: 'sometimes' });
    // @ts-expect-error -- no such option
    service('c', of(1), { grace: 10 });
    // @ts-expect-error -- not when it is stopped
    service('d', of(1), { readyOn: 'stop' });
  });
});

describe('Service', () => {
  class Feed implements Service<number> {
    readonly name = 'feed';
    readonly options = { shutdown: 10, restart: { limit: { restarts: 1, within: 10 } } };
    #last = 0;
    run({ restarts }: ServiceContext) {
      return of((this.#last += restarts));
    }
  }

  typed('is any object of its shape, a class instance too', () => {
    const feed = new Feed();
    const values = supervisor.valuesOf(feed);
    exactly<Observable<number>>().is(values);
    return new Supervisor([feed, { name: 'plain', run: () => undefined }]);
  });

  typed('of any values is a service', () => {
    const services: Service[] = [new Feed(), service('a', of('x'))];
    return services;
  });

  typed('has a name and a run', () => {
    // @ts-expect-error -- it has no name
    new Supervisor([{ run: () => of(1) }]);
    // @ts-expect-error -- it has no run
    new Supervisor([{ name: 'a' }]);
    // @ts-expect-error -- its name is not changed
    new Feed().name = 'other';
  });
});

describe('ServiceContext', () => {
  typed('is only read by its service', () => {
    // @ts-expect-error -- not its name
    context.name = 'other';
    // @ts-expect-error -- not its signal
    context.signal = AbortSignal.abort();
  });
});

describe('Supervisor', () => {
  const ticks = service('ticks', interval(10));

  typed('takes a list with falsy entries, in any iterable', () => {
    const entries = [debug && ticks, null, undefined, 0, '', 0n, false] as const;
    holds(true satisfies Same<(typeof entries)[0], false | Service<number>>);
    new Supervisor(entries);
    new Supervisor(new Set([ticks]));
    return [supervise([debug && ticks]), supervise([])];
  });

  typed('takes nothing else that is falsy, or true', () => {
    const nothing: Falsy[] = [false, null, undefined, 0, 0n, ''];
    // @ts-expect-error -- true stands for no service
    new Supervisor([true]);
    // @ts-expect-error -- debug || ... is the mistake that this finds
    new Supervisor([debug || ticks]);
    // @ts-expect-error -- services are given in a list
    new Supervisor(ticks);
    return nothing;
  });

  typed('gives the values of a service in their type', () => {
    const values = supervisor.valuesOf(ticks);
    exactly<Observable<number>>().is(values);
    const anything: Service = ticks;
    const unknown = supervisor.valuesOf(anything);
    exactly<Observable<unknown>>().is(unknown);
    // @ts-expect-error -- it is asked by the service, not by its name
    return supervisor.valuesOf('ticks');
  });

  typed('tells of its services', () => {
    exactly<Observable<StatusEvent>>().is(supervisor.status$);
    exactly<Observable<ReadonlyMap<string, StatusEvent>>>().is(supervisor.statuses$);
    holds(true satisfies Same<ReturnType<Supervisor['statuses']>, ReadonlyMap<string, StatusEvent>>);
    // @ts-expect-error -- a snapshot is not changed
    const change: Map<string, StatusEvent> = supervisor.statuses();
    // @ts-expect-error -- nor is what it is heard on
    supervisor.status$ = of(event);
    return change;
  });

  typed('takes commands, and answers when they are done', () => {
    type Command = (path: string) => Promise<void>;
    holds(
      true satisfies Same<
        Pick<Supervisor, 'start' | 'stop' | 'restart'>,
        Record<'start' | 'stop' | 'restart', Command>
      >,
    );
    holds(true satisfies Same<ReturnType<Supervisor['run' | 'shutdown']>, Promise<void>>);
    const disposable: AsyncDisposable = supervisor;
    return [disposable, supervisor.run(), supervisor.run({ signal: AbortSignal.abort() })];
  });

  typed('knows the options of a supervisor', () => {
    const complete: Required<Pick<SupervisorOptions, 'restart' | 'shutdown' | 'stopOrder' | 'autoShutdown'>> = {
      restart: 10,
      shutdown: 0,
      stopOrder: 'concurrent',
      autoShutdown: 'never',
    };
    new Supervisor([], { ...complete, name: 'root', strategy: 'one-for-one', logger: console });
    // @ts-expect-error -- no such order
    new Supervisor([], { stopOrder: 'random' });
    // @ts-expect-error -- the signal is given to run()
    new Supervisor([], { signal: AbortSignal.abort() });
    // @ts-expect-error -- a delay is a number of ms
    new Supervisor([], { restart: { delay: '10ms' } });
    // @ts-expect-error -- a limit is within some time
    new Supervisor([], { restart: { limit: { restarts: 3 } } });
  });
});

describe('supervise', () => {
  typed('is an Observable of the events, and takes a signal', () => {
    const status$ = supervise([], { signal: AbortSignal.abort(), restart: 'never' });
    exactly<Observable<StatusEvent>>().is(status$);
  });
});

describe('supervised', () => {
  typed('leaves the type of the values as it is, in a pipe', () => {
    const values = interval(1).pipe(supervised(), take(1));
    exactly<Observable<number>>().is(values);
    const strings = of('x').pipe(supervised({ restart: 3, signal: AbortSignal.abort() }));
    exactly<Observable<string>>().is(strings);
  });

  typed('is an operator of one type', () => {
    const operator = supervised<string>({ onStatus: ({ status }) => isAlive(status) });
    exactly<MonoTypeOperatorFunction<string>>().is(operator);
    const piped = pipe(supervised<number>(), take(1));
    exactly<UnaryFunction<Observable<number>, Observable<number>>>().is(piped);
  });

  typed('has no options that are for a supervisor', () => {
    // @ts-expect-error -- one source has no order
    supervised({ stopOrder: 'reverse' });
    // @ts-expect-error -- nor a strategy
    supervised({ strategy: 'one-for-one' });
  });
});

describe('StatusEvent', () => {
  typed('says by its status what else it has', () => {
    if (event.status === 'failed') {
      exactly<unknown>().is(event.error);
      exactly<boolean>().is(event.final);
      exactly<number | undefined>().is(event.restartIn);
    } else if (event.status === 'stopped') {
      exactly<boolean>().is(event.final);
      // @ts-expect-error -- it has stopped without one
      return event.error;
    } else {
      exactly<'idle' | 'starting' | 'running' | 'stopping'>().is(event.status);
      // @ts-expect-error -- it has not ended
      return event.final;
    }
    return undefined;
  });

  typed('has these for all', () => {
    exactly<ServiceStatus>().is(event.status);
    exactly<string>().is(event.service);
    exactly<number>().is(event.time);
    exactly<number>().is(event.restarts);
    // @ts-expect-error -- only where it has ended
    return event.restartIn;
  });

  typed('is only read, since all share it', () => {
    // @ts-expect-error -- all subscribers share it
    event.time = 0;
    // @ts-expect-error -- all subscribers share it
    if (event.status === 'failed') event.final = true;
  });

  typed('goes through its operators', () => {
    holds(true satisfies Same<ReturnType<typeof ofService>, MonoTypeOperatorFunction<StatusEvent>>);
    const letters = supervise([]).pipe(ofService('a'), statusMarbles());
    exactly<Observable<string>>().is(letters);
  });
});

describe('Backoff', () => {
  typed('is a function of attempt, end and previous delay', () => {
    const own: Backoff = (attempt, end, previous) => {
      holds(true satisfies Same<[typeof attempt, typeof end], [number, Termination]>);
      exactly<number | undefined>().is(previous);
      return end.kind === 'failed' && end.error instanceof TypeError ? Infinity : (previous ?? 1) * attempt;
    };
    const waiting: RestartOptions = { delay: () => of('online') };
    const later: RestartOptions = { delay: async () => Promise.resolve() };
    return [own, waiting, later, constant(1), exponential({ random: sequence([0.5]) })];
  });

  typed('needs the kind of an end to know its error', () => {
    const when: RestartOptions['when'] = (end) => {
      // @ts-expect-error -- one that has completed has none
      return end.error instanceof TypeError;
    };
    return when;
  });

  typed('gives no text', () => {
    // @ts-expect-error -- a delay is no number and nothing that is waited for
    const text: Backoff = () => true;
    // @ts-expect-error -- no such jitter
    return [text, exponential({ jitter: 'some' })];
  });
});

describe('errors', () => {
  typed('have what a caller needs', () => {
    const error: SupervisorError = new RestartLimitError('a', { restarts: 1, within: 10 }, { cause: 'x' });
    if (error instanceof RestartLimitError) {
      exactly<string>().is(error.service);
      exactly<{ readonly restarts: number; readonly within: number }>().is(error.limit);
      // @ts-expect-error -- it is only read
      error.service = 'b';
    }
    // @ts-expect-error -- what all have is what an Error has
    return error.services;
  });
});

describe('scriptedService', () => {
  typed('is a service of strings', () => {
    const cold = (marbles: string) => of(marbles);
    const scripted = scriptedService('a', ['--#'], cold, { restart: 3 });
    exactly<Service<string>>().is(scripted);
    // @ts-expect-error -- one diagram for each run, in a list
    scriptedService('b', '--#', cold);
  });
});

describe('this file', () => {
  it('has the right types around its specs', () => {
    errors ??= said();
    expect(errors.size).toBeGreaterThan(1);
    expect(errors.get('')).toEqual([]);
  });
});
