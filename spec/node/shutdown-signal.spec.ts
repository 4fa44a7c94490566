import { shutdownSignal } from '../../lib/node/shutdown-signal.js';
import { programs } from './fixtures/programs.js';

jest.setTimeout(30_000);

describe('shutdownSignal', () => {
  const { start } = programs('graceful', 'disposed', 'unused');
  const RUNNING = /c running/;

  it.each(['SIGINT', 'SIGTERM'] as const)(
    'stops the services in reverse order at the first %s, and the process exits with 0',
    async (name) => {
      const program = start('graceful');
      await program.seen(RUNNING);
      program.kill(name);
      expect(await program.ended).toEqual({
        code: 0,
        signalName: null,
        stdout: [
          ...['a running', 'b running', 'c running', `AbortError Received ${name}`],
          ...['c stopped', 'b stopped', 'a stopped', 'exit 0', ''],
        ].join('\n'),
        stderr: '',
      });
    },
  );

  it.each([
    { first: 'SIGINT', second: 'SIGINT', code: 130 },
    { first: 'SIGINT', second: 'SIGTERM', code: 143 },
    { first: 'SIGTERM', second: 'SIGINT', code: 130 },
    { first: 'SIGTERM', second: 'SIGTERM', code: 143 },
  ] as const)('exits with $code at $second after $first', async ({ first, second, code }) => {
    const program = start('graceful', 'b');
    await program.seen(RUNNING);
    program.kill(first);
    await program.seen(/b does not end/);
    program.kill(second);
    expect(await program.ended).toEqual({
      code,
      signalName: null,
      stdout: [
        ...['a running', 'b running', 'c running', `AbortError Received ${first}`],
        ...['c stopped', 'b does not end', 'b stopping', `exit ${code}`, ''],
      ].join('\n'),
      stderr: '',
    });
  });

  it('does not keep the process alive', async () => {
    expect(await start('unused').ended).toEqual({ code: 0, signalName: null, stdout: '', stderr: '' });
  });

  it('leaves the signals to what they did before when it is disposed of', async () => {
    const program = start('disposed');
    await program.seen(/disposed/);
    program.kill('SIGTERM');
    expect(await program.ended).toMatchObject({ code: null, signalName: 'SIGTERM', stdout: 'disposed\n' });
  });

  describe('listens', () => {
    const NAMES = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR2'] as const;
    const listeners = () => NAMES.map((name) => process.listenerCount(name));
    const NONE = [0, 0, 0, 0];

    it('to SIGINT and SIGTERM until it is disposed of', () => {
      expect(listeners()).toEqual(NONE);
      const signal = shutdownSignal();
      expect(listeners()).toEqual([1, 1, 0, 0]);
      signal[Symbol.dispose]();
      signal[Symbol.dispose]();
      expect(listeners()).toEqual(NONE);
      expect(signal.aborted).toBe(false);
    });

    it('until it is disposed of also after a signal', () => {
      const signal = shutdownSignal();
      process.emit('SIGTERM', 'SIGTERM');
      expect(signal.aborted).toBe(true);
      expect(listeners()).toEqual([1, 1, 0, 0]);
      signal[Symbol.dispose]();
      expect(listeners()).toEqual(NONE);
    });

    it('to those that it is given, to each once', () => {
      using signal = shutdownSignal(new Set(['SIGUSR2'] as const));
      using other = shutdownSignal(['SIGHUP', 'SIGUSR2', 'SIGHUP']);
      expect(listeners()).toEqual([0, 0, 1, 2]);
      process.emit('SIGHUP', 'SIGHUP');
      expect([signal.aborted, other.aborted]).toEqual([false, true]);
      expect(other.reason).toMatchObject({ name: 'AbortError', message: 'Received SIGHUP' });
    });

    it.each([
      { signals: [], error: RangeError, message: 'a list of at least one signal, got `[0 entries]`' },
      { signals: 'SIGINT', error: TypeError, message: 'a list of names of signals, got `"SIGINT"`' },
      { signals: null, error: TypeError, message: 'a list of names of signals, got `null`' },
      { signals: { SIGINT: true }, error: TypeError, message: 'a list of names of signals, got `[object Object]`' },
      { signals: ['SIGINT', 'SIGKILL'], error: TypeError, message: 'that can be listened to, got `"SIGKILL"`' },
      { signals: ['SIGINT', 'SIGSTOP'], error: TypeError, message: 'that can be listened to, got `"SIGSTOP"`' },
      { signals: ['SIGINT', 'SIGNAL'], error: TypeError, message: 'that can be listened to, got `"SIGNAL"`' },
      { signals: ['SIGINT', 'toString'], error: TypeError, message: 'that can be listened to, got `"toString"`' },
      { signals: ['SIGINT', 2], error: TypeError, message: 'that can be listened to, got `2`' },
    ])('to nothing where it refuses $signals', ({ signals, error, message }) => {
      const act = () => shutdownSignal(signals as unknown as NodeJS.Signals[]);
      expect(act).toThrow(error);
      expect(act).toThrow(message);
      expect(listeners()).toEqual(NONE);
    });
  });
});
