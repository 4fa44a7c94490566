import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const file = (name) => fileURLToPath(new URL(`sides/${name}`, import.meta.url));
const ARGUMENTS = ['10000', '20000'];

/** Supervision outside of Node, where the means for it are installed. */
export async function elsewhere() {
  return [
    await figures('otp', ['erl', '-version'], ['escript', file('otp.escript')]),
    await figures('goroutines', ['go', 'version'], ['go', 'run', file('goroutines.go')]),
  ];
}

async function figures(side, probe, [command, ...args]) {
  try {
    await run(probe[0], probe.slice(1));
  } catch {
    return { side: `${side}: ${probe[0]} is not installed` };
  }
  const { stdout } = await run(command, [...args, ...ARGUMENTS]);
  const [start, heap, restart] = stdout.trim().split(' ').map(Number);
  return { side, 'start, ns': start, 'heap, bytes': heap, 'CPU of a restart, ns': restart };
}
