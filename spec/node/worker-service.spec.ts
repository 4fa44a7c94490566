import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { BroadcastChannel, SHARE_ENV, type Worker } from 'node:worker_threads';
import { filter, firstValueFrom, lastValueFrom, materialize, type Observable, take, toArray } from 'rxjs';
import { ServiceFailedError, ShutdownTimeoutError, Supervisor, SupervisorError } from '../../lib/index.js';
import { WorkerExitError } from '../../lib/node/worker-errors.js';
import { workerService, type WorkerServiceOptions } from '../../lib/node/worker-service.js';
import type { Service, ServiceContext } from '../../lib/service.js';
import { words } from '../helpers.js';
import { gate, program, provide, recordThreads } from './workers/program.js';

const recorded = recordThreads();
const WORKERS = join(__dirname, 'workers');

/** One run of it, cold. */
function runOf<T>(service: Service<T>, signal = new AbortController().signal): Observable<T> {
  const silent = () => undefined;
  const logger = { debug: silent, info: silent, warn: silent, error: silent };
  const context: ServiceContext = { name: service.name, restarts: 0, signal, ready: silent, logger };
  return service.run(context) as Observable<T>;
}

async function first<T>(value$: Observable<T>): Promise<T | undefined> {
  return firstValueFrom(value$, { defaultValue: undefined });
}

async function last<T>(value$: Observable<T>): Promise<T | undefined> {
  return lastValueFrom(value$, { defaultValue: undefined });
}

/** All that one run of such a program says. */
async function said(code: string, options?: WorkerServiceOptions) {
  const run$ = runOf(workerService('it', program(code), options));
  return (await last(run$.pipe(materialize(), toArray()))) ?? [];
}

const N = (value: unknown) => ({ kind: 'N', value });
const containing = (text: string): unknown => expect.stringContaining(text);
const C = { kind: 'C' };
const E = (error: unknown) => ({ kind: 'E', error });

/** Under a supervisor; resolves when it has posted its first message. */
async function supervised(code: string, options: WorkerServiceOptions = {}) {
  const it = workerService('it', program(code), { restart: 'never', shutdown: Infinity, ...options });
  const supervisor = new Supervisor([it]);
  const values: unknown[] = [];
  supervisor.valuesOf(it).subscribe((value) => values.push(value));
  const statuses = words(supervisor.status$);
  const up = first(supervisor.valuesOf(it));
  const ended = supervisor.run();
  await up;
  return { it, supervisor, values, statuses, ended };
}

function theThread(): Worker {
  const [thread] = recorded.threads;
  if (thread === undefined) throw new Error('There is no thread');
  return thread;
}

async function endOf(thread: Worker): Promise<void> {
  // a thread that has ended has no id
  if (thread.threadId >= 0) await once(thread, 'exit');
}

const FOR_EVER = 'setInterval(() => undefined, 1000);';

describe('workerService', () => {
  it('emits each message that the worker posts, and completes when the worker has no more to do', async () => {
    expect(await said(`parentPort.postMessage('a'); parentPort.postMessage({ b: [1, new Date(0)] });`)).toMatchObject([
      N('a'),
      N({ b: [1, new Date(0)] }),
      C,
    ]);
  });

  it('is cold: each subscription is a thread of its own', async () => {
    const it = workerService<number>('it', program(`parentPort.postMessage('up');`));
    const run$ = runOf(it);
    expect(recorded.threads).toHaveLength(0);
    await last(run$);
    await last(run$);
    expect(recorded.threads).toHaveLength(2);
  });

  it('starts the thread within the subscription', () => {
    runOf(workerService('it', program(FOR_EVER)))
      .subscribe()
      .unsubscribe();
    expect(recorded.threads).toHaveLength(1);
  });

  it('has ended by the time its end is told', async () => {
    for (const end of ['', 'throw new Error()', 'process.exit(3)']) {
      await new Promise<void>((resolve) => {
        const ended = () => {
          expect(recorded.threads.map(({ threadId }) => threadId)).toEqual([-1]);
          resolve();
        };
        runOf(workerService('it', program(end))).subscribe({ error: ended, complete: ended });
      });
      recorded.threads.length = 0;
    }
  });

  it.each([
    ['process.exit(0)', C],
    ['process.exit(3)', E({ code: 3 })],
    [`throw new Error('boom')`, E({ message: 'boom' })],
    [`Promise.reject(new Error('boom'))`, E({ message: 'boom' })],
  ])('delivers all that was posted before %s', async (end, lastWord) => {
    const all = await said(`for (let i = 0; i < 20_000; i++) parentPort.postMessage(i);\n${end}`);
    expect(all).toHaveLength(20_001);
    expect(all.at(-2)).toMatchObject(N(19_999));
    expect(all.at(-1)).toMatchObject(lastWord);
  });

  it.each([
    ['an uncaught error', `throw new TypeError('boom', { cause: new Error('why') })`, 'TypeError'],
    ['an uncaught error on a later turn', `setImmediate(() => { throw new TypeError('boom') })`, 'TypeError'],
    ['an unhandled rejection', `Promise.reject(new RangeError('boom'))`, 'RangeError'],
    ['an error class of its own', `throw Object.assign(new Error('boom'), { name: 'MyError' })`, 'MyError'],
  ])('fails with the very error: %s', async (_what, code, name) => {
    const [end] = await said(code);
    expect(end).toMatchObject(E({ name, message: 'boom' }));
    if (code.includes('cause')) expect(end).toMatchObject(E({ cause: { message: 'why' } }));
  });

  it.each([`'text'`, 'undefined', 'null', '0'])('fails with what is no Error too: throw %s', async (thrown) => {
    const [end] = await said(`throw ${thrown};`);
    // eslint-disable-next-line @typescript-eslint/no-implied-eval, @typescript-eslint/no-unsafe-call -- one of the four above
    expect(end).toMatchObject(E(new Function(`return ${thrown}`)()));
  });

  it('fails with ERR_WORKER_OUT_OF_MEMORY where its resourceLimits are exhausted', async () => {
    const all = await said('const all = []; for (;;) all.push(new Array(100_000).fill(1.5));', {
      resourceLimits: { maxOldGenerationSizeMb: 16 },
    });
    expect(all).toMatchObject([E({ code: 'ERR_WORKER_OUT_OF_MEMORY' })]);
  });

  it.each([
    ['process.exit(3)', 3],
    ['process.exitCode = 4', 4],
  ])('fails with WorkerExitError where it exits with a code but without an error: %s', async (code, exitCode) => {
    const [end] = await said(code);
    expect(end).toMatchObject(E({ name: 'WorkerExitError', code: exitCode, message: containing(`${exitCode}`) }));
    expect(end).toHaveProperty('error', expect.any(WorkerExitError));
    expect(end).toHaveProperty('error', expect.any(SupervisorError));
  });

  it('fails with what the deserialiser says of a message, when the thread has ended, and delivers nothing after that message', async () => {
    // nested as deep as the worker's stack can serialise, but not ours
    const deep = `let deep = []; for (let i = 0; i < 200_000; i++) deep = [deep]; parentPort.postMessage(deep);`;
    const code = `parentPort.postMessage('before'); ${deep} for (let i = 0; ; i++) parentPort.postMessage(i);`;
    const it = workerService('it', program(code), { resourceLimits: { stackSizeMb: 200 } });
    const all: unknown[] = [];
    const end = await new Promise<unknown>((resolve) => {
      runOf(it).subscribe({
        next: (value) => all.push(value),
        error: (error: unknown) => {
          expect(theThread().threadId).toBe(-1);
          resolve(error);
        },
      });
    });
    expect(end).toMatchObject({ name: 'RangeError', message: containing('call stack') });
    expect(all).toEqual(['before']);
  });

  describe('that cannot begin', () => {
    it.each(['missing.mjs', 'missing.cjs'])('fails where its file is missing: %s', async (file) => {
      const end = await last(runOf(workerService('it', join(WORKERS, file))).pipe(materialize()));
      expect(end).toMatchObject(E({ code: containing('MODULE_NOT_FOUND'), message: containing(file) }));
    });

    it('fails where the file imports what is missing', async () => {
      expect(await said(`import './nowhere.mjs';`)).toMatchObject([
        E({ code: 'ERR_MODULE_NOT_FOUND', message: containing('nowhere.mjs') }),
      ]);
    });

    it('fails with SyntaxError where it is bad syntax', async () => {
      expect(await said('let unfinished = ;')).toMatchObject([E({ name: 'SyntaxError' })]);
    });

    it('fails where its workerData cannot be cloned', async () => {
      expect(await said('', { workerData: () => 1 })).toMatchObject([E({ name: 'DataCloneError' })]);
    });
  });

  describe('url', () => {
    const file = join(WORKERS, 'greet.mjs');
    const inline = `import { parentPort } from 'node:worker_threads'; parentPort.postMessage('hello from a data: URL')`;

    it.each<[string, string | URL, string]>([
      ['an absolute path', file, 'a module'],
      ['a path from the working directory', `./${relative(process.cwd(), file)}`, 'a module'],
      ['a file: URL', pathToFileURL(file), 'a module'],
      ['a data: URL', new URL(`data:text/javascript,${encodeURIComponent(inline)}`), 'a data: URL'],
      ['CommonJS', join(WORKERS, 'greet.cjs'), 'CommonJS'],
    ])('may be %s', async (_what, url, what) => {
      expect(await last(runOf(workerService('it', url)))).toBe(`hello from ${what}`);
    });

    it.each([
      ['', '""'],
      ['worker.js', '"worker.js"'],
      ['file:///worker.js', '"file:///worker.js"'],
      ['.worker.js', '".worker.js"'],
      [undefined, 'undefined'],
      [{}, '[object Object]'],
    ])('is refused at the call: %j', (url, shown) => {
      expect(() => workerService('it', url as string)).toThrow(
        new TypeError(
          `Expected \`url\` to be a URL object, an absolute path or a path that begins with './' or '../', got \`${shown}\``,
        ),
      );
    });
  });

  describe('options', () => {
    it('clones workerData anew for each run', async () => {
      const it = workerService('it', program(`workerData.n++; parentPort.postMessage(workerData);`), {
        workerData: { n: 1 },
      });
      expect([await last(runOf(it)), await last(runOf(it))]).toEqual([{ n: 2 }, { n: 2 }]);
    });

    it('gives env, argv, execArgv and resourceLimits to the worker, and its path as the name of the thread', async () => {
      const code = `
        import { resourceLimits } from 'node:worker_threads';
        const { env, argv, execArgv } = process;
        parentPort.postMessage({ env: { ...env }, argv: argv.slice(2), execArgv, stack: resourceLimits.stackSizeMb });`;
      const it = workerService('it', program(code), {
        env: { A: '1', B: undefined },
        argv: ['x', 2],
        execArgv: ['--no-warnings'],
        resourceLimits: { stackSizeMb: 3 },
      });
      expect(await last(runOf(it))).toEqual({
        env: { A: '1' },
        argv: ['x', '2'],
        execArgv: ['--no-warnings'],
        stack: 3,
      });
      expect(recorded.given[0]?.[1]).toHaveProperty('name', 'it');
    });

    it('may share env', async () => {
      const name = 'RXJS_SUPERVISOR_SHARED';
      try {
        await said(`process.env.${name} = 'set';`, { env: SHARE_ENV });
        // Jest has a copy of it
        expect(await said(`parentPort.postMessage(process.env.${name});`, { env: SHARE_ENV })).toEqual([
          expect.objectContaining(N('set')),
          expect.objectContaining(C),
        ]);
      } finally {
        await said(`delete process.env.${name};`, { env: SHARE_ENV });
      }
    });

    it.each<[object, string]>([
      [{ env: 'A=1' }, 'Expected `env` to be an object, got `"A=1"`'],
      [{ argv: 'x' }, 'Expected `argv` to be an array, got `"x"`'],
      [{ execArgv: '--no-warnings' }, 'Expected `execArgv` to be an array, got `"--no-warnings"`'],
      [{ resourceLimits: 64 }, 'Expected `resourceLimits` to be an object, got `64`'],
      [{ resourceLimits: { stackSizeMb: 0 } }, 'Expected `resourceLimits.stackSizeMb` to be a number above 0, got `0`'],
      [
        { resourceLimits: { maxOldGenerationSizeMb: '64' } },
        'Expected `resourceLimits.maxOldGenerationSizeMb` to be a number above 0, got `"64"`',
      ],
      [{ shutdown: -1 }, 'Expected `shutdown` to be a number from 0 up, got `-1`'],
    ])('are refused at the call: %j', (options, message) => {
      expect(() => workerService('it', './worker.js', options)).toThrow(message);
    });

    it('are those of every service too', async () => {
      const { supervisor } = await supervised(`parentPort.postMessage('up'); ${FOR_EVER}`, {
        readyOn: 'value',
        shutdown: 0,
      });
      expect(supervisor.statuses().get('it')?.status).toBe('running');
      await supervisor.shutdown();
    });

    it('refuses a name that is none', () => {
      expect(() => workerService('a/b', './worker.js')).toThrow(TypeError);
    });
  });

  describe('restarted', () => {
    it('is a new thread in each run, after a failure as after an end', async () => {
      const code = `parentPort.postMessage('up'); if (Atomics.add(workerData, 0, 1) === 0) throw new Error('boom');`;
      const it = workerService('it', program(code), { workerData: gate().cells, restart: 0 });
      const supervisor = new Supervisor([it]);
      const statuses = words(supervisor.status$);
      const third = first(supervisor.valuesOf(it).pipe(take(3), toArray()));
      const ended = supervisor.run();
      expect(await third).toEqual(['up', 'up', 'up']);
      await Promise.all([supervisor.shutdown(), ended]);
      expect(statuses.slice(0, 5)).toEqual(['it running', 'it failed', 'it running', 'it stopped', 'it running']);
      expect(recorded.threads).toHaveLength(3);
    });
  });

  describe('asked to stop', () => {
    it(`gets { type: 'stop' }, may go on posting, and is stopped when it has ended by itself`, async () => {
      const { supervisor, statuses, values, ended } = await supervised(`
        parentPort.on('message', (message) => {
          parentPort.postMessage(message);
          setImmediate(() => {
            parentPort.postMessage('last words');
            parentPort.close();
          });
        });
        parentPort.postMessage('up');`);
      await Promise.all([supervisor.shutdown(), ended]);
      expect(values).toEqual(['up', { type: 'stop' }, 'last words']);
      expect(statuses).toEqual(['it running', 'it stopping', 'it stopped for good']);
    });

    it('tells so on a channel for onStop, and leaves that when the worker has ended', async () => {
      const { supervisor, ended } = await supervised(
        `parentPort.once('message', () => undefined); parentPort.postMessage('up');`,
      );
      const closed = jest.spyOn(BroadcastChannel.prototype, 'close');
      const channel = new BroadcastChannel(`rxjs-supervisor:stop:${theThread().threadId}`);
      const told = new Promise<unknown>((resolve) => {
        channel.onmessage = ({ data }) => {
          resolve(data);
        };
      });
      const stopped = supervisor.shutdown();
      expect(closed).not.toHaveBeenCalled();
      await Promise.all([stopped, ended]);
      expect(closed).toHaveBeenCalledTimes(1);
      expect(await told).toBe('stop');
      channel.close();
      closed.mockRestore();
    });

    it.each([
      ['process.exit(0)', 'stopped', undefined],
      ['process.exit(1)', 'failed', { name: 'WorkerExitError', code: 1 }],
      [`throw new Error('boom')`, 'failed', { message: 'boom' }],
    ])('by %s it is %s', async (how, status, error) => {
      const { supervisor, ended } = await supervised(
        `parentPort.on('message', () => { ${how} }); parentPort.postMessage('up');`,
      );
      await Promise.all([supervisor.shutdown(), ended]);
      const event = supervisor.statuses().get('it');
      expect(event).toMatchObject({ status, final: true });
      if (error !== undefined) expect(event).toMatchObject({ error });
    });

    it.each([
      ['that does not listen', FOR_EVER],
      ['in a tight loop', 'for (;;);'],
      ['that waits for what never comes', 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);'],
    ])('a worker %s is terminated when its grace is over', async (_what, code) => {
      const { supervisor, statuses, ended } = await supervised(`parentPort.postMessage('up'); ${code}`, {
        shutdown: 30,
      });
      await Promise.all([supervisor.shutdown(), expect(ended).rejects.toThrow(ShutdownTimeoutError)]);
      expect(statuses).toEqual(['it running', 'it stopping', 'it failed for good']);
      await endOf(theThread());
    });

    it('is terminated at once where it has no grace', async () => {
      const { supervisor, statuses, ended } = await supervised(`parentPort.postMessage('up'); for (;;);`, {
        shutdown: 0,
      });
      await Promise.all([supervisor.shutdown(), ended]);
      expect(statuses).toEqual(['it running', 'it stopped for good']);
      await endOf(theThread());
    });

    it('before its subscription starts no thread', async () => {
      const run$ = runOf(workerService('it', program(FOR_EVER)), AbortSignal.abort());
      expect(await last(run$.pipe(materialize(), toArray()))).toMatchObject([C]);
      expect(recorded.threads).toHaveLength(0);
    });
  });

  describe('unsubscribed from', () => {
    it('terminates the thread, and delivers nothing more', async () => {
      const values: unknown[] = [];
      const endless = program('for (let i = 0; ; i++) parentPort.postMessage(i);');
      await new Promise<void>((resolve) => {
        const subscription = runOf(workerService('it', endless)).subscribe((value) => {
          values.push(value);
          if (value === 10) {
            subscription.unsubscribe();
            resolve();
          }
        });
      });
      await endOf(theThread());
      expect(values).toHaveLength(11);
    });

    it('takes its listeners away, but swallows an error that comes late', async () => {
      const controller = new AbortController();
      const removed = jest.spyOn(controller.signal, 'removeEventListener');
      const subscription = runOf(workerService('it', program(FOR_EVER)), controller.signal).subscribe();
      const thread = theThread();
      expect(['message', 'messageerror'].map((event) => thread.listenerCount(event))).toEqual([1, 1]);
      subscription.unsubscribe();
      expect(['message', 'messageerror'].map((event) => thread.listenerCount(event))).toEqual([0, 0]);
      expect(removed).toHaveBeenCalledTimes(1);
      expect(() => thread.emit('error', new Error('late'))).not.toThrow();
      const posted = jest.spyOn(thread, 'postMessage');
      controller.abort();
      expect(posted).not.toHaveBeenCalled();
      await endOf(thread);
    });

    it('lets the next run wait until the thread has ended, so that two never overlap', async () => {
      const run$ = runOf(workerService('it', program(`parentPort.postMessage('up'); for (;;);`)));
      await first(run$);
      const next = first(run$);
      expect(recorded.threads).toHaveLength(1);
      await endOf(theThread());
      // a listener that was there before: nothing has begun before that end
      expect(recorded.threads).toHaveLength(1);
      await next;
      expect(recorded.threads).toHaveLength(2);
    });

    it('lets the next run end at once where it is asked to stop while it waits', async () => {
      const controller = new AbortController();
      const it = workerService('it', program(`parentPort.postMessage('up'); for (;;);`));
      await first(runOf(it));
      const thread = theThread();
      const waiting = last(runOf(it, controller.signal).pipe(materialize(), toArray()));
      controller.abort();
      expect(await waiting).toMatchObject([C]);
      await endOf(thread);
      expect(recorded.threads).toHaveLength(1);
    });

    it('leaves nothing that keeps the process alive, nor a rejection that nobody handles', async () => {
      provide('node/worker-service.ts', 'supervise.ts');
      const main = program(`
        import { Worker } from 'node:worker_threads';
        import { workerService } from './worker-service.mjs';
        import { supervise } from './supervise.mjs';
        const terminate = Worker.prototype.terminate;
        Worker.prototype.terminate = async function () {
          await terminate.call(this);
          throw new Error('not terminated');
        };
        const code = "import { parentPort } from 'node:worker_threads'; parentPort.postMessage('up'); for (;;);";
        const it = workerService('it', new URL('data:text/javascript,' + encodeURIComponent(code)), { readyOn: 'value' });
        const subscription = supervise([it]).subscribe(({ status }) => {
          console.log(status);
          if (status === 'running') subscription.unsubscribe();
        });`);
      const { stdout, stderr } = await promisify(execFile)(process.execPath, [fileURLToPath(main)]);
      expect({ stdout, stderr }).toEqual({ stdout: 'starting\nrunning\n', stderr: '' });
    });
  });

  it('fails its supervisor as any service does', async () => {
    const it = workerService('it', program(`throw new TypeError('boom');`), { restart: 'never' });
    const error: unknown = await new Supervisor([it]).run().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ServiceFailedError);
    expect(error).toMatchObject({ service: 'it', cause: { name: 'TypeError', message: 'boom' } });
  });

  it('is typed by what it is said to post', async () => {
    const service: Service<string> = workerService<string>('it', join(WORKERS, 'greet.mjs'));
    const value: string | undefined = await first(runOf(service).pipe(filter((each) => each.length > 0)));
    expect(value).toBe('hello from a module');
  });
});
