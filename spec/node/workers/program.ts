import { buildSync } from 'esbuild';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import workerThreads, { Worker } from 'node:worker_threads';

const LIB = join(__dirname, '..', '..', '..', 'lib');
const folder = mkdtempSync(join(tmpdir(), 'rxjs-supervisor-workers-'));
let programs = 0;

afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Makes files of lib/ such as programs can import: `./on-stop.mjs`. */
export function provide(...files: string[]): void {
  buildSync({
    entryPoints: files.map((file) => join(LIB, file)),
    outdir: folder,
    entryNames: '[name]',
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
  });
}

/** A program of this code, in a file; `parentPort` and `workerData` are at hand. */
export function program(code: string): URL {
  const file = join(folder, `${++programs}.mjs`);
  writeFileSync(file, `import { parentPort, workerData } from 'node:worker_threads';\n${code}`);
  return pathToFileURL(file);
}

/** Programs need it to wait for the spec, which calls `go()`: `Atomics.wait(workerData, 0, 0)`. */
export function gate() {
  const cells = new Int32Array(new SharedArrayBuffer(4));
  const go = () => {
    Atomics.store(cells, 0, 1);
    Atomics.notify(cells, 0);
  };
  return { cells, go };
}

interface Recording {
  readonly threads: Worker[];
  /** What each was made with. */
  readonly given: ConstructorParameters<typeof Worker>[];
}

/** The threads that are made while a test runs. Those that it leaves are terminated after it. */
export function recordThreads(): Recording {
  const original = workerThreads.Worker;
  const recording: Recording = { threads: [], given: [] };

  class RecordedWorker extends Worker {
    constructor(...given: ConstructorParameters<typeof Worker>) {
      super(...given);
      recording.threads.push(this);
      recording.given.push(given);
    }
  }

  beforeAll(() => {
    Object.assign(workerThreads, { Worker: RecordedWorker });
  });
  afterEach(async () => {
    await Promise.all(recording.threads.map((each) => each.terminate()));
    recording.threads.length = recording.given.length = 0;
  });
  afterAll(() => {
    Object.assign(workerThreads, { Worker: original });
  });
  return recording;
}
