import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { ProcessStartError } from './process-errors.js';
import type { StartOptions } from './process-group.js';

/** Says what is wrong, which the system's code alone does not: ENOENT may be the program or the directory it is to run in. */
export function startError({ command, cwd }: StartOptions, error: unknown): ProcessStartError {
  const { code = 'UNKNOWN', message } = error as NodeJS.ErrnoException;
  return new ProcessStartError(command, code, why(command, cwd, code) ?? message, { cause: error });
}

function why(command: string, cwd: string | undefined, code: string): string | undefined {
  if (cwd !== undefined && kindOf(cwd) === 'missing') return `its working directory '${cwd}' is not there`;
  if (cwd !== undefined && kindOf(cwd) === 'file') return `its working directory '${cwd}' is a file`;
  if (code === 'EACCES') return 'it is not executable, or may not be executed';
  if (code !== 'ENOENT') return undefined;
  if (!/[/\\]/.test(command)) return 'there is no such program in PATH';
  if (kindOf(resolve(cwd ?? '', command)) === 'missing') return 'there is no such file';
  return 'what its first line says that it is run by is not there';
}

function kindOf(path: string): 'missing' | 'folder' | 'file' | 'unknown' {
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found === undefined) return 'missing';
    return found.isDirectory() ? 'folder' : 'file';
  } catch {
    // it may not be looked at
    return 'unknown';
  }
}
