/**
 * The arrows between the files of lib/ point one way, and the core knows no clock, no randomness and no platform but RxJS.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';

const LIB = join(__dirname, '..', 'lib');

/** From the bottom up; an arrow points to the same floor or to one below. A new file takes its place here. */
const FLOORS: readonly (readonly string[])[] = [
  // words, checks and small tools: they know nothing of services
  [
    'check',
    'errors',
    'status',
    'termination',
    'logger',
    'bus',
    'timer',
    'abort',
    'waiters',
    'stop-sequence',
    'surroundings',
    'run-end',
  ],
  // pure policy
  ['backoff', 'budget', 'restart', 'attempts', 'significance', 'strategy'],
  // one service: what it is, its run, its life
  [
    'service',
    'subtree',
    'settings',
    'outlet',
    'input',
    'pause',
    'context',
    'run-owner',
    'run',
    'life',
    'parent',
    'cycle',
    'child',
  ],
  // the supervisor that merges them
  ['board', 'values', 'group', 'service-host', 'supervision', 'root', 'tree', 'supervisor', 'supervise', 'supervised'],
  // what is built on it
  ['testing/', 'node/', 'dashboard/'],
  // the entries
  ['index', 'testing', 'node'],
];

const POLICY = FLOORS[1] ?? [];
const ENTRIES = ['index', 'testing', 'node'];

interface File {
  /** Its path in lib/, without extension. */
  readonly name: string;
  readonly source: ts.SourceFile;
  /** The files of lib/ that it names, also for their types alone. */
  readonly arrows: readonly string[];
  /** The packages and platform modules that it names. */
  readonly packages: readonly string[];
}

const FILES = readdirSync(LIB, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .sort()
  .map(read);

function read(file: string): File {
  const text = readFileSync(join(LIB, file), 'utf8');
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const named: string[] = [];
  visit(source, (node) => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) {
      if (node.moduleSpecifier) named.push((node.moduleSpecifier as ts.StringLiteral).text);
    } else if (ts.isImportTypeNode(node)) named.push(node.argument.getText().slice(1, -1));
    else if (ts.isCallExpression(node) && /^(import|require)$/.test(node.expression.getText())) {
      named.push(node.arguments[0]?.getText().slice(1, -1) ?? '');
    }
  });
  const [arrows, packages] = [
    named.filter((each) => each.startsWith('.')),
    named.filter((each) => !each.startsWith('.')),
  ];
  return {
    name: file.replace(/\.ts$/, ''),
    source,
    arrows: arrows.map((each) => join(dirname(file), each).replace(/\.js$/, '')),
    packages,
  };
}

function visit(node: ts.Node, each: (node: ts.Node) => void): void {
  each(node);
  ts.forEachChild(node, (child) => {
    visit(child, each);
  });
}

function floorOf(name: string): number {
  return FLOORS.findIndex((floor) =>
    floor.some((each) => (each.endsWith('/') ? name.startsWith(each) : name === each)),
  );
}

function isIn(folder: string, name: string): boolean {
  return name === folder || name.startsWith(`${folder}/`);
}

const PARTS = ['testing', 'node', 'dashboard'];
const CORE = FILES.filter(({ name }) => PARTS.every((part) => !isIn(part, name)));

/** All arrows that lead from a file to itself, as `a > b > a`. */
function cycles(): string[] {
  const arrows = new Map(FILES.map((file) => [file.name, file.arrows]));
  const clean = new Set<string>();
  const found: string[] = [];
  const walk = (name: string, path: readonly string[]): void => {
    const seen = path.indexOf(name);
    if (seen >= 0) found.push([...path.slice(seen), name].join(' > '));
    if (seen >= 0 || clean.has(name)) return;
    for (const next of arrows.get(name) ?? []) walk(next, [...path, name]);
    clean.add(name);
  };
  for (const name of arrows.keys()) walk(name, []);
  return found;
}

/** What would make a run of the core differ from the same run in virtual time. */
const AMBIENT = [
  ...['Date', 'performance', 'process', 'setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask'],
  ...['requestAnimationFrame', 'Math.random', 'crypto', 'AbortSignal.timeout', 'AbortSignal.any'],
];

function ambientIn({ name, source }: File): string[] {
  const found: string[] = [];
  visit(source, (node) => {
    const isName = ts.isIdentifier(node) && !isProperty(node) && !ts.isTypeReferenceNode(node.parent);
    if (!isName && !ts.isPropertyAccessExpression(node)) return;
    const text = node.getText().replace(/^globalThis\./, '');
    if (AMBIENT.includes(text)) found.push(`${name}: ${text}`);
  });
  return found;
}

function isProperty(node: ts.Identifier): boolean {
  return ts.isPropertyAccessExpression(node.parent) && node.parent.name === node;
}

describe('the files of lib/', () => {
  it('each have a place', () => {
    expect(FILES.filter(({ name }) => floorOf(name) < 0).map(({ name }) => name)).toEqual([]);
  });

  it('name only files on their own floor or below', () => {
    const up = FILES.flatMap(({ name, arrows }) =>
      arrows.filter((each) => floorOf(each) > floorOf(name)).map((each) => `${name} > ${each}`),
    );
    expect(FILES.flatMap(({ arrows }) => arrows).length).toBeGreaterThan(FILES.length);
    expect(up).toEqual([]);
  });

  it('make no cycle, not even of types', () => {
    expect(cycles()).toEqual([]);
  });

  it('leave the parts that are built on the core to themselves', () => {
    const between = FILES.flatMap(({ name, arrows }) =>
      PARTS.filter((part) => !isIn(part, name)).flatMap((part) =>
        arrows.filter((each) => isIn(part, each)).map((each) => `${name} > ${each}`),
      ),
    );
    // what the page gets over the wire is a matter of both
    expect(between.filter((each) => !/^dashboard\/\S+ > node\/wire$/.test(each))).toEqual([]);
  });

  it('are named by nobody where they are entries', () => {
    const named = FILES.flatMap(({ name, arrows }) =>
      arrows.filter((each) => ENTRIES.includes(each)).map((each) => `${name} > ${each}`),
    );
    expect(named).toEqual([]);
  });
});

describe('the core', () => {
  it('names no package but rxjs', () => {
    const other = CORE.flatMap(({ name, packages }) =>
      packages.filter((each) => each !== 'rxjs').map((each) => `${name} > ${each}`),
    );
    expect(CORE.flatMap(({ packages }) => packages)).toContain('rxjs');
    expect(other).toEqual([]);
  });

  it('knows no clock and no randomness: only the default of `random`', () => {
    expect(CORE.flatMap(ambientIn)).toEqual(['backoff: Math.random']);
  });

  it('decides in its policies without what waits or subscribes', () => {
    const values = CORE.filter(({ name }) => POLICY.includes(name)).flatMap(({ name, source }) =>
      source.statements
        .filter((each) => ts.isImportDeclaration(each))
        .filter((each) => (each.moduleSpecifier as ts.StringLiteral).text === 'rxjs')
        .flatMap((each) => valuesOf(each).map((value) => `${name}: ${value}`)),
    );
    expect(values.sort()).toEqual(['restart: from', 'restart: isObservable']);
  });
});

/** What an import takes, types apart. */
function valuesOf({ importClause }: ts.ImportDeclaration): string[] {
  if (importClause === undefined || importClause.phaseModifier === ts.SyntaxKind.TypeKeyword) return [];
  const { namedBindings } = importClause;
  if (namedBindings === undefined || !ts.isNamedImports(namedBindings)) return ['*'];
  return namedBindings.elements.filter(({ isTypeOnly }) => !isTypeOnly).map(({ name }) => name.text);
}

describe('what is built on the core', () => {
  it.each([
    ['testing', ['rxjs', 'rxjs/testing']],
    ['node', ['rxjs', 'node:*']],
    ['dashboard', ['rxjs']],
  ])('in %s/ names only %j', (part, allowed) => {
    const packages = FILES.filter(({ name }) => isIn(part, name)).flatMap((file) => file.packages);
    expect(packages.length).toBeGreaterThan(0);
    const kinds = new Set(packages.map((each) => each.replace(/^node:.*/, 'node:*')));
    expect(allowed).toEqual(expect.arrayContaining([...kinds]));
  });
});

describe('the entries', () => {
  it.each(FILES.filter(({ name }) => ENTRIES.includes(name)).map((file) => [file.name, file] as const))(
    'lib/%s.ts only exports again, by explicit names',
    (_name, { source }) => {
      expect(source.statements.length).toBeGreaterThan(0);
      for (const statement of source.statements) {
        const names = ts.isExportDeclaration(statement) && statement.moduleSpecifier && statement.exportClause;
        expect(names && ts.isNamedExports(names) ? 'names' : statement.getText()).toBe('names');
      }
    },
  );
});
