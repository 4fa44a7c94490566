import { randomUUID } from 'node:crypto';
import { gone, isGone, processes, type Program, programs, until } from './fixtures/programs.js';

jest.setTimeout(30_000);

const UP = /leader (\d+)[^]*stubborn (\d+)|stubborn (\d+)[^]*leader (\d+)/;

/** The numbers of the two. */
async function familyOf(program: Program): Promise<number[]> {
  return (await program.seen(UP)).filter(Boolean).map(Number);
}

function guardiansOf({ pid }: Program) {
  return processes().filter(({ parent, command }) => parent === pid && command.includes('rxjs-supervisor-guardian'));
}

describe('the processes of processService', () => {
  const { start } = programs('parent', 'two-families', 'short', 'daemon');

  it('are up before the parent goes away', async () => {
    const program = start('parent', 'stay');
    const pids = await familyOf(program);
    expect(pids.map(isGone)).toEqual([false, false]);
    expect(guardiansOf(program)).toHaveLength(1);
    program.kill('SIGKILL');
    await gone(...pids);
  });

  it.each([
    { title: 'calls process.exit', way: 'exit', end: { code: 3 } },
    { title: 'throws what nobody catches', way: 'throw', end: { code: 1 } },
    { title: 'rejects what nobody handles', way: 'reject', end: { code: 1 } },
    { title: 'crashes', way: 'abort', end: { code: null, signalName: 'SIGABRT' } },
  ])('are gone when the parent $title', async ({ way, end }) => {
    const program = start('parent', way);
    const pids = await familyOf(program);
    expect(await program.ended).toMatchObject(end);
    await gone(...pids);
  });

  it.each(['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP', 'SIGSEGV'] as const)(
    'are gone when the parent is ended by %s',
    async (signalName) => {
      const program = start('parent', 'stay');
      const pids = await familyOf(program);
      program.kill(signalName);
      expect(await program.ended).toMatchObject({ code: null, signalName });
      await gone(...pids);
    },
  );

  it('are gone when the parent is killed in the very turn in which they are started', async () => {
    const mark = randomUUID();
    const program = start('parent', 'at-once', mark);
    expect(await program.ended).toMatchObject({ signalName: 'SIGKILL', stdout: 'running\n' });
    await until(() => !processes().some(({ command }) => command.includes(mark)));
  });

  it('are gone when the supervisor is unsubscribed from, and nobody watches any more', async () => {
    const program = start('parent', 'unsubscribe');
    const pids = await familyOf(program);
    await program.seen(/unsubscribed 0/);
    await gone(...pids);
    await until(() => guardiansOf(program).length === 0);
    expect(isGone(program.pid)).toBe(false);
  });

  it('are gone after a stop and its grace, and nobody watches any more', async () => {
    const program = start('parent', 'stop');
    const pids = await familyOf(program);
    await program.seen(/stopping[^]*failed[^]*ShutdownTimeoutError/);
    await gone(...pids);
    await until(() => guardiansOf(program).length === 0);
    expect(isGone(program.pid)).toBe(false);
  });

  it('are stopped by the supervisor at Ctrl-C, which does not reach them, and are gone at the second', async () => {
    const program = start('parent', 'signals');
    const pids = await familyOf(program);
    program.pressCtrlC();
    await program.seen(/stopping/);
    expect(isGone(pids[1] ?? 0)).toBe(false);
    program.pressCtrlC();
    expect(await program.ended).toMatchObject({ code: 130, stderr: '' });
    await gone(...pids);
  });

  it('leave no timer behind when they have ended, and do not keep the parent alive, nor does their guardian', async () => {
    const program = start('short');
    expect(await program.ended).toMatchObject({ code: 0, stdout: 'up\nup\nup\ntimers: 0\n', stderr: '' });
    await until(() => guardiansOf(program).length === 0);
  });

  it('do not keep the parent alive where one has left its group and lives on', async () => {
    const { code, stdout } = await start('daemon').ended;
    const [pid] = stdout.split('\n').map(Number);
    expect(code).toBe(0);
    expect(isGone(pid ?? 0)).toBe(false);
    process.kill(pid ?? 0, 'SIGKILL');
  });

  describe('have a guardian', () => {
    it('that is one for all', async () => {
      const program = start('two-families');
      const [first] = await program.seen(/first stubborn (\d+)/);
      program.kill('SIGUSR2');
      const [second] = await program.seen(/second stubborn (\d+)/);
      expect(guardiansOf(program)).toHaveLength(1);
      program.kill('SIGKILL');
      await gone(Number(first), Number(second));
    });

    it.each(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const)('that is not ended by %s', async (name) => {
      const program = start('parent', 'stay');
      const pids = await familyOf(program);
      const [guardian] = guardiansOf(program);
      expect(guardian?.group).toBe(guardian?.pid);
      process.kill(guardian?.pid ?? 0, name);
      program.kill('SIGKILL');
      await gone(...pids, guardian?.pid ?? 0);
    });

    it('that is not needed where the parent exits', async () => {
      const program = start('parent', 'exit-later');
      const pids = await familyOf(program);
      process.kill(guardiansOf(program)[0]?.pid ?? 0, 'SIGKILL');
      await until(() => guardiansOf(program).length === 0);
      program.kill('SIGUSR2');
      expect((await program.ended).code).toBe(3);
      await gone(...pids);
    });

    it('that is replaced when another process is started, and then guards those before, too', async () => {
      const program = start('two-families');
      const [first] = await program.seen(/first stubborn (\d+)/);
      const [killed] = guardiansOf(program);
      process.kill(killed?.pid ?? 0, 'SIGKILL');
      await until(() => guardiansOf(program).length === 0);
      program.kill('SIGUSR2');
      const [second] = await program.seen(/second stubborn (\d+)/);
      expect(guardiansOf(program)).toHaveLength(1);
      program.kill('SIGKILL');
      await gone(Number(first), Number(second));
    });
  });
});
