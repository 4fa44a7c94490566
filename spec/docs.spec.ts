/**
 * The documentation is run: each block of code of README.md, and each `@example` in lib/.
 *
 * - A block is a fence that says `ts`. It is checked by the compiler and then executed. None is skipped: other fences are
 *   for diagrams (no language), shells (`sh`) and what others are told (`yaml`, `ini`); any other word after a fence is an error, and so is an `@example` without
 *   a `ts` fence.
 * - Each block stands alone. A block of README.md has its own imports, and can be pasted into a file. An `@example` may leave
 *   them out: what it uses of the modules `AT_HAND` is imported for it, and there is a `testScheduler` that is ready.
 * - A comment behind `console.log(...)` is what that call prints; where it prints several times, separated by `, `. What the
 *   other calls print is said by comment lines at the end of the block, after `// Output:`. All that is printed must be said,
 *   and all that is said must be printed.
 * - `console.assert` throws where it does not hold. Tests that a block gives to `it` are run after it.
 * - Time is virtual, from 0 on; so are `AbortSignal.timeout` and `node:timers/promises`. A block has to come to its end; what
 *   it has left running gets one more minute. After 10 seconds somebody presses Ctrl-C: `process` emits SIGINT. `webSocket`
 *   gives connections that say 'hello' and are lost after a second.
 * - What names `rxjs-supervisor/node` is run with real processes, threads and servers, and so in real time. Ctrl-C is pressed when all
 *   has been printed that is said.
 * - React and Angular are not installed. What the blocks need of them is declared in `DECLARATIONS`, and stand-ins do what the
 *   real ones would: a `Root` renders one component, and `toSignal` follows an Observable.
 */
import { EventEmitter } from 'node:events';
import * as events from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import * as http from 'node:http';
import { join } from 'node:path';
import { format } from 'node:util';
import * as rxjs from 'rxjs';
import * as rxjsTesting from 'rxjs/testing';
import ts from 'typescript';
import * as core from '../lib/index.js';
import * as node from '../lib/node.js';
import * as testing from '../lib/testing.js';

const ROOT = join(__dirname, '..');

// --- what stands in for React and Angular

const DECLARATIONS = `
declare module 'react' {
  export type ReactNode = ReactElement | string | number | boolean | null | undefined;
  export interface ReactElement {
    readonly type: string | (() => ReactNode);
    readonly children: readonly ReactNode[];
  }
  export function createElement(type: ReactElement['type'], props?: object | null, ...children: ReactNode[]): ReactElement;
  export function useSyncExternalStore<Snapshot>(
    subscribe: (onStoreChange: () => void) => () => void,
    getSnapshot: () => Snapshot,
    getServerSnapshot?: () => Snapshot,
  ): Snapshot;
}
declare module 'react-dom/client' {
  export function createRoot(container: Element): { render(element: import('react').ReactNode): void };
}
declare module '@angular/core/rxjs-interop' {
  export function toSignal<T>(
    source: import('rxjs').Observable<T>,
    options: { readonly requireSync: true; readonly manualCleanup?: boolean },
  ): () => T;
  export function toSignal<T>(
    source: import('rxjs').Observable<T>,
    options?: { readonly requireSync?: false; readonly manualCleanup?: boolean },
  ): () => T | undefined;
}
`;

type Subscribe = (changed: () => void) => () => void;
interface FakeElement {
  readonly type: () => unknown;
}

/** Renders one component on a later turn: first, and when its store has another snapshot than the one it has shown. */
class Root {
  static #rendering: Root | undefined = undefined;
  #element: FakeElement | undefined = undefined;
  #isDue = false;
  #subscribe: Subscribe | undefined = undefined;
  #hasChanged = () => false;

  render(element: FakeElement): void {
    this.#element = element;
    this.#schedule();
  }

  static useSyncExternalStore(this: void, subscribe: Subscribe, getSnapshot: () => unknown): unknown {
    const root = Root.#rendering;
    if (root === undefined) throw new Error('Invalid hook call');
    const shown = getSnapshot();
    // React would render for ever
    if (!Object.is(getSnapshot(), shown)) throw new Error('The result of getSnapshot should be cached');
    // React would subscribe anew at each render
    if (root.#subscribe !== undefined && root.#subscribe !== subscribe) throw new Error('subscribe should not change');
    root.#hasChanged = () => !Object.is(getSnapshot(), shown);
    queueMicrotask(() => {
      root.#listen(subscribe);
    });
    return shown;
  }

  #listen(subscribe: Subscribe): void {
    if (this.#subscribe === undefined) {
      this.#subscribe = subscribe;
      subscribe(() => {
        this.#schedule();
      });
    }
    this.#schedule();
  }

  #schedule(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    setTimeout(() => {
      this.#isDue = false;
      if (this.#subscribe === undefined || this.#hasChanged()) this.#render();
    });
  }

  #render(): void {
    Root.#rendering = this;
    this.#element?.type();
    Root.#rendering = undefined;
  }
}

interface SignalOptions {
  readonly requireSync?: boolean;
  readonly manualCleanup?: boolean;
}

function toSignal(source$: rxjs.Observable<unknown>, { requireSync, manualCleanup }: SignalOptions = {}) {
  if (manualCleanup !== true) throw new Error('toSignal() can only be used within an injection context');
  let value: { readonly current: unknown } | undefined;
  source$.subscribe((current) => (value = { current }));
  if (requireSync === true && value === undefined) throw new Error('The Observable did not emit synchronously');
  return () => value?.current;
}

const NODE = 'rxjs-supervisor/node';

/** What a block may import, as it is at run time. */
const MODULES: Readonly<Record<string, object>> = {
  'rxjs-supervisor': core,
  'rxjs-supervisor/testing': testing,
  // in the main thread, where the blocks run, nobody asks it
  [NODE]: { ...node, onStop: () => () => undefined },
  rxjs,
  'rxjs/testing': rxjsTesting,
  'rxjs/webSocket': {
    webSocket: () =>
      rxjs.concat(
        rxjs.of('hello'),
        rxjs.timer(1_000).pipe(rxjs.mergeMap(() => rxjs.throwError(() => new Error('connection lost')))),
      ),
  },
  'node:events': events,
  react: {
    createElement: (type: unknown, _props?: unknown, ...children: unknown[]) => ({ type, children }),
    useSyncExternalStore: Root.useSyncExternalStore,
  },
  'react-dom/client': { createRoot: () => new Root() },
  '@angular/core/rxjs-interop': { toSignal },
  // a server that a block forgets does not keep the process alive
  'node:http': {
    createServer: (...given: Parameters<typeof http.createServer>) => http.createServer(...given).unref(),
  },
  'node:timers/promises': {
    setTimeout: (ms: number, value?: unknown, { signal }: { signal?: AbortSignal } = {}) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(resolve, ms, value);
        const abort = () => {
          clearTimeout(timer);
          reject(new DOMException('The operation was aborted', 'AbortError'));
        };
        if (signal?.aborted) abort();
        else signal?.addEventListener('abort', abort, { once: true });
      }),
  },
};

/** From where names are imported for an `@example`, the first that has it. */
const AT_HAND = ['rxjs-supervisor', 'rxjs-supervisor/testing', NODE, 'rxjs', 'rxjs/webSocket', 'node:events'];

interface Block {
  readonly file: string;
  /** Of its first line of code, from 1. */
  readonly line: number;
  readonly code: string;
  /** Without imports of its own. */
  readonly isExample: boolean;
}

// --- where the blocks are

function blocksOf(file: string): Block[] {
  const isExample = file.endsWith('.ts');
  const blocks: Block[] = [];
  let open: { language: string; line: number; code: string[] } | undefined;
  let example: number | undefined;
  readFileSync(join(ROOT, file), 'utf8')
    .split('\n')
    .forEach((source, index) => {
      const at = `${file}:${index + 1}`;
      if (isExample && !/^\s*\*/.test(source)) return;
      const line = isExample ? source.replace(/^\s*\* ?/, '') : source;
      const fence = /^\s*```(.*)$/.exec(line)?.[1];
      if (example === index - 1 && fence !== 'ts') throw new Error(`${at}: an @example is a block of \`ts\``);
      if (line.startsWith('@example')) example = index;
      if (fence === undefined) open?.code.push(line);
      else if (open === undefined) {
        if (!['', 'sh', 'yaml', 'ini', 'ts'].includes(fence)) throw new Error(`${at}: no fence may say \`${fence}\``);
        open = { language: fence, line: index + 2, code: [] };
      } else {
        if (open.language === 'ts') blocks.push({ file, line: open.line, code: open.code.join('\n'), isExample });
        open = undefined;
      }
    });
  if (open !== undefined) throw new Error(`${file}:${open.line - 1}: the fence is not closed`);
  return blocks;
}

const EXAMPLES = readdirSync(join(ROOT, 'lib'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .sort()
  .flatMap((file) => blocksOf(`lib/${file}`));
const README = blocksOf('README.md');

// --- what goes before them

/** One line, so that the lines of the block keep their numbers. */
function preludeOf({ code, isExample }: Block): string {
  if (!isExample) return '';
  const source = ts.createSourceFile('block.ts', code, ts.ScriptTarget.Latest);
  const used = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) used.add(node.text);
    ts.forEachChild(node, visit);
  };
  visit(source);
  for (const name of ownNames(source)) used.delete(name);
  const imports = AT_HAND.map((name) => {
    const names = Object.keys(MODULES[name] ?? {}).filter((each) => used.delete(each));
    return names.length === 0 ? '' : `import { ${names.join(', ')} } from '${name}'; `;
  });
  const nodeHttp = used.has('http') ? `import * as http from 'node:http'; ` : '';
  return `${imports.join('')}${nodeHttp}declare const testScheduler: import('rxjs/testing').TestScheduler; `;
}

/** What a block declares or imports itself, at its top level. */
function ownNames(source: ts.SourceFile): string[] {
  return source.statements.flatMap((statement) => {
    if (ts.isVariableStatement(statement)) {
      return statement.declarationList.declarations.map(({ name }) => name.getText(source));
    }
    if (ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)) return [statement.name?.text ?? ''];
    if (!ts.isImportDeclaration(statement)) return [];
    const { name, namedBindings } = statement.importClause ?? {};
    const named = namedBindings && ts.isNamedImports(namedBindings) ? namedBindings.elements : [];
    return [name?.text ?? '', ...named.map((each) => each.name.text)];
  });
}

// --- their types

function typeErrors(blocks: readonly Block[]): Map<Block, string[]> {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), (file) => ts.sys.readFile(file)) as {
    config: unknown;
  };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, ROOT);
  const files = new Map(blocks.map((block, index) => [join(ROOT, 'spec', `docs-block-${index}.ts`), block]));
  const declarations = join(ROOT, 'spec', 'docs-modules.d.ts');
  const textOf = (file: string) => {
    if (file === declarations) return DECLARATIONS;
    const block = files.get(file);
    return block && `${preludeOf(block)}${block.code}\nexport {};\n`;
  };
  const host = ts.createCompilerHost({ ...options });
  host.fileExists = (file) => file === declarations || files.has(file) || ts.sys.fileExists(file);
  host.readFile = (file) => textOf(file) ?? ts.sys.readFile(file);
  // what an example leaves unused is for its reader
  const lenient = { ...options, noUnusedLocals: false, noUnusedParameters: false };
  const program = ts.createProgram([declarations, ...files.keys()], lenient, host);
  return new Map(
    [...files].map(([file, block]) => {
      const source = program.getSourceFile(file);
      const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
      return [block, found.map((diagnostic) => shown(block, diagnostic))];
    }),
  );
}

function shown(block: Block, { file, start = 0, messageText }: ts.Diagnostic): string {
  const line = block.line + (file?.getLineAndCharacterOfPosition(start).line ?? 0);
  return `${block.file}:${line}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
}

// --- their run

/** What is printed, by the line that says so: the number of the line, or `output` for what is said at the end. */
type Printed = Record<string, string>;

const AT_END = 'output';
const PRINT = /\bconsole\.log\(/g;
const SAID = /\bconsole\.log\(.*\s\/\/ (.*)$/;

function announced({ code }: Block): Printed {
  const said: Printed = {};
  const lines = code.split('\n');
  lines.forEach((line, index) => {
    const comment = SAID.exec(line)?.[1];
    if (comment !== undefined) said[`line ${index}`] = comment;
  });
  const start = lines.findIndex((line) => line.trim() === '// Output:');
  if (start >= 0)
    said[AT_END] = lines
      .slice(start + 1)
      .map((line) => line.replace(/^\s*\/\/ ?/, ''))
      .join('\n');
  return said;
}

class Printer {
  readonly printed: Printed = {};

  constructor(
    private readonly said: Printed,
    private readonly allPrinted: () => void = () => undefined,
  ) {}

  /** Instead of `console.log`, which becomes `console.at(line)`. */
  at =
    (line: number) =>
    (...data: unknown[]) => {
      const key = `line ${line}` in this.said ? `line ${line}` : AT_END;
      const before = this.printed[key];
      const text = format(...data);
      this.printed[key] = before === undefined ? text : `${before}${key === AT_END ? '\n' : ', '}${text}`;
      if (Object.entries(this.said).every(([where, words]) => this.printed[where] === words)) this.allPrinted();
    };

  log = this.at(-1);

  assert = (holds: unknown, ...data: unknown[]) => {
    if (holds !== true) throw new Error(`Assertion failed: ${format(...data)}`);
  };
}

type Script = (...scope: unknown[]) => Promise<void>;
const AsyncFunction = inVirtualTime.constructor as new (...parametersAndBody: string[]) => Script;

async function execute(block: Block, console: Printer, process: EventEmitter): Promise<void> {
  const lines = block.code.split('\n').map((line, index) => line.replace(PRINT, `console.at(${index})(`));
  const { outputText } = ts.transpileModule(preludeOf(block) + lines.join('\n'), {
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 },
  });
  const tests: (() => unknown)[] = [];
  const scope = {
    exports: {},
    require: (name: string) => {
      const found = MODULES[name];
      if (found === undefined) throw new Error(`The blocks have no module '${name}'`);
      return found;
    },
    console,
    process,
    document: { body: {} },
    expect,
    it: (_title: string, test: () => unknown) => tests.push(test),
    testScheduler: new rxjsTesting.TestScheduler((actual, expected) => {
      expect(actual).toEqual(expected);
    }),
  };
  await new AsyncFunction(...Object.keys(scope), outputText)(...Object.values(scope));
  for (const test of tests) await test();
}

function isReal(block: Block): boolean {
  return preludeOf(block).includes(NODE) || block.code.includes(NODE);
}

/** What `shutdownSignal` listens to. */
function pressCtrlC(): void {
  process.emit('SIGINT', 'SIGINT');
  process.removeAllListeners('SIGINT');
}

/** An hour of virtual time at most, in which it has to come to its end; then one minute more for what it has left. */
async function inVirtualTime(work: () => Promise<void>): Promise<void> {
  jest.useFakeTimers({ now: 0, doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] });
  const timeout = jest.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => {
    const controller = new AbortController();
    setTimeout(() => {
      controller.abort(new DOMException('The operation timed out', 'TimeoutError'));
    }, ms);
    return controller.signal;
  });
  try {
    const running = new Set([work]);
    const end = work().finally(() => {
      running.clear();
    });
    end.catch(() => undefined); // it is looked at below
    for (let turn = 0; running.size > 0 && turn < 5_000 && Date.now() < 3_600_000; turn++) {
      await jest.advanceTimersToNextTimerAsync();
      await new Promise((resolve) => setImmediate(resolve));
    }
    if (running.size > 0) throw new Error('The block does not come to its end');
    await end;
    await jest.advanceTimersByTimeAsync(60_000);
  } finally {
    timeout.mockRestore();
    jest.clearAllTimers();
    jest.useRealTimers();
  }
}

jest.setTimeout(60_000);

describe.each([
  ['README.md', README],
  ['the examples in lib/', EXAMPLES],
])('%s', (_name, blocks) => {
  const cases = blocks.map((block) => [`${block.file}, line ${block.line}`, block] as const);
  let errors: ReturnType<typeof typeErrors>;
  beforeAll(() => {
    errors = typeErrors(blocks);
  });

  it.each(cases)('%s: has the right types', (_title, block) => {
    expect(errors.get(block)).toEqual([]);
  });

  // what did not come to its end would run on
  afterEach(() => {
    pressCtrlC();
    for (const signal of ['SIGINT', 'SIGTERM']) process.removeAllListeners(signal);
  });

  it.each(cases)('%s: runs to its end, and prints what it says', async (_title, block) => {
    const process = new EventEmitter();
    const printer = isReal(block) ? new Printer(announced(block), pressCtrlC) : new Printer(announced(block));
    if (isReal(block)) await execute(block, printer, process);
    else {
      await inVirtualTime(() => {
        setTimeout(() => process.emit('SIGINT'), 10_000);
        return execute(block, printer, process);
      });
    }
    expect(printer.printed).toEqual(announced(block));
  });
});

describe('the documentation', () => {
  it('has a block for each of its examples', () => {
    const files = [...new Set(EXAMPLES.map(({ file }) => file))];
    const marked = files.flatMap((file) => readFileSync(join(ROOT, file), 'utf8').match(/^ *\* @example$/gm) ?? []);
    expect(EXAMPLES).toHaveLength(marked.length);
  });

  it('keeps README.md under 300 lines', () => {
    expect(readFileSync(join(ROOT, 'README.md'), 'utf8').split('\n').length).toBeLessThan(300);
  });
});
