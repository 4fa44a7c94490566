import { SupervisorError } from '../../lib/errors.js';
import { ProcessExitError, ProcessStartError } from '../../lib/node/process-errors.js';

describe('ProcessExitError', () => {
  it('is a SupervisorError with its name in its stack', () => {
    const error = new ProcessExitError('node', 1, null, []);
    expect(error).toBeInstanceOf(SupervisorError);
    expect(error.name).toBe('ProcessExitError');
    expect(error.stack).toMatch(/^ProcessExitError: 'node' exited with code 1\n/);
    expect(Object.keys(error).sort()).toEqual(['code', 'command', 'signalName', 'stderr']);
  });

  it('says which signal it was', () => {
    expect(new ProcessExitError('node', null, 'SIGSEGV', ['bad']).message).toBe(`'node' was ended by SIGSEGV: bad`);
  });

  it.each<{ title: string; stderr: string[]; said: string }>([
    { title: 'its last line', stderr: ['first', 'last'], said: 'last' },
    { title: 'one letter', stderr: ['first', 'x'], said: 'x' },
    { title: 'letters of any script', stderr: ['first', 'ошибка'], said: 'ошибка' },
    {
      title: 'the error above its stack, as Node prints it',
      stderr: ['/app.js:1', 'throw new Error("no")', '^', '', 'Error: no', '    at app.js:1:1', '', 'Node.js v24.1.0'],
      said: 'Error: no',
    },
    {
      title: 'the error above its properties, as Node prints it',
      stderr: ['Error: listen EADDRINUSE', '    at app.js:1:1 {', `  code: 'EADDRINUSE'`, '}', '', 'Node.js v20.20.2'],
      said: 'Error: listen EADDRINUSE',
    },
    {
      title: 'the error below its stack, as Python prints it',
      stderr: ['Traceback (most recent call last):', '  File "app.py", line 1', 'ValueError: no'],
      said: 'ValueError: no',
    },
    { title: 'an indented line where there is no other', stderr: ['  first', '  second', ''], said: '  second' },
    { title: '500 characters', stderr: ['a'.repeat(501)], said: `${'a'.repeat(500)}...` },
  ])('says $title', ({ stderr, said }) => {
    expect(new ProcessExitError('p', 2, null, stderr).message).toBe(`'p' exited with code 2: ${said}`);
  });

  it.each([[[]], [['', '  ']]])('says nothing of stderr where there is nothing to say: %j', (stderr) => {
    expect(new ProcessExitError('p', 2, null, stderr).message).toBe(`'p' exited with code 2`);
  });
});

describe('ProcessStartError', () => {
  it('is a SupervisorError with its name in its stack, and a cause', () => {
    const cause = new Error('spawn nope ENOENT');
    const error = new ProcessStartError('nope', 'ENOENT', 'there is no such program in PATH', { cause });
    expect(error).toBeInstanceOf(SupervisorError);
    expect(error).toMatchObject({ name: 'ProcessStartError', command: 'nope', code: 'ENOENT', cause });
    expect(error.stack).toMatch(
      /^ProcessStartError: Cannot start 'nope': there is no such program in PATH \(ENOENT\)\n/,
    );
  });
});
