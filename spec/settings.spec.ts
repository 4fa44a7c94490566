import { NEVER, of, VirtualTimeScheduler } from 'rxjs';
import { constant, exponential, linear } from '../lib/backoff.js';
import { DuplicateServiceError } from '../lib/errors.js';
import { DEFAULT_RESTART, restartPolicy } from '../lib/restart.js';
import { type Service, service, type ServiceContext, type ServiceOptions } from '../lib/service.js';
import { type Falsy, members, supervisorSettings, type SupervisorOptions } from '../lib/settings.js';
import { supervise } from '../lib/supervise.js';
import { supervised } from '../lib/supervised.js';
import { Supervisor } from '../lib/supervisor.js';

type Make = (options: object) => unknown;
/** An option, a value that it may not have, and the rule that the value breaks. */
type Wrong = readonly [
  option: string,
  value: unknown,
  type: typeof TypeError | typeof RangeError,
  rule: string,
  shown: string,
];

const FROM_0 = 'a number from 0 up';
const FINITE = 'a finite number from 0 up';
const FROM_1 = 'a finite number from 1 up';

/** What is no number from 0 up. */
function notFrom0(option: string, rule = FROM_0): Wrong[] {
  return [
    [option, NaN, RangeError, rule, 'NaN'],
    [option, -1, RangeError, rule, '-1'],
    [option, -Infinity, RangeError, rule, '-Infinity'],
    [option, '5', TypeError, rule, '"5"'],
    [option, null, TypeError, rule, 'null'],
    [option, 5n, TypeError, rule, '5'],
    [option, {}, TypeError, rule, '[object Object]'],
  ];
}

function notOneOf(option: string, words: string[]): Wrong[] {
  const rule = `one of ${words.map((word) => `'${word}'`).join(', ')}`;
  return [
    [option, 'sometimes', TypeError, rule, '"sometimes"'],
    [option, '', TypeError, rule, '""'],
    [option, words[0]?.toUpperCase(), TypeError, rule, `"${words[0]?.toUpperCase() ?? ''}"`],
    [option, null, TypeError, rule, 'null'],
    [option, 1, TypeError, rule, '1'],
    [option, [words[0]], TypeError, rule, '[1 entries]'],
  ];
}

function notAName(option: string): Wrong[] {
  const rule = `a string that is not empty and has no '/'`;
  return [
    [option, '', TypeError, rule, '""'],
    [option, 'a/b', TypeError, rule, '"a/b"'],
    [option, '/', TypeError, rule, '"/"'],
    [option, 7, TypeError, rule, '7'],
    [option, null, TypeError, rule, 'null'],
    [option, Symbol('s'), TypeError, rule, 'Symbol(s)'],
  ];
}

function notAnObject(option: string, rule = 'an object'): Wrong[] {
  return [
    [option, null, TypeError, rule, 'null'],
    [option, true, TypeError, rule, 'true'],
    [option, Symbol('s'), TypeError, rule, 'Symbol(s)'],
  ];
}

const SIGNAL: Wrong[] = [
  ...notAnObject('signal', 'an AbortSignal'),
  ['signal', {}, TypeError, 'an AbortSignal', '[object Object]'],
  ['signal', { aborted: false }, TypeError, 'an AbortSignal', '[object Object]'],
  ['signal', new EventTarget(), TypeError, 'an AbortSignal', '[object EventTarget]'],
  ['signal', new AbortController(), TypeError, 'an AbortSignal', '[object AbortController]'],
];

const CLOCK: Wrong[] = [
  ...notAnObject('scheduler', 'an object with the functions now, schedule'),
  ['scheduler', {}, TypeError, 'an object with the functions now, schedule', '[object Object]'],
  ['scheduler', { now: Date.now }, TypeError, 'an object with the functions now, schedule', '[object Object]'],
];

const nothing = () => undefined;
const SILENT = { debug: nothing, info: nothing, warn: nothing, error: nothing };
const LOGGER_RULE = 'an object with the functions debug, info, warn, error';
const LOGGER: Wrong[] = [
  ...notAnObject('logger', LOGGER_RULE),
  ['logger', nothing, TypeError, LOGGER_RULE, 'function nothing'],
  ...['debug', 'info', 'warn', 'error'].map((missing): Wrong => [
    'logger',
    { ...SILENT, [missing]: 1 },
    TypeError,
    LOGGER_RULE,
    '[object Object]',
  ]),
];

function thrownBy(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  return undefined;
}

/** `a.b` of `{ a: { b: value } }`. */
function nested(option: string, value: unknown): object {
  return option.split('.').reduceRight((inner, key) => ({ [key]: inner }), value) as object;
}

/** That each is refused, by an error that names the option, the rule, and what came. */
function refuses(make: Make, wrong: readonly Wrong[]): void {
  const cases = wrong.map(
    ([option, value, type, rule, shown]) => [option, shown, type.name, type, rule, value] as const,
  );
  it.each(cases)('refuses `%s` of %s with a %s', (option, shown, _name, type, rule, value) => {
    const error = thrownBy(() => make(nested(option, value)));
    expect(error).toBeInstanceOf(type);
    expect(error).toHaveProperty('message', `Expected \`${option}\` to be ${rule}, got \`${shown}\``);
  });
}

function accepts(make: Make, options: readonly object[]): void {
  it.each(options.map((each) => [each]))('accepts %p', (each) => {
    expect(() => make(each)).not.toThrow();
  });
}

const inSupervisor: Make = (options) => new Supervisor([], options);
const inSupervise: Make = (options) => supervise([], options);
const inSupervised: Make = (options) => supervised(options);
const inService: Make = (options) => service('a', NEVER, options);
const inObject: Make = (options) => supervise([{ name: 'a', run: () => NEVER, options }]);

describe.each<[string, Make]>([
  ['Supervisor', inSupervisor],
  ['supervise', inSupervise],
  ['supervised', inSupervised],
  ['service', inService],
  ['the options of an object that is a service', inObject],
])('%s: restart and shutdown', (_name, make) => {
  refuses(make, [
    ...notFrom0('shutdown'),
    ...notOneOf('restart.when', ['always', 'on-failure', 'never']),
    ...notFrom0('restart.delay').filter(([, , type]) => type === RangeError),
    ['restart.delay', '5', TypeError, 'a function', '"5"'],
    ['restart.delay', null, TypeError, 'a function', 'null'],
    ['restart.delay', NEVER, TypeError, 'a function', '[object Object]'],
    ...notFrom0('restart.resetAfter'),
    ...notOneOf('restart.exhausted', ['escalate', 'give-up']),
    ...notAnObject('restart'),
    ...notAnObject('restart.limit'),
    ['restart.limit', 3, TypeError, 'an object', '3'],
  ]);

  it.each([
    [1.5, 1, RangeError, 'Expected `limit.restarts` to be an integer from 0 up, got `1.5`'],
    [-1, 1, RangeError, 'Expected `limit.restarts` to be an integer from 0 up, got `-1`'],
    [NaN, 1, RangeError, 'Expected `limit.restarts` to be an integer from 0 up, got `NaN`'],
    [Infinity, 1, RangeError, 'Expected `limit.restarts` to be an integer from 0 up, got `Infinity`'],
    ['1', 1, TypeError, 'Expected `limit.restarts` to be an integer from 0 up, got `"1"`'],
    [undefined, 1, TypeError, 'Expected `limit.restarts` to be an integer from 0 up, got `undefined`'],
    [1, 0, RangeError, 'Expected `limit.within` to be a number above 0, got `0`'],
    [1, -5, RangeError, 'Expected `limit.within` to be a number above 0, got `-5`'],
    [1, NaN, RangeError, 'Expected `limit.within` to be a number above 0, got `NaN`'],
    [1, '1', TypeError, 'Expected `limit.within` to be a number above 0, got `"1"`'],
    [1, undefined, TypeError, 'Expected `limit.within` to be a number above 0, got `undefined`'],
  ])('refuses a limit of %p restarts within %p ms', (restarts, within, type, message) => {
    const error = thrownBy(() => make({ restart: { limit: { restarts, within } } }));
    expect(error).toBeInstanceOf(type);
    expect(error).toHaveProperty('message', message);
  });

  it.each([
    [NaN, RangeError, 'Expected `restart.delay` to be a number from 0 up, got `NaN`'],
    [-1, RangeError, 'Expected `restart.delay` to be a number from 0 up, got `-1`'],
    [
      'sometimes',
      TypeError,
      "Expected `restart.when` to be one of 'always', 'on-failure', 'never', got `\"sometimes\"`",
    ],
  ])('refuses `restart` of %p, as what it is short for', (restart, type, message) => {
    const error = thrownBy(() => make({ restart }));
    expect(error).toBeInstanceOf(type);
    expect(error).toHaveProperty('message', message);
  });

  accepts(make, [
    { shutdown: 0 },
    { shutdown: 2 ** 31 },
    { shutdown: Infinity },
    { shutdown: undefined, restart: undefined },
    { restart: 0 },
    { restart: Infinity },
    { restart: 'always' },
    { restart: 'on-failure' },
    { restart: 'never' },
    { restart: {} },
    { restart: { when: () => true, delay: () => 1, resetAfter: 0, exhausted: 'escalate' } },
    { restart: { when: 'never', delay: 2 ** 31, resetAfter: Infinity, exhausted: 'give-up' } },
    { restart: { limit: { restarts: 0, within: Number.MIN_VALUE } } },
    { restart: { limit: { restarts: Number.MAX_SAFE_INTEGER, within: Infinity } } },
    { restart: { when: undefined, delay: undefined, resetAfter: undefined, limit: undefined, exhausted: undefined } },
    { restart: { colour: 'red' }, colour: 'red' },
  ]);
});

describe.each<[string, Make]>([
  ['Supervisor', inSupervisor],
  ['supervise', inSupervise],
])('%s: its other options', (_name, make) => {
  refuses(make, [
    ...notAName('name'),
    ...notOneOf('strategy', ['one-for-one', 'one-for-all', 'rest-for-one']),
    ...notOneOf('stopOrder', ['reverse', 'concurrent']),
    ...notOneOf('autoShutdown', ['never', 'any-significant', 'all-significant']),
    ...CLOCK,
    ...LOGGER,
  ]);

  accepts(make, [
    {},
    { name: 'root', strategy: 'one-for-one' },
    { stopOrder: 'reverse', autoShutdown: 'never' },
    { stopOrder: 'concurrent', autoShutdown: 'any-significant' },
    { autoShutdown: 'all-significant' },
    { scheduler: new VirtualTimeScheduler(), logger: console },
    { name: undefined, strategy: undefined, stopOrder: undefined, autoShutdown: undefined },
    { scheduler: undefined, logger: undefined, signal: undefined },
  ]);
});

describe('supervise: signal', () => {
  refuses(inSupervise, SIGNAL);
  accepts(inSupervise, [{ signal: new AbortController().signal }, { signal: AbortSignal.abort() }]);
});

describe.each<[string, Make]>([
  ['supervised', inSupervised],
  ['service', inService],
  ['the options of an object that is a service', inObject],
])('%s: its start', (_name, make) => {
  refuses(make, [...notOneOf('readyOn', ['start', 'value', 'ready']), ...notFrom0('startTimeout')]);

  accepts(make, [
    {},
    { readyOn: 'start' },
    { readyOn: 'value', startTimeout: 0 },
    { readyOn: 'ready', startTimeout: Infinity },
    { readyOn: undefined, startTimeout: undefined },
  ]);
});

describe.each<[string, Make]>([
  ['service', inService],
  ['the options of an object that is a service', inObject],
])('%s: significant', (_name, make) => {
  refuses(
    make,
    [0, 'true', null].map((value): Wrong => ['significant', value, TypeError, 'true or false', JSON.stringify(value)]),
  );
  accepts(make, [{ significant: true }, { significant: false }, { significant: undefined }]);
});

describe('supervised: its other options', () => {
  refuses(inSupervised, [
    ...notAName('name'),
    ...CLOCK,
    ...LOGGER,
    ...SIGNAL,
    ['onStatus', {}, TypeError, 'a function', '[object Object]'],
    ['onStatus', null, TypeError, 'a function', 'null'],
  ]);

  accepts(inSupervised, [
    { name: 'feed', onStatus: () => undefined, signal: AbortSignal.abort() },
    { scheduler: new VirtualTimeScheduler(), logger: console },
    { name: undefined, onStatus: undefined, signal: undefined, scheduler: undefined, logger: undefined },
  ]);
});

describe.each<[string, (options: never) => unknown]>([
  ['Supervisor', (options) => new Supervisor([], options)],
  ['supervise', (options) => supervise([], options)],
  ['supervised', (options) => supervised(options)],
  ['service', (options) => service('a', NEVER, options)],
  ['linear', (options) => linear(options)],
  ['exponential', (options) => exponential(options)],
])('%s: its options as such', (_name, make) => {
  it.each([
    [null, 'null'],
    [7, '7'],
    ['never', '"never"'],
    [() => 1, 'function '],
  ])('must be an object, and not %p', (options, shown) => {
    const error = thrownBy(() => make(options as never));
    expect(error).toBeInstanceOf(TypeError);
    expect(error).toHaveProperty('message', `Expected \`options\` to be an object, got \`${shown}\``);
  });

  it('need not be given', () => {
    expect(() => make(undefined as never)).not.toThrow();
  });
});

describe('service: what it is made of', () => {
  refuses(({ name }: { name?: unknown }) => service(name as string, NEVER), notAName('name'));
  refuses(
    ({ run }: { run?: unknown }) => service('a', run as typeof NEVER),
    [
      ['run', undefined, TypeError, 'a function', 'undefined'],
      ['run', null, TypeError, 'a function', 'null'],
      ['run', {}, TypeError, 'a function', '[object Object]'],
      ['run', Promise.resolve(), TypeError, 'a function', '[object Promise]'],
    ],
  );

  it('is a name, a function and the options that were given', () => {
    const run = () => undefined;
    const options: ServiceOptions = { shutdown: 1 };
    expect(service('a', run, options)).toEqual({ name: 'a', run, options });
    expect(service('a', run)).toStrictEqual({ name: 'a', run });
    expect(service('a', run, options).options).toBe(options);
  });

  it('gives an Observable anew at each run', () => {
    expect(service('a', NEVER).run({} as ServiceContext)).toBe(NEVER);
  });
});

describe('constant', () => {
  refuses(
    ({ ms }: { ms?: unknown }) => constant(ms as number),
    [...notFrom0('ms'), ['ms', undefined, TypeError, FROM_0, 'undefined']],
  );
});

describe('linear: its options', () => {
  const tooLarge = (option: string): Wrong => [option, Infinity, RangeError, FINITE, 'Infinity'];
  refuses(
    (options) => linear(options),
    [
      ...notFrom0('initial', FINITE),
      ...notFrom0('step', FINITE),
      ...notFrom0('max'),
      tooLarge('initial'),
      tooLarge('step'),
    ],
  );
  accepts(
    (options) => linear(options),
    [
      { initial: 0, step: 0, max: 0 },
      { initial: Number.MAX_VALUE, step: Number.MAX_VALUE, max: Infinity },
      { initial: undefined, step: undefined, max: undefined },
      { colour: 'red' },
    ],
  );
});

describe('exponential: its options', () => {
  refuses(
    (options) => exponential(options),
    [
      ...notFrom0('initial', FINITE),
      ['initial', Infinity, RangeError, FINITE, 'Infinity'],
      ...notFrom0('max'),
      ...notFrom0('factor', FROM_1),
      ['factor', 0, RangeError, FROM_1, '0'],
      ['factor', 0.999, RangeError, FROM_1, '0.999'],
      ['factor', Infinity, RangeError, FROM_1, 'Infinity'],
      ...notOneOf('jitter', ['none', 'full', 'equal', 'decorrelated']),
      ['random', 0.5, TypeError, 'a function', '0.5'],
      ['random', null, TypeError, 'a function', 'null'],
    ],
  );
  accepts(
    (options) => exponential(options),
    [
      { initial: 0, factor: 1, max: 0, jitter: 'none' },
      { initial: Number.MAX_VALUE, factor: Number.MAX_VALUE, max: Infinity, jitter: 'decorrelated' },
      { jitter: 'equal' },
      { jitter: 'full', random: () => 0 },
      { initial: undefined, factor: undefined, max: undefined, jitter: undefined, random: undefined },
      { colour: 'red' },
    ],
  );
});

describe('supervisorSettings', () => {
  it('fills in the defaults', () => {
    expect(supervisorSettings({})).toEqual({
      name: 'supervisor',
      strategy: 'one-for-one',
      stopOrder: 'reverse',
      autoShutdown: 'all-significant',
      scheduler: undefined,
      logger: undefined,
      services: {
        restart: DEFAULT_RESTART,
        shutdown: 5_000,
        readyOn: 'start',
        startTimeout: Infinity,
        significant: true,
      },
    });
  });

  it('keeps what is given', () => {
    const options: Required<SupervisorOptions> = {
      name: 'root',
      strategy: 'rest-for-one',
      restart: 10,
      shutdown: 7,
      stopOrder: 'concurrent',
      autoShutdown: 'never',
      scheduler: new VirtualTimeScheduler(),
      logger: console,
    };
    const { services, ...rest } = supervisorSettings(options);
    const { name, strategy, stopOrder, autoShutdown, scheduler, logger } = options;
    expect(rest).toEqual({ name, strategy, stopOrder, autoShutdown, scheduler, logger });
    expect(rest.scheduler).toBe(scheduler);
    expect(services).toMatchObject({ restart: { ...DEFAULT_RESTART, delay: 10 }, shutdown: 7 });
  });
});

/** With a state of its own, and `run` on its prototype. */
class Counter implements Service<number> {
  readonly options = { restart: 'never' } as const;
  #runs = 0;

  constructor(readonly name: string) {}

  run() {
    return of(++this.#runs);
  }
}

describe('members', () => {
  const settings = supervisorSettings({ shutdown: 7, restart: { delay: 5, limit: { restarts: 1, within: 2 } } });
  const names = (services: Iterable<Service | Falsy>) => [...members(services, settings).keys()];
  const a = service('a', NEVER);
  const b = service('b', NEVER);

  function* generated() {
    yield a;
    yield false as const;
    yield b;
  }

  it.each<[string, Iterable<Service | Falsy>, string[]]>([
    ['an array', [b, a], ['b', 'a']],
    ['a Set', new Set([a, b]), ['a', 'b']],
    ['the values of a Map', new Map([[1, a]]).values(), ['a']],
    ['a generator', generated(), ['a', 'b']],
    ['nothing in it', [], []],
    ['falsy entries, which are skipped', [false, a, null, undefined, 0, 0n, b, ''], ['a', 'b']],
    ['falsy entries alone', [false, null], []],
    [
      'names that objects have already',
      [service('constructor', NEVER), service('__proto__', NEVER)],
      ['constructor', '__proto__'],
    ],
  ])('are in the order of the list: %s', (_title, services, expected) => {
    expect(names(services)).toEqual(expected);
  });

  it.each<[string, (services: Iterable<Service | Falsy>) => unknown]>([
    ['Supervisor', (services) => new Supervisor(services)],
    ['supervise', (services) => supervise(services)],
  ])('are taken once, at the call of %s, in which wrong ones are refused', (_name, make) => {
    const list = generated();
    make(list);
    expect(list.next().done).toBe(true);
    expect(thrownBy(() => make([a, b, service('a', NEVER)]))).toEqual(new DuplicateServiceError('a'));
    expect(() => make([{} as Service])).toThrow(TypeError);
  });

  it('are refused where two have one name, in an error that says which', () => {
    const error = thrownBy(() => members([a, null, b, service('b', NEVER)], settings));
    expect(error).toBeInstanceOf(DuplicateServiceError);
    expect(error).toHaveProperty('service', 'b');
  });

  it.each([
    [null, 'null'],
    [undefined, 'undefined'],
    [7, '7'],
    [a, '[object Object]'],
    [{ length: 0 }, '[object Object]'],
  ])('are refused where the list is %p', (services, shown) => {
    const error = thrownBy(() => members(services as never, settings));
    expect(error).toBeInstanceOf(TypeError);
    expect(error).toHaveProperty('message', `Expected \`services\` to be an iterable of services, got \`${shown}\``);
  });

  it.each([
    [true, 'true'],
    [7, '7'],
    ['a', '"a"'],
    [{}, '[object Object]'],
    [{ name: 'a' }, '[object Object]'],
    [{ name: 'a', run: NEVER }, '[object Object]'],
    [[], '[0 entries]'],
    [NEVER, '[object Object]'],
  ])('are refused where an entry is %p, in an error that says which', (entry, shown) => {
    const error = thrownBy(() => members([a, false, entry as never], settings));
    const rule = 'a service: an object with a `name` and a function `run`';
    expect(error).toBeInstanceOf(TypeError);
    expect(error).toHaveProperty('message', `Expected \`services[2]\` to be ${rule}, got \`${shown}\``);
  });

  it.each([
    ['', '""'],
    ['a/b', '"a/b"'],
    [undefined, 'undefined'],
  ])('are refused where the name of an entry is %p, in an error that says which', (name, shown) => {
    const error = thrownBy(() => members([a, { name, run: () => NEVER } as never], settings));
    const rule = `a string that is not empty and has no '/'`;
    expect(error).toBeInstanceOf(TypeError);
    expect(error).toHaveProperty('message', `Expected \`services[1].name\` to be ${rule}, got \`${shown}\``);
  });

  it('share the settings of their supervisor where they have none of their own', () => {
    const found = members([a, b], settings);
    expect(found.get('a')?.settings).toBe(settings.services);
    expect(found.get('b')?.settings).toBe(settings.services);
  });

  it.each<[ServiceOptions, object]>([
    [{}, {}],
    [{ shutdown: 1 }, { shutdown: 1 }],
    [{ shutdown: 0 }, { shutdown: 0 }],
    [{ readyOn: 'value' }, { readyOn: 'value' }],
    [{ startTimeout: 9 }, { startTimeout: 9 }],
    [{ significant: false }, { significant: false }],
    [{ restart: 'never' }, { restart: restartPolicy(settings.services.restart, { when: 'never' }) }],
    [{ restart: 0 }, { restart: restartPolicy(settings.services.restart, { delay: 0 }) }],
    [{ restart: { resetAfter: 1 } }, { restart: restartPolicy(settings.services.restart, { resetAfter: 1 }) }],
  ])('have their own options over those of their supervisor, field by field: %o', (options, changed) => {
    const own = service('own', NEVER, options);
    expect(members([own], settings).get('own')).toEqual({
      service: own,
      settings: { ...settings.services, ...changed },
    });
  });

  it('may be instances of a class, whose `run` is called as a method, anew for each run', () => {
    const scheduler = new VirtualTimeScheduler();
    const counter = new Counter('counter');
    expect(members([counter], settings).get('counter')?.settings.restart.when).toBe('never');
    const supervisor = new Supervisor([counter], { scheduler });
    const seen: number[] = [];
    supervisor.valuesOf(counter).subscribe((value) => seen.push(value));
    for (let times = 0; times < 2; times++) void supervisor.run();
    expect(seen).toEqual([1, 2]);
  });
});
