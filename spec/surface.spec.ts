/**
 * The public surface is a reviewed file: what the entries export, as the compiler declares it (without comments, without what
 * is `@internal`), is kept in spec/surface/. A change of it is seen in review, and cannot happen unnoticed.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import ts from 'typescript';

const ROOT = join(__dirname, '..');
const COPIES = join(__dirname, 'surface');
const UPDATE = 'UPDATE_SURFACE=1 npx jest spec/surface.spec.ts';
const ENTRIES = ['index', 'testing', 'node'];
/** The linter minds these in a declaration, where the compiler has written them. */
const LINTED = /\| void|#private/;

function compilerOptions(): ts.CompilerOptions {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), (file) => ts.sys.readFile(file)) as {
    config: unknown;
  };
  return ts.parseJsonConfigFileContent(config, ts.sys, ROOT).options;
}

interface Emitted {
  readonly program: ts.Program;
  /** The declarations of each file of lib/, by its path without extension. */
  readonly declarations: ReadonlyMap<string, ts.SourceFile>;
}

function emitted(): Emitted {
  const options: ts.CompilerOptions = {
    ...compilerOptions(),
    noEmit: false,
    emitDeclarationOnly: true,
    stripInternal: true,
    removeComments: true,
    outDir: '/',
  };
  const program = ts.createProgram(
    ENTRIES.map((entry) => join(ROOT, 'lib', `${entry}.ts`)),
    options,
  );
  const declarations = new Map<string, ts.SourceFile>();
  program.emit(undefined, (file, text) => {
    const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
    declarations.set(relative('/', file).replace(/\.d\.ts$/, ''), source);
  });
  return { program, declarations };
}

/** The exports of an entry in one text, in the order of their names, with what they need of rxjs and of the other entry. */
function surfaceOf(entry: string, { program, declarations }: Emitted): string {
  const exported = exportsOf(entry, program);
  const parts: string[] = [];
  const imports = new Map<string, Set<string>>();
  for (const { name, symbol } of exported) {
    const file = symbol.declarations?.[0]?.getSourceFile().fileName ?? '';
    const source = declarations.get(relative(ROOT, file).replace(/\.ts$/, ''));
    const statements = source?.statements.filter((statement) => namesOf(statement).includes(symbol.name)) ?? [];
    if (source === undefined || statements.length === 0) throw new Error(`${entry}: no declaration of ${name}`);
    parts.push(...statements.map((statement) => statement.getText(source)));
    addImports(imports, source, statements, exported);
  }
  const lines = [...imports]
    .sort()
    .map(([from, names]) => `import type { ${[...names].sort().join(', ')} } from '${from}';`);
  const text = [lines.join('\n'), ...parts].join('\n\n');
  return `/* ${LINTED.test(text) ? 'eslint-disable -- ' : ''}made from lib/ by ${UPDATE} */\n${text}`;
}

function exportsOf(entry: string, program: ts.Program): { name: string; symbol: ts.Symbol }[] {
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(join(ROOT, 'lib', `${entry}.ts`));
  const module = source && checker.getSymbolAtLocation(source);
  if (module === undefined) throw new Error(`lib/${entry}.ts is no module`);
  return checker
    .getExportsOfModule(module)
    .map((each) => ({
      name: each.name,
      symbol: each.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(each) : each,
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function namesOf(statement: ts.Statement): string[] {
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations.map(({ name }) => name.getText());
  const { name } = statement as Partial<ts.DeclarationStatement>;
  return name === undefined ? [] : [name.text];
}

/** What these statements name that is imported there, and not declared in this surface. */
function addImports(
  imports: Map<string, Set<string>>,
  source: ts.SourceFile,
  statements: readonly ts.Statement[],
  exported: readonly { name: string }[],
): void {
  const used = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) used.add(node.text);
    ts.forEachChild(node, visit);
  };
  statements.forEach(visit);
  for (const statement of source.statements) {
    if (!ts.isImportDeclaration(statement)) continue;
    const { text } = statement.moduleSpecifier as ts.StringLiteral;
    const { namedBindings } = statement.importClause ?? {};
    if (namedBindings === undefined || !ts.isNamedImports(namedBindings)) continue;
    for (const { name } of namedBindings.elements) {
      if (!used.has(name.text) || exported.some((each) => each.name === name.text)) continue;
      const from = text.startsWith('.') ? './index.js' : text;
      imports.set(from, (imports.get(from) ?? new Set()).add(name.text));
    }
  }
}

function formatted(text: string, file: string): string {
  const prettier = join(ROOT, 'node_modules', 'prettier', 'bin', 'prettier.cjs');
  return execFileSync(process.execPath, [prettier, '--stdin-filepath', file], {
    input: text,
    encoding: 'utf8',
    cwd: ROOT,
  });
}

function readOr(file: string, missing: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return missing;
  }
}

jest.setTimeout(60_000);

describe('the public surface', () => {
  let all: Emitted;
  beforeAll(() => {
    all = emitted();
  });

  it.each(ENTRIES)('of lib/%s.ts is what its checked-in copy says', (entry) => {
    const copy = join(COPIES, `${entry}.d.ts`);
    const surface = formatted(surfaceOf(entry, all), copy);
    if (process.env['UPDATE_SURFACE'] === '1') {
      mkdirSync(COPIES, { recursive: true });
      writeFileSync(copy, surface);
    }
    const howTo = `// The public surface has changed. If that is meant: ${UPDATE}, and review the change of spec/surface/${basename(copy)}\n`;
    const found = readOr(copy, '');
    expect(found === surface ? surface : howTo + surface).toBe(found);
  });

  it('names nothing that it does not export', () => {
    const copies = ENTRIES.map((entry) => join(COPIES, `${entry}.d.ts`));
    const program = ts.createProgram(copies, { ...compilerOptions(), skipLibCheck: false });
    const found = copies.flatMap((copy) => [
      ...program.getSyntacticDiagnostics(program.getSourceFile(copy)),
      ...program.getSemanticDiagnostics(program.getSourceFile(copy)),
    ]);
    expect(found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))).toEqual([]);
  });
});
