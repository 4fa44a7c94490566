import { Supervisor } from '../../lib/index.js';
import { onStop } from '../../lib/node/on-stop.js';
import { workerService } from '../../lib/node/worker-service.js';
import { words } from '../helpers.js';
import { gate, program, provide, recordThreads } from './workers/program.js';

const recorded = recordThreads();

beforeAll(() => {
  provide('node/on-stop.ts');
});

/** A worker with such a program, under a supervisor that gives it all the time it needs. */
function run(code: string, workerData?: unknown, execArgv: string[] = []) {
  const options = { workerData, execArgv, restart: 'never', shutdown: Infinity } as const;
  const it = workerService('it', program(`import { onStop } from './on-stop.mjs';\n${code}`), options);
  const supervisor = new Supervisor([it], { autoShutdown: 'never' });
  const values: unknown[] = [];
  const waiting: { value: unknown; resolve: () => void }[] = [];
  const final = new Promise<void>((resolve) => {
    supervisor.status$.subscribe((event) => {
      if ('final' in event && event.final) resolve();
    });
  });
  const statuses = words(supervisor.status$);
  supervisor.valuesOf(it).subscribe((value) => {
    values.push(value);
    for (const each of waiting) if (each.value === value) each.resolve();
  });
  void supervisor.run();
  return {
    values,
    statuses,
    /** Resolves when it has posted this; rejects where it ends before. */
    posted: async (value: unknown): Promise<void> => {
      const heard = new Promise<void>((resolve) => waiting.push({ value, resolve }));
      const ended = final.then(() => {
        throw new Error(`It ended before it posted ${String(value)}`);
      });
      await (values.includes(value) ? undefined : Promise.race([heard, ended]));
    },
    /** What its parent says to it, beside the supervisor. */
    say: (message: unknown) => {
      recorded.threads[0]?.postMessage(message);
    },
    /** Resolves when it has ended, by itself. */
    final,
    /** Asks it to stop; resolves when it has ended, with its last event. */
    stop: async () => {
      await supervisor.shutdown();
      return supervisor.statuses().get('it');
    },
    /** Asks it to stop; it ends some time later. */
    ask: () => {
      void supervisor.shutdown();
    },
  };
}

const ALIVE = 'const alive = setInterval(() => undefined, 1000);';
const UP = `parentPort.postMessage('up');`;
/** Turns of the worker's event loop, in which all that is there for it is delivered. */
const TURNS = `const turns = async () => { for (let i = 0; i < 20; i++) await new Promise((next) => setImmediate(next)); };`;

describe('onStop', () => {
  it('calls back when the worker is asked to stop, which then ends by itself', async () => {
    const { posted, stop, values, statuses } = run(
      `${ALIVE} onStop(() => { clearInterval(alive); parentPort.postMessage('last words'); }); ${UP}`,
    );
    await posted('up');
    await stop();
    expect(values).toEqual(['up', 'last words']);
    expect(statuses).toEqual(['it running', 'it stopping', 'it stopped for good']);
  });

  it('gives the callback its time, as long as something keeps the worker alive', async () => {
    const { posted, stop, values } = run(`
      import { createServer } from 'node:net';
      import { once } from 'node:events';
      const server = createServer().listen(0, '127.0.0.1', () => { ${UP} });
      onStop(async () => {
        server.close();
        await once(server, 'close');
        parentPort.postMessage('closed');
      });`);
    await posted('up');
    expect(await stop()).toMatchObject({ status: 'stopped' });
    expect(values).toEqual(['up', 'closed']);
  });

  it('is no reason to stay: a worker that has done its work ends', async () => {
    const { final, values, statuses } = run(`onStop(() => { parentPort.postMessage('asked'); }); ${UP}`);
    await final;
    expect(values).toEqual(['up']);
    expect(statuses).toEqual(['it running', 'it stopped for good']);
  });

  it('hears of a stop that came before, while the worker was loading', async () => {
    const { cells, go } = gate();
    const { posted, stop, ask, values } = run(
      `${UP} Atomics.wait(workerData, 0, 0);
       ${ALIVE} onStop(() => { clearInterval(alive); parentPort.postMessage('asked'); });`,
      cells,
    );
    await posted('up');
    ask();
    go();
    expect(await stop()).toMatchObject({ status: 'stopped' });
    expect(values).toEqual(['up', 'asked']);
  });

  it('hears of a stop that came long before', async () => {
    const { posted, stop, ask, values } = run(
      `${ALIVE} parentPort.once('message', () => {
         onStop(() => { clearInterval(alive); parentPort.postMessage('asked'); });
       }); ${UP}`,
    );
    await posted('up');
    ask();
    expect(await stop()).toMatchObject({ status: 'stopped' });
    expect(values).toEqual(['up', 'asked']);
  });

  it('never calls back within the call', async () => {
    const { cells, go } = gate();
    const { posted, stop, ask, values } = run(
      `${UP} Atomics.wait(workerData, 0, 0);
       ${ALIVE} let within = true;
       onStop(() => { parentPort.postMessage(within); clearInterval(alive); });
       within = false;`,
      cells,
    );
    await posted('up');
    ask();
    go();
    await stop();
    expect(values).toEqual(['up', false]);
  });

  it('calls back each of several callbacks once, in their order, also those given later', async () => {
    const { posted, stop, values } = run(`
      ${TURNS} ${ALIVE}
      onStop(() => { parentPort.postMessage(1); });
      onStop(() => {
        parentPort.postMessage(2);
        onStop(async () => {
          parentPort.postMessage(3);
          await turns();
          clearInterval(alive);
        });
      });
      ${UP}`);
    await posted('up');
    await stop();
    expect(values).toEqual(['up', 1, 2, 3]);
  });

  it('may be loaded twice: the second asks, and the first takes no notice', async () => {
    const { posted, stop, values } = run(`
      import { onStop as another } from './on-stop.mjs?again';
      ${TURNS} ${ALIVE}
      let told = 0;
      const tell = (name) => { parentPort.postMessage(name); if (++told === 2) clearInterval(alive); };
      onStop(() => { tell('one'); });
      another(() => { tell('two'); });
      await turns();
      ${UP}`);
    await posted('up');
    expect(values).toEqual(['up']);
    await stop();
    expect(values.sort()).toEqual(['one', 'two', 'up']);
  });

  it('returns a function that takes the callback back', async () => {
    const { posted, stop, values } = run(`
      ${ALIVE}
      const takeBack = onStop(() => { parentPort.postMessage('not me'); });
      onStop(() => { clearInterval(alive); takeBack(); });
      takeBack();
      takeBack();
      ${UP}`);
    await posted('up');
    expect(await stop()).toMatchObject({ status: 'stopped' });
    expect(values).toEqual(['up']);
  });

  it.each([
    ['throws', `() => { throw new TypeError('boom'); }`, []],
    ['rejects', `async () => { throw new TypeError('boom'); }`, []],
    [
      'rejects where rejections are but warned of',
      `async () => { throw new TypeError('boom'); }`,
      ['--unhandled-rejections=none'],
    ],
  ])('makes it an uncaught error of the worker if a callback %s', async (_how, callback, execArgv) => {
    const { posted, stop } = run(`${ALIVE} onStop(${callback}); ${UP}`, undefined, execArgv);
    await posted('up');
    expect(await stop()).toMatchObject({ status: 'failed', error: { name: 'TypeError', message: 'boom' } });
  });

  it('calls the others though one throws', async () => {
    const { posted, stop, values } = run(`
      ${ALIVE}
      onStop(() => { throw new Error('boom'); });
      onStop(() => { parentPort.postMessage('the other'); });
      ${UP}`);
    await posted('up');
    expect(await stop()).toMatchObject({ status: 'failed', error: { message: 'boom' } });
    expect(values).toEqual(['up', 'the other']);
  });

  describe.each([
    ['before', (other: string) => `${other} onStop(() => { parentPort.postMessage('asked'); });`],
    ['after', (other: string) => `onStop(() => { parentPort.postMessage('asked'); }); ${other}`],
  ])(`and a listener of the worker's own, added %s`, (_when, both) => {
    const ECHO = `const echo = (message) => { parentPort.postMessage(message); };`;

    it('both are told', async () => {
      const { posted, stop, values } = run(`
        let told = 0;
        const done = () => { if (++told === 2) parentPort.close(); };
        ${both(`parentPort.on('message', ({ type }) => { parentPort.postMessage(type); done(); });`)}
        onStop(done);
        ${UP}`);
      await posted('up');
      await stop();
      expect(values.sort()).toEqual(['asked', 'stop', 'up']);
    });

    it.each([
      `parentPort.on('message', echo);`,
      `parentPort.addEventListener('message', ({ data }) => { echo(data); });`,
    ])('it keeps the worker alive, as without us: %s', async (listen) => {
      const { posted, say } = run(`${ECHO} ${both(listen)} ${UP}`);
      await posted('up');
      // each answer is followed by nothing that would keep it alive
      for (let i = 0; i < 20; i++) {
        say(i);
        await posted(i);
      }
    });

    it('it keeps nothing alive once it is removed', async () => {
      const { posted, say, final, statuses } = run(`${both(`parentPort.once('message', () => undefined);`)} ${UP}`);
      await posted('up');
      say('and now end');
      await final;
      expect(statuses).toEqual(['it running', 'it stopped for good']);
    });

    it(`it keeps nothing alive where the port is unref'd`, async () => {
      const { final, statuses } = run(`${ECHO} ${both(`parentPort.on('message', echo); parentPort.unref();`)} ${UP}`);
      await final;
      expect(statuses).toEqual(['it running', 'it stopped for good']);
    });
  });

  it('leaves messages in the port until a listener of the worker is there', async () => {
    const { cells, go } = gate();
    const { posted, say, final, values } = run(
      `${TURNS} onStop(() => undefined); ${UP}
       Atomics.wait(workerData, 0, 0);
       await turns();
       parentPort.once('message', (message) => { parentPort.postMessage(message); });`,
      cells,
    );
    await posted('up');
    say('hello');
    go();
    await final;
    expect(values).toEqual(['up', 'hello']);
  });

  it('belongs into a worker thread', () => {
    expect(() => onStop(() => undefined)).toThrow(
      new Error(
        '`onStop` belongs into a worker thread, which a `workerService` runs: the main thread is asked by nobody',
      ),
    );
  });

  it.each([undefined, null, 'stop', {}])('refuses what is no function: %j', (callback) => {
    expect(() => onStop(callback as () => void)).toThrow(TypeError);
    expect(() => onStop(callback as () => void)).toThrow('Expected `callback` to be a function, got');
  });
});
