import { execFileSync } from 'node:child_process';
import { getEventListeners } from 'node:events';
import { chmodSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { from, lastValueFrom, type Observable, tap, toArray } from 'rxjs';
import { type Service, ShutdownTimeoutError, type StatusEvent, Supervisor, SupervisorError } from '../../lib/index.js';
import { ProcessExitError, ProcessStartError } from '../../lib/node/process-errors.js';
import type { ProcessLine } from '../../lib/node/process-run.js';
import { processService, type ProcessServiceOptions } from '../../lib/node/process-service.js';
import { daemon, shell, STUBBORN } from './fixtures/family.js';
import { gone } from './fixtures/programs.js';

jest.setTimeout(30_000);

/** All that a service says, and what it ends with. `seen` is called with each line. */
async function live(
  service: Service<ProcessLine>,
  seen: (line: string, supervisor: Supervisor) => void = () => undefined,
): Promise<{
  stdout: string[];
  stderr: string[];
  events: StatusEvent[];
  end: StatusEvent | undefined;
  error: unknown;
}> {
  const supervisor = new Supervisor([service], { restart: 'never', shutdown: 20_000 });
  const lines = { stdout: [] as string[], stderr: [] as string[] };
  const events: StatusEvent[] = [];
  supervisor.status$.subscribe((event) => events.push(event));
  supervisor.valuesOf(service).subscribe(({ stream, line }) => {
    lines[stream].push(line);
    seen(line, supervisor);
  });
  await supervisor.run().catch((error: unknown) => {
    expect(error).toBeInstanceOf(SupervisorError);
  });
  const end = events.at(-1);
  return { ...lines, events, end, error: end?.status === 'failed' ? end.error : undefined };
}

/** Asks it to stop at its first line, or at the one that is named. */
function stopAt(line?: string) {
  return (seen: string, supervisor: Supervisor) => {
    if (line === undefined || seen === line) void supervisor.shutdown();
  };
}

function statuses(events: readonly StatusEvent[]): string {
  return events.map(({ status }) => status).join(', ');
}

/** Its run alone, as rxjs sees it. */
function runOf(service: Service<ProcessLine>, signal: AbortSignal): Observable<ProcessLine> {
  const context = { name: 'sh', restarts: 0, signal, ready: () => undefined, logger: console };
  return from(service.run(context) as Observable<ProcessLine>);
}

async function linesOf(line$: Observable<ProcessLine>): Promise<string[]> {
  const lines = await lastValueFrom(line$.pipe(toArray()), { defaultValue: [] });
  return lines.map(({ line }) => line);
}

async function stdoutOf(script: string, args: readonly string[] = [], options: ProcessServiceOptions = {}) {
  const { stdout } = await live(shell(script, args, options));
  return stdout;
}

describe('processService', () => {
  let folder: string;

  beforeAll(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'rxjs-supervisor-')));
  });

  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  describe('starts a program', () => {
    it('with its arguments as they are, without a shell', async () => {
      const echo = processService('echo', 'echo', ['$HOME', '*', '', 'a  b; exit 1']);
      expect((await live(echo)).stdout).toEqual(['$HOME *  a  b; exit 1']);
    });

    it('without arguments', async () => {
      expect((await live(processService('pwd', 'pwd'))).stdout).toEqual([process.cwd()]);
    });

    it('as it was told at the call', async () => {
      const args = ['first'];
      const echo = processService('echo', 'echo', args);
      args[0] = 'second';
      expect((await live(echo)).stdout).toEqual(['first']);
    });

    it('with its stdin closed', async () => {
      expect(await stdoutOf('cat; echo end')).toEqual(['end']);
    });

    it('in the directory that it is given, as a path or as a URL', async () => {
      expect(await stdoutOf('pwd', [], { cwd: folder })).toEqual([folder]);
      expect(await stdoutOf('pwd', [], { cwd: pathToFileURL(folder) })).toEqual([folder]);
    });

    it('with the environment that it is given, and no other', async () => {
      const env = { PATH: process.env['PATH'], GIVEN: 'yes' };
      expect(await stdoutOf('echo "$GIVEN $HOME"', [], { env })).toEqual(['yes ']);
    });

    it('with the environment of this process as it is at the start', async () => {
      const service = shell('echo $LATE');
      process.env['LATE'] = 'now';
      const { stdout } = await live(service);
      delete process.env['LATE'];
      expect(stdout).toEqual(['now']);
    });
  });

  describe('gives the lines', () => {
    it('of both streams, each in its order', async () => {
      const { stdout, stderr } = await live(shell('echo a; echo b >&2; echo c; echo d >&2'));
      expect({ stdout, stderr }).toEqual({ stdout: ['a', 'c'], stderr: ['b', 'd'] });
    });

    it('with a last one that is not ended', async () => {
      const { stdout, stderr } = await live(shell(`printf 'a\\r\\nb'; printf 'c\\n\\nd' >&2`));
      expect({ stdout, stderr }).toEqual({ stdout: ['a', 'b'], stderr: ['c', '', 'd'] });
    });

    it('with the last one of a stream that is closed before the process ends', async () => {
      const { events } = await live(shell('printf last; exec >&-; while :; do sleep 0.01; done'), stopAt('last'));
      expect(statuses(events)).toBe('running, stopping, stopped');
    });

    it('with a character whose bytes come in two chunks', async () => {
      // the number comes in the chunk with the first half
      const halves = shell(`trap 'printf "\\251\\n"; exit' USR1; printf "$$\\n\\303"; while :; do sleep 0.01; done`);
      const { stdout } = await live(halves, (line) => {
        if (Number(line) > 0) process.kill(Number(line), 'SIGUSR1');
      });
      expect(stdout[1]).toBe('é');
    });

    it('with U+FFFD for what is no UTF-8', async () => {
      expect(await stdoutOf(`printf '\\377a\\nb\\303'`)).toEqual(['\ufffda', 'b\ufffd']);
    });

    it('in pieces where one is longer than `maxLineLength`', async () => {
      expect(await stdoutOf('echo 12345; echo 123456789', [], { maxLineLength: 5 })).toEqual([
        '12345',
        '12345',
        '6789',
      ]);
    });

    it('in pieces where one is longer than 16 million characters or so', async () => {
      const long = processService('long', process.execPath, ['-e', `process.stdout.write('a'.repeat(2 ** 24 + 1))`]);
      expect((await live(long)).stdout.map(({ length }) => length)).toEqual([2 ** 24, 1]);
    });

    it('to the last one before the end is told', async () => {
      const { stdout, error } = await live(shell('yes | head -n 200000; exit 1'));
      expect(stdout).toHaveLength(200_000);
      expect(error).toBeInstanceOf(ProcessExitError);
    });
  });

  describe('has ended', () => {
    it('when the process exits with 0', async () => {
      expect((await live(shell('exit 0'))).end).toMatchObject({ status: 'stopped', final: true });
    });

    it('with a ProcessExitError at another exit code', async () => {
      const { error } = await live(shell('echo a >&2; echo out; echo b >&2; exit 3'));
      expect(error).toBeInstanceOf(ProcessExitError);
      expect(error).toMatchObject({
        name: 'ProcessExitError',
        message: `'sh' exited with code 3: b`,
        command: 'sh',
        code: 3,
        signalName: null,
        stderr: ['a', 'b'],
      });
    });

    it.each(['SIGTERM', 'SIGKILL', 'SIGINT'])('with a ProcessExitError at a %s that is not ours', async (name) => {
      const { error } = await live(shell(`kill -s ${name.slice('SIG'.length)} $$`));
      expect(error).toBeInstanceOf(ProcessExitError);
      const message = `'sh' was ended by ${name}`;
      expect(error).toMatchObject({ message, code: null, signalName: name, stderr: [] });
    });

    it('with a ProcessExitError at 143 too, where it was not asked to end', async () => {
      expect((await live(shell('exit 143'))).error).toMatchObject({ code: 143 });
    });

    it.each([
      { stderrLines: undefined, kept: ['6', '7', '24', '25'], length: 20 },
      { stderrLines: 2, kept: ['24', '25'], length: 2 },
      { stderrLines: 0, kept: [], length: 0 },
    ])('with as many lines of stderr as `stderrLines` says: $stderrLines', async ({ stderrLines, kept, length }) => {
      const service = shell('seq 25 >&2; exit 1', [], stderrLines === undefined ? {} : { stderrLines });
      const { error, stderr } = await live(service);
      expect(stderr).toHaveLength(25);
      const has = (error as ProcessExitError).stderr;
      expect(has).toHaveLength(length);
      expect(has).toEqual(expect.arrayContaining(kept));
    });

    it('also where another in its group holds the output open, which is killed', async () => {
      const { stdout, error } = await live(shell('sleep 1000 & echo $!; exit 2'));
      expect(error).toMatchObject({ code: 2 });
      await gone(Number(stdout[0]));
    });

    it('also where one that left its group holds the output open', async () => {
      const { stdout, error } = await live(daemon('process.exit(4)'));
      process.kill(Number(stdout[0]), 'SIGKILL');
      expect(error).toMatchObject({ code: 4 });
      expect(stdout[1]).toBe('unended');
    });

    it('and leaves no listener behind', async () => {
      const listeners = () => process.listenerCount('exit');
      const before = listeners();
      const { signal } = new AbortController();
      const run$ = runOf(shell('echo a; echo b'), signal);
      let within: unknown;
      const lines = await linesOf(
        run$.pipe(tap(() => (within = [listeners() - before, getEventListeners(signal, 'abort').length]))),
      );
      expect(lines).toEqual(['a', 'b']);
      expect(within).toEqual([1, 1]);
      expect([listeners() - before, getEventListeners(signal, 'abort').length]).toEqual([0, 0]);
    });
  });

  describe('fails with a ProcessStartError', () => {
    const inFolder = (name: string) => join(folder, name);

    beforeAll(() => {
      writeFileSync(inFolder('plain'), '');
      writeFileSync(inFolder('orphaned'), '#!/nowhere/sh\n');
      chmodSync(inFolder('orphaned'), 0o755);
    });

    it.each<{ title: string; command: string; cwd?: string; code: string; why: string }>([
      {
        title: 'no program in PATH',
        command: 'no-such-program',
        code: 'ENOENT',
        why: 'there is no such program in PATH',
      },
      { title: 'no such file', command: './nothing', cwd: '.', code: 'ENOENT', why: 'there is no such file' },
      {
        title: 'no permission',
        command: './plain',
        cwd: '.',
        code: 'EACCES',
        why: 'it is not executable, or may not be executed',
      },
      { title: 'a directory', command: '/', code: 'EACCES', why: 'it is not executable, or may not be executed' },
      {
        title: 'no interpreter',
        command: './orphaned',
        cwd: '.',
        code: 'ENOENT',
        why: 'what its first line says that it is run by is not there',
      },
      {
        title: 'no directory',
        command: 'sh',
        cwd: 'none',
        code: 'ENOENT',
        why: `its working directory '{}/none' is not there`,
      },
      {
        title: 'no directory',
        command: 'sh',
        cwd: 'plain',
        code: 'ENOTDIR',
        why: `its working directory '{}/plain' is a file`,
      },
    ])('that says what is wrong: $title ($command, $cwd)', async ({ command, cwd, code, why }) => {
      const listeners = process.listenerCount('exit');
      const options = cwd === undefined ? {} : { cwd: inFolder(cwd) };
      const { events, error } = await live(processService('it', command, [], options));
      expect(error).toBeInstanceOf(ProcessStartError);
      expect(error).toMatchObject({
        name: 'ProcessStartError',
        message: `Cannot start '${command}': ${why.replace('{}', folder)} (${code})`,
        command,
        code,
        cause: { code },
      });
      expect(statuses(events)).toBe('running, failed');
      expect(process.listenerCount('exit')).toBe(listeners);
    });

    it('that says what the system says where nothing more is known', async () => {
      const { error } = await live(processService('it', 'echo', ['a'.repeat(2 ** 23)]));
      expect(error).toMatchObject({ message: `Cannot start 'echo': spawn E2BIG (E2BIG)`, code: 'E2BIG' });
    });

    it('of a directory that is given as a URL', async () => {
      const { error } = await live(processService('it', 'sh', [], { cwd: new URL('file:///no%20where') }));
      expect(error).toMatchObject({ message: expect.stringContaining(`'/no where' is not there`) as string });
    });
  });

  describe('is stopped', () => {
    it('by SIGTERM', async () => {
      const { events } = await live(shell('echo up; exec sleep 1000'), stopAt());
      expect(statuses(events)).toBe('running, stopping, stopped');
    });

    it.each([0, 143])('by its own exit with %d', async (code) => {
      const { events, stdout } = await live(
        shell(`trap 'echo bye; exit ${code}' TERM; echo up; while :; do sleep 0.01; done`),
        stopAt('up'),
      );
      expect(statuses(events)).toBe('running, stopping, stopped');
      expect(stdout).toEqual(['up', 'bye']);
    });

    it.each([
      { how: 'exit 5', end: { code: 5, signalName: null } },
      { how: 'kill -s KILL $$', end: { code: null, signalName: 'SIGKILL' } },
    ])('but has failed where it ends with $how', async ({ how, end }) => {
      const { events, error } = await live(
        shell(`trap '${how}' TERM; echo up; while :; do sleep 0.01; done`),
        stopAt('up'),
      );
      expect(statuses(events)).toBe('running, stopping, failed');
      expect(error).toMatchObject({ name: 'ProcessExitError', ...end });
    });

    it('with its group, whose last words are heard', async () => {
      const farewell = `trap 'echo bye; exit' TERM; echo up; while :; do sleep 0.01; done`;
      const { events, stdout } = await live(shell('sh -c "$1" & wait', [farewell]), stopAt('up'));
      expect(stdout).toEqual(['up', 'bye']);
      expect(statuses(events)).toBe('running, stopping, stopped');
    });

    it('with its group, of which is killed what has closed its output and lives on', async () => {
      const { events, stdout } = await live(
        shell(`sh -c "trap '' TERM; echo \\$\\$; exec sleep 1000 >/dev/null 2>&1" & wait`),
        stopAt(),
      );
      expect(statuses(events)).toBe('running, stopping, stopped');
      await gone(Number(stdout[0]));
    });

    it('also where one that left its group holds the output open', async () => {
      const { events, stdout } = await live(daemon(''), stopAt());
      process.kill(Number(stdout[0]), 'SIGKILL');
      expect(statuses(events)).toBe('running, stopping, stopped');
    });

    it('by SIGKILL after its grace', async () => {
      const { events, error, stdout } = await live(shell(STUBBORN, [], { shutdown: 50 }), stopAt());
      expect(statuses(events)).toBe('running, stopping, failed');
      expect(error).toBeInstanceOf(ShutdownTimeoutError);
      await gone(pidOf(stdout[0]));
    });

    it('by SIGKILL at once where it has no grace', async () => {
      const { events, stdout } = await live(shell(STUBBORN, [], { shutdown: 0 }), stopAt());
      expect(statuses(events)).toBe('running, stopped');
      await gone(pidOf(stdout[0]));
    });

    it('before it has started', async () => {
      const lines$ = runOf(shell('echo up'), AbortSignal.abort());
      expect(await linesOf(lines$)).toEqual([]);
    });

    it('within the start', async () => {
      const service = shell('exec sleep 1000');
      const supervisor = new Supervisor([service]);
      const run = supervisor.run();
      await supervisor.shutdown();
      await run;
      expect(supervisor.statuses().get('sh')).toMatchObject({ status: 'stopped', final: true });
    });
  });

  describe('is cut', () => {
    it('by unsubscribing: it is killed, and nothing more is given', async () => {
      const { signal } = new AbortController();
      const given: string[] = [];
      const chatty$ = runOf(shell('echo $$; while :; do echo more; done'), signal);
      const pid = await new Promise<number>((resolve) => {
        const subscription = chatty$.subscribe(({ line }) => {
          given.push(line);
          if (given.length < 1000) return;
          subscription.unsubscribe();
          resolve(Number(given[0]));
        });
      });
      await gone(pid);
      expect(given).toHaveLength(1000);
      expect(getEventListeners(signal, 'abort')).toHaveLength(0);
    });

    it('and the next run waits until it is gone: two never overlap', async () => {
      const { signal } = new AbortController();
      const folder = mkdtempSync(join(tmpdir(), 'rxjs-supervisor-'));
      // says what has become of the one before, and leaves its own number to the next
      const program =
        'if kill -0 "$(cat pid)" 2>&-; then echo there; else echo gone; fi; echo $$ >pid; echo up; exec sleep 100';
      const run$ = runOf(processService('it', 'sh', ['-c', program], { cwd: folder }), signal);
      await new Promise<void>((resolve) => {
        const first = run$.subscribe(({ line }) => {
          if (line !== 'up') return;
          first.unsubscribe();
          resolve();
        });
      });
      const said = new Promise((resolve) => {
        const second = run$.subscribe(({ line }) => {
          resolve(line);
          second.unsubscribe();
        });
      });
      // holds this process, which so cannot clear away the first: a second that does not wait finds it there
      execFileSync('sleep', ['0.3']);
      expect(await said).toBe('gone');
      rmSync(folder, { recursive: true });
    });

    it('and the next run does not wait for a daemon that has left the group', async () => {
      // at SIGTERM the leader ends, and another in its group does not
      const other = `require('node:child_process').spawn('sh', ['-c', ${JSON.stringify(STUBBORN)}], { stdio })`;
      const it = daemon(other);
      const supervisor = new Supervisor([it], { shutdown: 200 });
      const lines: string[] = [];
      const twice = new Promise<void>((resolve) => {
        supervisor.valuesOf(it).subscribe(({ line }) => {
          if (lines.push(line) === 2) void supervisor.restart('daemon');
          if (lines.length === 4) resolve();
        });
      });
      const end = supervisor.run();
      await twice;
      const stopped = supervisor.shutdown();
      await expect(end).rejects.toThrow(ShutdownTimeoutError);
      await stopped;
      const [first, , second] = lines.map(Number);
      for (const pid of [first, second]) process.kill(pid ?? NaN, 'SIGKILL');
    });

    it('where it had been asked to stop', async () => {
      const controller = new AbortController();
      const run$ = runOf(shell(STUBBORN), controller.signal);
      const pid = await new Promise<number>((resolve) => {
        const subscription = run$.subscribe(({ line }) => {
          controller.abort();
          subscription.unsubscribe();
          resolve(pidOf(line));
        });
      });
      await gone(pid);
    });
  });

  it('is run anew at each restart', async () => {
    const service = shell('echo $$; exit 1', [], {
      restart: { when: 'on-failure', delay: 1, limit: { restarts: 2, within: 60_000 }, exhausted: 'give-up' },
    });
    const { stdout, events } = await live(service);
    expect(new Set(stdout).size).toBe(3);
    expect(statuses(events)).toBe('running, failed, running, failed, running, failed');
  });

  it('passes the options of a service on', () => {
    expect(processService('p', 'sh', [], { shutdown: 7, restart: 'never' })).toMatchObject({
      name: 'p',
      options: { shutdown: 7, restart: 'never' },
    });
  });

  it.each<{ given: unknown[]; error: typeof TypeError; message: string }>([
    { given: ['', 'sh'], error: TypeError, message: '`name`' },
    { given: ['p'], error: TypeError, message: '`command` to be a string without NUL characters, got `undefined`' },
    { given: ['p', ''], error: TypeError, message: '`command` to be a string that is not empty, got `""`' },
    { given: ['p', 'a\0b'], error: TypeError, message: '`command` to be a string without NUL characters' },
    { given: ['p', 'sh', 'a'], error: TypeError, message: '`args` to be an array of strings, got `"a"`' },
    { given: ['p', 'sh', {}], error: TypeError, message: '`args` to be an array of strings' },
    {
      given: ['p', 'sh', ['a', 2]],
      error: TypeError,
      message: '`args[1]` to be a string without NUL characters, got `2`',
    },
    { given: ['p', 'sh', ['a\0']], error: TypeError, message: '`args[0]` to be a string without NUL characters' },
    { given: ['p', 'sh', [], null], error: TypeError, message: '`options` to be an object, got `null`' },
    {
      given: ['p', 'sh', [], { cwd: '' }],
      error: TypeError,
      message: '`cwd` to be a path that is not empty, or a file: URL',
    },
    { given: ['p', 'sh', [], { cwd: 2 }], error: TypeError, message: '`cwd` to be' },
    { given: ['p', 'sh', [], { cwd: 'a\0' }], error: TypeError, message: '`cwd` to be' },
    { given: ['p', 'sh', [], { cwd: new URL('http://a.test') }], error: TypeError, message: '`cwd` to be' },
    { given: ['p', 'sh', [], { cwd: new URL('file:///a%00b') }], error: TypeError, message: '`cwd` to be' },
    { given: ['p', 'sh', [], { cwd: new URL('file:///a%2fb') }], error: TypeError, message: '`cwd` to be' },
    { given: ['p', 'sh', [], { env: 'A=1' }], error: TypeError, message: '`env` to be an object, got `"A=1"`' },
    {
      given: ['p', 'sh', [], { maxLineLength: 0 }],
      error: RangeError,
      message: '`maxLineLength` to be a whole number from 1',
    },
    { given: ['p', 'sh', [], { maxLineLength: Infinity }], error: RangeError, message: '`maxLineLength` to be' },
    { given: ['p', 'sh', [], { maxLineLength: '9' }], error: TypeError, message: '`maxLineLength` to be' },
    {
      given: ['p', 'sh', [], { stderrLines: -1 }],
      error: RangeError,
      message: '`stderrLines` to be a whole number from 0',
    },
    { given: ['p', 'sh', [], { stderrLines: 1.5 }], error: RangeError, message: '`stderrLines` to be' },
    { given: ['p', 'sh', [], { shutdown: -1 }], error: RangeError, message: '`shutdown` to be' },
  ])('refuses at the call: $message', ({ given, error, message }) => {
    const act = () => processService(...(given as Parameters<typeof processService>));
    expect(act).toThrow(error);
    expect(act).toThrow(message);
  });
});

function pidOf(line: string | undefined): number {
  return Number(line?.split(' ')[1]);
}
