import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StatusSnapshot } from '../lib/node/wire.js';
import { Program } from './node/fixtures/programs.js';

const ROOT = join(__dirname, '..');
const COMPILING = 120_000;
const RUNNING = 60_000;
const EXAMPLES = 'app, elastic, fake-clock, ping-pong, pipeline, procfile, restart-on-error, tree';

/** Without what says how to colour: Jest and continuous integration set some of it. */
const COLOURING = ['FORCE_COLOR', 'NO_COLOR', 'NODE_DISABLE_COLORS', 'CI'];
const ENV = Object.fromEntries(Object.entries(process.env).filter(([name]) => !COLOURING.includes(name)));

/** Makes of the pipe what Node makes of a terminal. */
const TERMINAL = `import { WriteStream } from 'node:tty';
  const { hasColors, getColorDepth } = WriteStream.prototype;
  Object.assign(process.stdout, { isTTY: true, hasColors, getColorDepth });`;

const children = new Set<ChildProcess>();

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A process, whose output can be waited for. */
function start(command: string, args: readonly string[], env: NodeJS.ProcessEnv = ENV) {
  const child = spawn(command, args, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] });
  children.add(child);
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
  const ended = once(child, 'close').then(([code]: (number | null)[]): Ended => {
    children.delete(child);
    return { code: code ?? null, stdout, stderr };
  });
  /** Resolves once the output so far matches; rejects where the process ends before. */
  const seen = async (pattern: RegExp): Promise<void> => {
    while (!pattern.test(stdout)) {
      const more = once(child.stdout, 'data').then(() => undefined);
      const end = await Promise.race([more, ended]);
      if (end !== undefined) throw new Error(`Ended before ${pattern.source} was seen:\n${end.stdout}${end.stderr}`);
    }
  };
  return { child, ended, seen };
}

function startExample(...args: string[]) {
  return start(process.execPath, ['examples/run.mjs', ...args]);
}

async function example(...args: string[]): Promise<Ended> {
  return startExample(...args).ended;
}

function linesOf(...lines: string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}

jest.setTimeout(RUNNING);

beforeAll(async () => {
  const { code, stdout, stderr } = await start('npm', ['run', '--silent', 'compile']).ended;
  if (code !== 0) throw new Error(`The examples do not compile:\n${stdout}${stderr}`);
}, COMPILING);

afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
});

describe('examples/run.mjs', () => {
  it.each([
    { args: ['nothing'], name: 'nothing' },
    { args: [], name: '' },
    { args: ['app/report'], name: 'app/report' },
  ])('says which examples there are where $args is none', async ({ args, name }) => {
    expect(await example(...args)).toEqual({
      code: 1,
      stdout: '',
      stderr: `There is no example '${name}'. There are: ${EXAMPLES}\n`,
    });
  });
});

describe('examples/ping-pong', () => {
  it('prints each stroke, and ends when the counter is at 0', async () => {
    expect(await example('ping-pong')).toEqual({
      code: 0,
      stdout: linesOf('ping', 'pong', 'ping', 'pong'),
      stderr: '',
    });
  });
});

describe('examples/restart-on-error', () => {
  it('restarts the service until it does not throw', async () => {
    expect(await example('restart-on-error')).toEqual({
      code: 0,
      stdout: linesOf('service restarted 3 times'),
      stderr: '',
    });
  });
});

describe('examples/fake-clock', () => {
  it('prints what it has proved, with the marbles', async () => {
    expect(await example('fake-clock')).toEqual({
      code: 0,
      stdout: linesOf(
        'a service starts 3 ms after each failure',
        '    r-f--r-f--r-f',
        'a service waits twice as long each time',
        '    rfrf-rf---rf-------rf',
        'a service forgets earlier failures after a run of 4 ms',
        '    rfrf-r---frf-rf',
        'a service waits a random part of the delay, and the test says which part',
        '    rf--rf--rf--rf',
        'a service gives up at the third failure within a minute',
        '    r 20s f 4999ms r 20s f 4999ms r 20s F',
      ),
      stderr: '',
    });
  });

  it.each([
    { marbles: 'r-f--r-f--r-f', other: 'r-f---r-f-r-f' },
    { marbles: 'rfrf-rf---rf-------rf', other: 'rfrf-rf---rf------r-f' },
    { marbles: 'rfrf-r---frf-rf', other: 'rfrf-r---f-rf-r' },
    { marbles: 'rf--rf--rf--rf', other: 'rf--rf--rf-rf' },
    { marbles: '4999ms r 20s F', other: '4999ms r 20s f' },
  ])('fails where $marbles is not what happens', async ({ marbles, other }) => {
    const code = await readFile(join(ROOT, 'dist/esm/examples/fake-clock.js'), 'utf8');
    expect(code).toContain(marbles);
    const wrong = start(process.execPath, ['--input-type=module', '--eval', code.replace(marbles, other)]);
    expect(await wrong.ended).toMatchObject({ code: 1, stderr: expect.stringContaining('AssertionError') as string });
  });
});

describe('examples/pipeline', () => {
  it('fills its buffers across restarts', async () => {
    expect(await example('pipeline')).toEqual({
      code: 0,
      stdout: linesOf(
        'thermometer running, restarts: 0',
        'mean 18.5',
        'thermometer failed, restarts: 0',
        'thermometer running, restarts: 1',
        'mean 20.5',
        'mean 22.5',
        'thermometer failed, restarts: 1',
        'thermometer running, restarts: 2',
        'mean 24.5',
        'done, over 3 connections',
      ),
      stderr: '',
    });
  });
});

describe('examples/tree', () => {
  it('restarts what comes after a crash, escalates the second one, and stops leaves before their supervisor', async () => {
    expect(await example('tree')).toEqual({
      code: 0,
      stdout: linesOf(
        'metrics running',
        'backend running',
        '  pool running',
        '  cache running',
        '  api running',
        '  cache failed: out of memory',
        '  api stopping',
        '  api stopped',
        '  cache running',
        '  api running',
        '  cache failed: out of memory',
        '  api stopping',
        '  api stopped',
        '  pool stopped',
        "backend failed: Service 'backend/cache' would restart more than 1 times within 60000 ms",
        'backend running',
        '  pool running',
        '  cache running',
        '  api running',
        '(all is well, and is stopped)',
        '  api stopping',
        'backend stopping',
        '  api stopped',
        '  cache stopped',
        '  pool stopped',
        'backend stopped',
        'metrics stopped',
      ),
      stderr: '',
    });
  });
});

describe('examples/elastic', () => {
  it('adds and removes workers as the load asks, and ends with what scales them', async () => {
    expect(await example('elastic')).toEqual({
      code: 0,
      stdout: linesOf(
        '  scaler running',
        'load 1',
        '  worker-1 running',
        'now there are scaler, worker-1',
        'load 3',
        '  worker-2 running',
        '  worker-3 running',
        'now there are scaler, worker-1, worker-2, worker-3',
        'load 2',
        '  worker-3 stopping',
        '  worker-3 stopped',
        'now there are scaler, worker-1, worker-2',
        'load 0',
        '  worker-2 stopping',
        '  worker-2 stopped',
        '  worker-1 stopping',
        '  worker-1 stopped',
        'now there are scaler',
        'load 2',
        '  worker-1 running',
        '  worker-2 running',
        'now there are scaler, worker-1, worker-2',
        '  scaler stopped',
        '  worker-2 stopping',
        '  worker-1 stopping',
        '  worker-2 stopped',
        '  worker-1 stopped',
      ),
      stderr: '',
    });
  });
});

describe('examples/app', () => {
  const SERVICES = ['exchange', 'api', 'clients', 'clients/feed', 'clients/poller', 'worker', 'status'];
  const WIDTH = 'clients/poller'.length;
  const STATUSES = ['starting', 'running', 'stopping', 'stopped', 'failed'];

  /** The events it printed, and the table after them. */
  function parse(stdout: string) {
    const [above = '', below = ''] = stdout.split('\n\n');
    const events = above.split('\n').map((line) => {
      const [time, rest] = [line.slice(0, 12), line.slice(14 + WIDTH)];
      const [name, status] = [line.slice(14, 14 + WIDTH).trim(), rest.slice(2, 10).trim()];
      return { line, time, name, status, detail: rest.slice(12) };
    });
    const stopAt = events.findIndex(({ name, status }) => name === 'app' && status === 'stopping');
    const final = events.slice(stopAt).filter(({ status }) => status === 'stopped' || status === 'failed');
    return { events, summary: below.trimEnd().split('\n'), reason: events[stopAt]?.detail, final };
  }

  function expectInOrder(names: readonly string[], ...order: string[]): void {
    expect(names.filter((name) => order.includes(name))).toEqual(order);
  }

  it('ends by itself where it is told how long to run', async () => {
    const { code, stdout, stderr } = await example('app', '--for', '1s');
    const { reason, final, summary } = parse(stdout);
    expect({ code, stderr, reason }).toEqual({ code: 0, stderr: '', reason: 'time is up' });
    expect(final.map(({ name }) => name).sort()).toEqual([...SERVICES].sort());
    expect(summary).toHaveLength(1 + SERVICES.length);
  });

  it('prints plain and aligned lines where nobody looks at them', async () => {
    const { stdout } = await example('app', '--for', '1s');
    const { events, summary } = parse(stdout);
    for (const { line, time, name, status, detail } of events) {
      expect(line).toBe(`${time}  ${name.padEnd(WIDTH)}  ${status.padEnd(8)}  ${detail}`.trimEnd());
      expect(time).toMatch(/^\d\d:\d\d:\d\d\.\d{3}$/);
      expect([...SERVICES, 'app']).toContain(name);
      expect(STATUSES).toContain(status);
      expect(detail).toMatch(/^(\S.*)?$/);
    }
    const [head, ...rows] = summary;
    expect(head).toBe('service         status    restarts  last error');
    expect(rows.map((row) => row.slice(0, WIDTH).trim())).toEqual(SERVICES);
    for (const row of rows) {
      const [name, rest] = [row.slice(0, WIDTH), row.slice(WIDTH)];
      const [status, restarts, error] = [rest.slice(2, 10), rest.slice(12, 20), rest.slice(22)];
      expect(rest).toBe(`  ${status}  ${restarts}  ${error}`);
      expect(SERVICES).toContain(name.trimEnd());
      // one that fails of itself while others are stopping is not stopped any more
      expect(['stopped', 'failed']).toContain(status.trimEnd());
      expect(restarts).toMatch(/^ +\d+$/);
      expect(error).toMatch(/^\S/);
    }
  });

  it.each(['SIGINT', 'SIGTERM'] as const)(
    'stops in reverse order at %s, and sums up what has crashed and recovered',
    async (signal) => {
      const app = startExample('app');
      // its line is dropped after two and a half seconds at most
      await app.seen(/poller +running[^]*feed +failed +connection dropped, restart in \d+ ms[^]*feed +running/);
      app.child.kill(signal);
      const { code, stdout, stderr } = await app.ended;
      const { reason, final, summary } = parse(stdout);
      expect({ code, stderr, reason }).toEqual({ code: 0, stderr: '', reason: signal });
      const names = final.map(({ name }) => name);
      // what is waiting for its restart goes first, which may be the feed; but never after what it depends on
      expectInOrder(names, 'worker', 'clients/poller', 'clients', 'api', 'exchange');
      expectInOrder(names, 'clients/feed', 'clients', 'api', 'exchange');
      expect(summary.find((row) => row.startsWith('clients/feed'))).toMatch(/[1-9] {2}connection dropped$/);
    },
  );

  it('stops in order when its output is closed', async () => {
    const app = startExample('app');
    await app.seen(/feed +running/);
    app.child.stdout.destroy();
    expect(await app.ended).toMatchObject({ code: 0, stderr: '' });
  });

  it.each([
    { title: 'on a terminal', env: {}, coloured: true },
    { title: 'with NO_COLOR set', env: { NO_COLOR: '1' }, coloured: false },
  ])('is coloured $title: $coloured', async ({ env, coloured }) => {
    const args = [`--import=data:text/javascript,${encodeURIComponent(TERMINAL)}`, 'examples/run.mjs', 'app'];
    const app = start(process.execPath, [...args, '--for', '500ms'], { ...ENV, TERM: 'xterm-256color', ...env });
    const { code, stdout } = await app.ended;
    expect(code).toBe(0);
    expect(stdout.includes('\u001B[32mrunning \u001B[39m')).toBe(coloured);
    expect(stdout.includes('\u001B')).toBe(coloured);
  });

  it.each(['5', '1h', '1.5s', '-1s', ' 5s', '99999999m', ''])('refuses --for=%j', async (duration) => {
    expect(await example('app', `--for=${duration}`)).toEqual({
      code: 2,
      stdout: '',
      stderr: `Expected --for to be like 500ms, 5s or 1m, got '${duration}'\n`,
    });
  });

  it.each([
    { args: ['--for'], named: '--for' },
    { args: ['--fro', '5s'], named: '--fro' },
    { args: ['5s'], named: '5s' },
  ])('refuses $args, and names it', async ({ args, named }) => {
    const { code, stdout, stderr } = await example('app', ...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(named);
    expect(stderr).not.toContain('    at ');
  });
});

const PROCFILE = `# not a line of it
web: trap 'echo bye; exit' TERM; echo "up in $(pwd)"; sleep 1000 & wait
worker:echo no >&2; exit 3
job: kill -9 $$
short-one: true
: nor this
`;

describe('examples/procfile', () => {
  let folder: string;
  const running = new Set<Program>();

  function run(args: readonly string[], env: NodeJS.ProcessEnv = {}): Program {
    const program = new Program(process.execPath, args, { cwd: ROOT, env: { ...ENV, ...env } });
    running.add(program);
    return program;
  }

  beforeAll(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'rxjs-supervisor-')));
    writeFileSync(join(folder, 'Procfile'), PROCFILE);
  });

  afterEach(() => {
    for (const program of running) program.kill('SIGKILL');
    running.clear();
  });

  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  const procfile = (env?: NodeJS.ProcessEnv) => run(['examples/run.mjs', 'procfile', join(folder, 'Procfile')], env);

  /** What it has said of one of them. */
  function saidOf({ stdout }: Ended, name: string): string[] {
    return stdout.split('\n').flatMap((line) => (line.startsWith(name) ? [line.slice(line.indexOf('|') + 2)] : []));
  }

  it('prints what they write and what becomes of them, each line with its name, and stops them at a signal', async () => {
    const program = procfile();
    await program.seen(/web +\| up/);
    await program.seen(/worker +\| exited[^]*worker +\| started[^]*worker +\| exited/);
    await program.seen(/job +\| was[^]*short-one \| exited|short-one \| exited[^]*job +\| was/);
    program.kill('SIGINT');
    const end = await program.ended;
    expect(end).toMatchObject({ code: 0, stderr: '' });
    expect(saidOf(end, 'web')).toEqual(['started', `up in ${folder}`, 'stopping', 'bye', 'stopped']);
    const [started, no, exited] = saidOf(end, 'worker');
    expect([started, no]).toEqual(['started', 'no']);
    expect(exited).toMatch(/^exited with code 3, restart in [12]\d\d ms$/);
    expect(saidOf(end, 'job')[1]).toMatch(/^was ended by SIGKILL, restart in [12]\d\d ms$/);
    expect(saidOf(end, 'short-one')[1]).toMatch(/^exited with code 0, restart in [12]\d\d ms$/);
    for (const line of end.stdout.trimEnd().split('\n')) {
      expect(line).toMatch(/^(web {6}|worker {3}|job {6}|short-one|dashboard) \| \S/);
    }
  });

  it('says where they can be seen in the browser', async () => {
    const program = procfile();
    const [url] = await program.seen(/dashboard \| (http\S+)/);
    const response = await fetch(new URL('status', url));
    const { services } = (await response.json()) as StatusSnapshot;
    const names = services.map(({ service }) => service);
    expect(names).toEqual(['web', 'worker', 'job', 'short-one', 'dashboard']);
    program.kill('SIGTERM');
    expect((await program.ended).code).toBe(0);
  });

  it('exits at the second signal', async () => {
    writeFileSync(join(folder, 'Stubborn'), `stubborn: trap '' TERM; echo "$$ up"; exec sleep 1000\n`);
    const program = run(['examples/run.mjs', 'procfile', join(folder, 'Stubborn')]);
    await program.seen(/up/);
    program.kill('SIGINT');
    await program.seen(/stubborn +\| stopping/);
    program.kill('SIGINT');
    expect((await program.ended).code).toBe(130);
  });

  it('has a Procfile of its own', async () => {
    const program = run(['examples/run.mjs', 'procfile']);
    await program.seen(/web +\| listening at http/);
    await program.seen(/worker +\| started/);
    await program.seen(/clock +\| \d\d:\d\d:\d\d/);
    program.kill('SIGINT');
    const end = await program.ended;
    expect(end.code).toBe(0);
    expect(saidOf(end, 'web').slice(-3)).toEqual(['stopping', 'closing', 'stopped']);
  });

  it.each([
    { title: 'on a terminal', env: {}, coloured: true },
    { title: 'with NO_COLOR set', env: { NO_COLOR: '1' }, coloured: false },
  ])('is coloured $title: $coloured', async ({ env, coloured }) => {
    const terminal = `--import=data:text/javascript,${encodeURIComponent(TERMINAL)}`;
    const args = [terminal, 'examples/run.mjs', 'procfile', join(folder, 'Procfile')];
    const program = run(args, { TERM: 'xterm-256color', ...env });
    await program.seen(/web +\|\S* up/);
    program.kill('SIGINT');
    const { stdout } = await program.ended;
    expect(stdout.includes('\u001B[36mweb       |\u001B[39m up')).toBe(coloured);
    expect(stdout.includes('\u001B[33mworker    |\u001B[39m started')).toBe(coloured);
    expect(stdout.includes('\u001B')).toBe(coloured);
  });
});

describe('npm start', () => {
  it(
    'stops in order at Ctrl-C, which reaches npm and the application alike',
    async () => {
      const npm = spawn('npm', ['start'], { cwd: ROOT, env: ENV, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
      let stdout = '';
      npm.stdout.setEncoding('utf8').on('data', (chunk: string) => {
        stdout += chunk;
        if (/feed +running/.test(chunk) && npm.pid !== undefined) process.kill(-npm.pid, 'SIGINT');
      });
      const [code] = (await once(npm, 'close')) as [number | null];
      expect(code).toBe(0);
      expect(stdout).toMatch(/SIGINT[^]*exchange +stopped[^]*service +status/);
    },
    COMPILING,
  );
});
